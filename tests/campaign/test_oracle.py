"""The oracle sees what it is there for: each of these is wrong in one way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import msgspec
import pytest

from domain.base import Event, Recorded
from domain.quantity import ZERO, Quantity
from domain.stock import movement as m
from tests.campaign.load.journal import Entry
from tests.campaign.oracle.aggregates import Aggregates
from tests.campaign.oracle.commands import Commands, KeyRow
from tests.campaign.oracle.events import Stored
from tests.campaign.oracle.order import Order
from tests.campaign.oracle.pools import in_some_order

ANNA, COMPANY, POOL = UUID(int=1), UUID(int=2), UUID(int=3)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
OPENED = m.PoolCreated(product=POOL, place=POOL, warehouse=POOL, place_code="A1", whole=True)


def received(quantity: int, on_hand: int, reason: str = "") -> m.StockReceived:
    """Stock came in."""
    where: dict[str, Any] = {"product": POOL, "place": POOL, "warehouse": POOL, "unit_cost": ZERO}
    none: dict[str, Any] = {"quarantine_delta": ZERO, "quarantine": ZERO, "reason": reason}
    return m.StockReceived(**where, **none, delta=Quantity(quantity), on_hand=Quantity(on_hand))


def stored(position: int, event: Event, append: int, version: int | None = None) -> Stored:
    """An event of that append; its version is its position unless it is said."""
    at = NOON + timedelta(seconds=position)
    recorded = Recorded(POOL, version or position, at, ANNA, event, COMPANY, position, at)
    tag = str(event.__struct_config__.tag)
    payload = msgspec.json.encode(event, enc_hook=str)
    correlation = uuid5(COMPANY, str(append))
    return Stored(
        recorded, "pool_stock", tag, uuid5(correlation, str(position)), correlation, payload
    )


LOG = [stored(1, OPENED, 1), stored(2, received(5, 5, "~a.1~"), 1)]


def command(key: str = "a 1", **facts: object) -> Entry:
    """Anna's receipt, acknowledged."""
    entry = Entry(
        client="a",
        actor=ANNA,
        organization=COMPANY,
        key=key,
        kind="receive",
        method="POST",
        path="/inventory/items/x/receive",
        body={"quantity": 5},
        marks=("~a.1~",),
        pool=POOL,
        asked_at=0.0,
        answered_at=1.0,
        status=200,
        version=2,
        position=2,
    )
    return msgspec.structs.replace(entry, **facts)


def judged(
    log: list[Stored], *entries: Entry, keys: dict[tuple[UUID, str], KeyRow] | None = None
) -> Commands:
    """What the log says of these commands."""
    commands = Commands(frozenset({ANNA}))
    commands.take(log)
    found = {(ANNA, "a 1"): KeyRow(POOL, 2, 2)} if keys is None else keys
    commands.check(entries, found)
    commands.unasked(0)
    return commands


def clean(commands: Commands) -> bool:
    """Whether nothing was found."""
    return not (commands.lost or commands.doubled or commands.invented)


def test_an_acknowledged_command_that_is_there_once_is_right() -> None:
    """Its key, its version, its position and its mark agree."""
    assert clean(judged(LOG, command()))


def test_an_acknowledged_command_without_its_key_is_lost() -> None:
    """Though something of the kind is in the log."""
    commands = judged(LOG, command(), keys={})
    assert commands.lost
    assert commands.invented  # and nobody has asked for what is there


def test_an_acknowledged_command_whose_events_are_another_s_is_lost() -> None:
    """The key leads to an append without the mark."""
    other = [stored(1, OPENED, 1), stored(2, received(5, 5), 1)]
    assert judged(other, command()).lost


def test_an_answer_that_names_another_position_is_wrong() -> None:
    """Who waits for it would see the wrong state."""
    assert judged(LOG, command(position=1)).lost


def test_a_mark_in_two_appends_is_a_doubled_command() -> None:
    """And the second has no key."""
    commands = judged([*LOG, stored(3, received(5, 10, "~a.1~"), 2)], command())
    assert commands.doubled
    assert commands.invented


def test_a_refused_command_that_is_in_the_log_is_invented() -> None:
    """By its key or by its mark."""
    refused = command(status=409, text=b'{"code":"INSUFFICIENT_STOCK"}')
    assert judged(LOG, refused).invented
    assert judged(LOG, refused, keys={}).invented
    assert not judged([], refused, keys={}).invented


