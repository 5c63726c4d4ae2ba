"""The fold is strict with authors: what they forget or mix up is parked, never guessed."""

from __future__ import annotations

from decimal import Decimal
from itertools import cycle
from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain.base import Event
from projections.engine.fold import Fold, Unsteady, replay
from projections.engine.projection import Projection, undeclared
from tests.engine.toy import (
    BALANCES,
    MOVEMENTS,
    Account,
    Closed,
    Deposited,
    Forgotten,
    Movement,
    Remarked,
    Withdrawn,
    recorded,
)

ONE, TWO = UUID(int=1), UUID(int=2)
DEPOSIT = Deposited(owner="Ada", amount=Decimal(1))


def changed(projection: Projection[Any], **fields: Any) -> Projection[Any]:
    """The projection with other fields."""
    return msgspec.structs.replace(projection, **fields)


def test_a_forgotten_event_type_is_found() -> None:
    """A test can list them all."""
    types: list[type[Event]] = [Deposited, Withdrawn, Closed, Remarked, Forgotten]
    assert undeclared(BALANCES, types) == [Forgotten]


@pytest.mark.parametrize(
    ("ignores", "forgotten"),
    [((), [Closed, Remarked]), ((Closed,), [Remarked]), ((Event,), [])],
    ids=["nothing ignored", "a type ignored", "a base ignored"],
)
def test_an_ignored_base_covers_its_types(
    ignores: tuple[type[Event], ...], forgotten: list[type[Event]]
) -> None:
    """Whatever will be derived from it as well."""
    projection = changed(MOVEMENTS, ignores=ignores)
    assert undeclared(projection, [Deposited, Closed, Remarked]) == forgotten


def test_a_handler_wins_over_an_ignored_base() -> None:
    """So that a base can be ignored but for some of its types."""
    projection = changed(MOVEMENTS, ignores=(Event,))
    assert len(replay(projection, recorded([(ONE, DEPOSIT), (ONE, Remarked(owner="Ada"))]))) == 1


def test_a_deleted_row_is_gone_and_may_come_back() -> None:
    """A handler that returns None deletes."""
    log = recorded([(ONE, DEPOSIT), (ONE, Closed(owner="Ada"))])
    assert replay(BALANCES, log) == {}
    again = replay(BALANCES, recorded([(ONE, DEPOSIT), (ONE, Closed(owner="Ada")), (ONE, DEPOSIT)]))
    assert again[ONE, "Ada"].balance == 1


@pytest.mark.parametrize(
    ("projection", "error"),
    [
        (changed(BALANCES, key=lambda _: (TWO, "Bo")), "Misplaced"),
        (changed(BALANCES, key=lambda recorded: recorded.event.absent), "AttributeError"),
        (changed(BALANCES, handlers={}), "Undeclared"),
        (
            changed(
                MOVEMENTS,
                key=lambda _: (0,),
                handlers={Deposited: lambda *_: Movement(0, "Ada", Decimal(1))},
            ),
            "Doubled",
        ),
    ],
    ids=["another row's key", "no key", "no handler", "a line twice"],
)
def test_an_author_s_mistake_parks_the_stream(projection: Projection[Any], error: str) -> None:
    """With the reason."""
    fold = Fold(projection)
    fold.apply(fold.plan(recorded([(ONE, DEPOSIT), (ONE, DEPOSIT)])))
    assert error in fold.parked[ONE].error


def test_a_stream_is_parked_at_its_first_failure() -> None:
    """Even if a later event fails earlier on the way."""

    def key(one: Any) -> tuple[UUID, str]:
        if one.position == 3:
            raise ValueError("no key")
        return one.stream, "Ada"

    fold = Fold(changed(BALANCES, key=key))
    overdrawn = Withdrawn(owner="Ada", amount=Decimal(9))
    fold.apply(fold.plan(recorded([(ONE, DEPOSIT), (ONE, overdrawn), (ONE, DEPOSIT)])))
    assert fold.parked[ONE].position == 2
    row = fold.rows[ONE, "Ada"]
    assert isinstance(row, Account)
    assert row.balance == 1


def test_what_fails_differently_each_time_is_no_proof() -> None:
    """It is tried again as a whole, and nothing is parked."""
    moods = cycle([ValueError("this"), ValueError("that")])

    def moody(*_: object) -> None:
        raise next(moods)

    fold = Fold(changed(BALANCES, handlers={Deposited: moody}))
    with pytest.raises(Unsteady):
        fold.apply(fold.plan(recorded([(ONE, DEPOSIT)])))
    assert fold.parked == {}
