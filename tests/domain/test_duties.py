"""Who did one part of a thing may not do the other, unless an admin says why (domain.md 1.1)."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest

from domain.base import Event
from domain.duties import (
    DutiesNotSeparated,
    Override,
    OverridingNeedsAdmin,
    Rule,
    granted,
    separate,
)
from domain.permissions import ROLES, Permission
from domain.registry import Registry
from projections.kinds import OVERRIDABLE
from tests.specification import ANN, BOB, at

RULE: Rule = "completer_is_not_the_only_counter"
ALONE = Override(rule=RULE, by=ANN, reason="alone")


@pytest.mark.parametrize(
    ("others", "reason", "override"),
    [
        ((), None, None),
        ((BOB,), None, None),
        ((BOB,), "alone", None),
        ((ANN,), "alone", ALONE),
        ((BOB, ANN), "alone", ALONE),
    ],
)
def test_an_override_is_recorded_where_it_was_needed(
    others: tuple[UUID, ...], reason: str | None, override: Override | None
) -> None:
    """A reason that nobody needed is no override."""
    assert separate(RULE, ANN, others, reason) == override


def test_without_a_reason_somebody_else_has_to_do_it() -> None:
    """The refusal names the rule."""
    with pytest.raises(DutiesNotSeparated) as refused:
        separate(RULE, ANN, (BOB, ANN), None)
    assert refused.value.facts == {"rule": RULE}


@pytest.mark.parametrize("role", ROLES)
def test_only_an_admin_gives_a_reason(role: str) -> None:
    """Nobody else's is heard, whether it is needed or not."""
    context = at("09:00", permissions=ROLES[role])
    assert granted(None, context) is None
    if Permission.DUTIES_OVERRIDE in ROLES[role]:
        assert granted("alone", context) == "alone"
    else:
        with pytest.raises(OverridingNeedsAdmin) as refused:
            granted("alone", context)
        assert refused.value.pointer == "/override"


def carries_one(kind: type[Event]) -> bool:
    """Whether an event of that type may hold an override."""
    fields = msgspec.structs.fields(kind)
    return any(field.type == Override | None for field in fields)


def test_every_event_that_may_carry_an_override_is_reported() -> None:
    """By the name `override`, among the security events."""
    types = [kind for kind in Registry().types.values() if carries_one(kind)]
    assert set(types) == set(OVERRIDABLE)
    assert all("override" in kind.__struct_fields__ for kind in types)