def test_a_refusal_of_a_repeated_command_whose_first_attempt_was_done_is_told_apart() -> None:
    """Its key answers for it, and its mark is there once."""
    refused = command(status=409, text=b'{"code":"INSUFFICIENT_STOCK"}', attempts=2)
    commands = judged(LOG, refused)
    assert clean(commands)
    assert commands.late == [refused]
    assert refused.late


def test_an_append_in_two_places_is_seen() -> None:
    """Others' events stand in the middle of it."""
    log = [LOG[0], stored(2, received(1, 1), 7), stored(3, received(5, 6, "~a.1~"), 1)]
    assert judged(log, command()).doubled


@pytest.mark.parametrize(
    ("log", "complaint"),
    [
        ([LOG[0], stored(3, received(5, 5), 1, version=2)], "position 3"),
        ([LOG[1]], "position 2"),
        ([LOG[0], stored(2, received(5, 5), 1, version=3)], "version 3"),
        ([LOG[0], LOG[0]], "recorded_at"),
    ],
)
def test_gaps_and_returning_times_are_seen(log: list[Stored], complaint: str) -> None:
    """In positions, versions and times."""
    order = Order()
    order.take(log)
    assert any(complaint in one for one in order.wrong)


def test_a_log_in_order_is_right() -> None:
    """Nothing is found."""
    order = Order()
    order.take(LOG)
    assert (order.wrong, order.position, order.streams) == ([], 2, 1)


@pytest.mark.parametrize(
    "event",
    [
        received(5, 6),
        received(-5, -5),
        m.StockReserved(number=1, quantity=Quantity(1), order="O", expires_at=None),
        m.ReservationReleased(number=9, quantity=Quantity(1), remaining=ZERO, reason="RELEASED"),
    ],
)
def test_broken_invariants_are_seen(event: Event) -> None:
    """A false balance, less than nothing, more reserved than there is, what cannot be applied."""
    aggregates = Aggregates()
    aggregates.take([LOG[0], stored(2, event, 1)], set())
    assert aggregates.wrong


def test_stock_that_left_and_came_nowhere_is_seen() -> None:
    """A transfer has two halves."""
    half = m.StockTransferredOut(
        product=POOL,
        place=POOL,
        warehouse=POOL,
        delta=Quantity(-2),
        on_hand=Quantity(3),
        quarantine_delta=ZERO,
        quarantine=ZERO,
        to=POOL,
    )
    aggregates = Aggregates()
    aggregates.take([*LOG, stored(3, half, 2)], set())
    aggregates.settled()
    assert aggregates.wrong


def answered(on_hand: int, asked_at: float, kind: str = "receive", quantity: int = 5) -> Entry:
    """A command on the pool, and what its answer showed."""
    view = {"on_hand": on_hand, "available": on_hand, "quarantine": 0, "issued": 0}
    names = {"last_reservation": None, "last_issuance": None}
    return command(
        kind=kind,
        body={"quantity": quantity},
        asked_at=asked_at,
        answered_at=asked_at + 1,
        text=msgspec.json.encode({**view, **names}),
    )


def test_answers_of_a_pool_that_fit_together_are_right() -> None:
    """One after the other, or both at once in either order."""
    assert in_some_order([answered(5, 0), answered(10, 2)])
    assert in_some_order([answered(10, 0), answered(5, 0.5)])


def test_a_lost_update_of_a_pool_is_seen() -> None:
    """Two receipts, and each shows only itself."""
    assert not in_some_order([answered(5, 0), answered(5, 0.5)])


def test_what_was_done_though_it_was_refused_counts_in_its_pool() -> None:
    """Whoever comes later may see it, or not yet."""
    late = command(body={"quantity": 5}, asked_at=0.0, answered_at=1.0, status=409, late=True)
    late.text = msgspec.json.encode({"code": "BELOW_RESERVED"})
    assert in_some_order([late, answered(5, 2), answered(15, 4)])
    assert not in_some_order([late, answered(5, 2), answered(16, 4)])


def test_a_stale_refusal_of_a_pool_is_seen() -> None:
    """There was enough before it was asked."""
    problem = msgspec.json.encode({"code": "INSUFFICIENT_STOCK"})
    refused = command(
        kind="issue", body={"quantity": 3}, asked_at=2.0, answered_at=3.0, status=409, text=problem
    )
    assert not in_some_order([answered(5, 0), refused])
    early = msgspec.structs.replace(refused, asked_at=0.5)
    assert in_some_order([answered(5, 0), early])
