"""Whoever manages whom, and at the same time: an organization loses no power (domain.md 11)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from domain.base import Refused
from domain.directory import Person
from domain.people import member_commands as c
from domain.people.member import Member
from domain.permissions import ROLES, Permission, permissions
from tests.domain.memory import Memory, Unit, finish
from tests.domain.properties.effort import effort
from tests.specification import NOW, ORGANIZATION

HERE = structs.replace(NOW, organization_type="oraseas_ee")
PEOPLE = [UUID(int=100 + n) for n in range(4)]
FIRST = (("admin", "super_admin"), ("super_admin", "admin"), ("admin",), ("super_admin",))
KINDS = st.sampled_from([("admin",), ("super_admin",), ("admin", "super_admin"), ("auditor",), ()])


class Deed(NamedTuple):
    """Somebody does something to somebody, or to himself."""

    kind: str
    actor: int
    member: int
    roles: tuple[str, ...]

    def begun(self, unit: Unit) -> Awaitable[Member]:
        """The command."""
        id_ = PEOPLE[self.member]
        address = f"{self.member}@example.org"
        commands: dict[str, Callable[[], Awaitable[Member]]] = {
            "deactivate": lambda: c.deactivate_user(c.DeactivateUser(), unit, id_),
            "activate": lambda: c.activate_user(c.ActivateUser(), unit, id_),
            "erase": lambda: c.erase_member(c.EraseMember(), unit, id_),
            "change": lambda: c.change_user(c.ChangeUser(roles=self.roles), unit, id_),
            "invite": lambda: c.invite_user(
                c.InviteUser(username=address, member=id_, roles=self.roles), unit
            ),
        }
        return commands[self.kind]()

    def decided(self, memory: Memory) -> Unit | None:
        """What it comes to as things are now; none if it is refused."""
        unit = Unit(memory, structs.replace(HERE, actor=PEOPLE[self.actor]))
        try:
            finish(self.begun(unit))
        except Refused:
            return None
        return unit


DEEDS = st.builds(
    Deed,
    st.sampled_from(["deactivate", "activate", "erase", "change", "invite"]),
    st.integers(0, 3),
    st.integers(0, 3),
    KINDS,
)


PAIRS = st.one_of(
    st.tuples(DEEDS, DEEDS),
    DEEDS.map(lambda deed: (deed, deed._replace(actor=deed.member, member=deed.actor))),
)
"""Any two, or the same of two people to each other."""


def founded() -> Memory:
    """An organization with those people."""
    memory = Memory()
    for id_, roles in zip(PEOPLE, FIRST, strict=True):
        memory.names.people[id_] = Person(id_, ORGANIZATION, "Somebody")
        memory.decide(Member, id_, Member.add, roles, (), HERE)
    return memory


def stale(memory: Memory, unit: Unit) -> bool:
    """Whether anything that was read or is to be written has changed: the log refuses it."""
    return any(
        one.version - len(one.pending_events) != len(memory.streams[stream])
        for stream, one in unit.loaded.items()
    )


def powers(memory: Memory) -> frozenset[Permission]:
    """All that somebody active may do."""
    people = [memory.fold(Member, id_) for id_ in PEOPLE]
    for one in people:
        assert one.invitation is None or one.active
        assert one.active is (one.status in {"active", "invited"})
    return frozenset().union(*(permissions(one.roles) for one in people if one.active))


@given(st.lists(PAIRS, max_size=12))
@effort(150)
def test_an_organization_never_loses_a_power(pairs: list[tuple[Deed, Deed]]) -> None:
    """Two at a time decide on the same state; who comes second decides again on what it is then.

    So there is always an admin where there was one.
    """
    memory = founded()
    before = powers(memory)
    assert before >= ROLES["admin"]
    for pair in pairs:
        for deed, unit in [(deed, deed.decided(memory)) for deed in pair]:
            now = deed.decided(memory) if unit and stale(memory, unit) else unit
            if now is not None:
                now.commit()
            assert powers(memory) >= before
            before = powers(memory)
