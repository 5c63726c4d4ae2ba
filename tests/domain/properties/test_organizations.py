"""Organizations at random: whatever several do, and in whichever order, the hierarchy holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from domain.base import Context, Refused
from domain.people.founding import NAME, Founding, found, name_claim
from domain.people.organization import PARENTS, SINGLETONS, Organization
from domain.people.organization_changes import change_organization, deactivate_organization
from domain.people.organization_commands import ChangeOrganization, DeactivateOrganization
from domain.permissions import permissions
from domain.ports import GLOBAL, UnitOfWork
from tests.domain.memory import Memory, Unit, finish
from tests.domain.properties.effort import effort
from tests.specification import NOW

TYPES = ("customer", "supplier", "independent", "oraseas_ee", "bossaqua")
NAMES = ("Bolts", " bolts ", "Nuts", "NUTS", "Screws", "Rivets", "Washers", "Pins", "Springs")
FIRST = 100
someone = st.integers(FIRST, FIRST + 3).map(lambda number: UUID(int=number))
kinds, names, parents = st.sampled_from(TYPES), st.sampled_from(NAMES), st.none() | someone

Work = Callable[[UnitOfWork], Awaitable[Organization]]


def founding(id_: UUID, name: str, kind: Any, parent: UUID | None) -> Work:
    """One more, unless there is one of that id."""
    plan = Founding(id=id_, name=name, type=kind, parent=parent)
    return lambda unit: found(plan, unit)


def changing(id_: UUID, changes: dict[str, Any]) -> Work:
    """What is named becomes otherwise."""
    return lambda unit: change_organization(ChangeOrganization(**changes), unit, id_)


def closing(id_: UUID) -> Work:
    """It is to be closed."""
    return lambda unit: deactivate_organization(DeactivateOrganization(), unit, id_)


changes = st.fixed_dictionaries(
    {}, optional={"name": names, "type": kinds, "parent": parents, "active": st.booleans()}
)
works = st.one_of(
    st.builds(founding, someone, names, st.just("customer"), st.none()),
    st.builds(founding, someone, names, st.just("supplier"), someone),
    st.builds(founding, someone, names, kinds, parents),
    st.builds(changing, someone, changes),
    st.builds(closing, someone),
)
admins = st.sampled_from(("super_admin", "admin"))
acts = st.tuples(works, admins, someone)


class Organizations(RuleBasedStateMachine):
    """Two decide on the same state; who comes second decides again if that has changed."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = Memory()

    @rule(first=acts, second=acts)
    def race(self, first: tuple[Work, str, UUID], second: tuple[Work, str, UUID]) -> None:
        """As the log has it: what a decision has loaded is guarded, what it claims is free."""
        decided = [(act, self._decide(act)) for act in (first, second)]
        for act, unit in decided:
            current = unit if unit is None or self._current(unit) else self._decide(act)
            if current is not None:
                try:
                    current.commit()
                except Refused:
                    continue

    def _decide(self, act: tuple[Work, str, UUID]) -> Unit | None:
        work, role, organization = act
        who = {"organization": organization, "permissions": permissions((role,))}
        context: Context = msgspec.structs.replace(NOW, **who)
        unit = Unit(self.memory, context)
        try:
            finish(work(unit))
        except Refused:
            return None
        return unit

    def _current(self, unit: Unit) -> bool:
        return all(
            one.version - len(one.pending_events) == len(self.memory.streams[one.id])
            for one in unit.loaded.values()
        )

    @property
    def all(self) -> dict[UUID, Organization]:
        """Those that there are."""
        ids = [one for one, events in self.memory.streams.items() if events]
        return {id_: self.memory.fold(Organization, id_) for id_ in ids}

    @invariant()
    def every_supplier_has_a_parent_that_may_be_one(self) -> None:
        """And nobody else has one; so there is neither a cycle nor a third level."""
        found = self.all
        for one in found.values():
            assert (one.parent is not None) == (one.type == "supplier")
            if one.parent is not None and one.active:
                assert found[one.parent].active
                assert found[one.parent].type in PARENTS
                assert found[one.parent].parent is None

    @invariant()
    def a_parent_knows_its_active_children(self) -> None:
        """Just those."""
        found = self.all
        for id_, one in found.items():
            below = {other.id for other in found.values() if other.active and other.parent == id_}
            assert one.children == below

    @invariant()
    def there_is_one_at_most_of_some(self) -> None:
        """And they are never closed."""
        single = [one for one in self.all.values() if one.type in SINGLETONS]
        assert max(Counter(one.type for one in single).values(), default=0) <= 1
        assert all(one.active for one in single)

    @invariant()
    def each_name_is_held_by_the_one_that_has_it(self) -> None:
        """So none is held by two, and none by nobody."""
        held = {
            value: stream
            for (whose, kind, value), stream in self.memory.claims.items()
            if (whose, kind) == (GLOBAL, NAME)
        }
        assert held == {name_claim(one.title): one.id for one in self.all.values()}
        assert len(held) == len(self.all)


def test_the_hierarchy_holds_whatever_happens_at_once() -> None:
    """Foundings, renamings, moves, closings and openings, by super admins and admins."""
    run_state_machine_as_test(Organizations, settings=effort(20, 20))
