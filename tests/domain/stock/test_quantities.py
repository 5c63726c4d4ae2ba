"""What may be done to a quantity, and when it is refused (domain.md 3.1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.base import Refused
from domain.ids import LocalId
from domain.quantity import ZERO, UnitCost
from domain.stock import movement as m
from domain.stock import pool_commands as c
from domain.stock.pool_stock import PoolStock
from tests.domain.stock.pools import (
    BULK,
    CREATED,
    PRODUCT,
    SHELF,
    STOCK,
    WAREHOUSE,
    issued,
    moved,
    q,
    received,
    stocked,
    view,
)
from tests.specification import ANN, NOW, fold, given

ELSEWHERE = UUID(int=29)
MOST = "999999999999"
LATER = NOW.now + timedelta(seconds=1)


def adjust(quantity: str | int) -> c.AdjustStock:
    """A correction by that difference."""
    return c.AdjustStock(quantity=q(quantity), reason="broken")


def set_to(quantity: str | int) -> c.SetStock:
    """A correction to that figure."""
    return c.SetStock(quantity=q(quantity), reason="recounted")


def receive(quantity: str | int, cost: str = "2.5") -> c.ReceiveStock:
    """A receipt at a cost."""
    return c.ReceiveStock(quantity=q(quantity), unit_cost=UnitCost.parse(cost))


def consume(quantity: str | int) -> c.ConsumeStock:
    """A sale."""
    return c.ConsumeStock(quantity=q(quantity), job="sale")


def issue(quantity: str | int, occurred_at: datetime | None = None) -> c.IssueStock:
    """A hand-over to Ann."""
    return c.IssueStock(quantity=q(quantity), member=ANN, occurred_at=occurred_at)


def test_an_entry_is_created_empty() -> None:
    """With the keys and the threshold that it is given."""
    given(PoolStock).when(PoolStock.open, CREATED, NOW).then(CREATED)


def test_an_entry_that_exists_is_not_created_again() -> None:
    """Whoever needs an entry may open it."""
    given(PoolStock, CREATED).when(PoolStock.open, CREATED, NOW).then()


DECISIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "set": (PoolStock.set, (set_to(1), NOW)),
    "adjust": (PoolStock.adjust, (adjust(1), NOW)),
    "receive": (PoolStock.receive, (receive(1), NOW)),
    "reserve": (PoolStock.reserve, (c.ReserveStock(quantity=q(1), order="R1"), NOW)),
    "release": (PoolStock.release, (c.ReleaseReservation(), NOW, 1)),
    "fulfil": (PoolStock.fulfil, (c.FulfilReservation(), NOW, 1)),
    "issue": (PoolStock.issue, (issue(1), NOW)),
    "take back": (PoolStock.take_back, (c.ReturnStock(), NOW, 1)),
    "consume": (PoolStock.consume, (consume(1), NOW)),
    "transfer out": (PoolStock.transfer_out, (q(1), ELSEWHERE, NOW)),
    "transfer in": (PoolStock.transfer_in, (q(1), ELSEWHERE, NOW)),
    "write off": (PoolStock.write_off, (c.WriteOffStock(quantity=q(1), reason="rust"), NOW)),
    "repair": (PoolStock.repair, (c.RepairStock(quantity=q(1)), NOW)),
    "count": (PoolStock.adjust_to_count, (q(1), "usable", PRODUCT, SHELF, NOW)),
    "update": (PoolStock.update, (c.UpdateEntry(), NOW)),
    "delete": (PoolStock.delete, (c.DeleteEntry(), NOW)),
}


@pytest.mark.parametrize(("decide", "arguments"), DECISIONS.values(), ids=DECISIONS)
@pytest.mark.parametrize("history", [(), (CREATED, m.PoolDeleted())], ids=["none", "deleted"])
def test_without_an_entry_everything_is_refused(
    history: tuple[m.PoolStockEvent, ...], decide: Any, arguments: tuple[Any, ...]
) -> None:
    """It says that there is no entry, not that there is too little."""
    given(PoolStock, *history).when(decide, *arguments).refused(c.NoSuchEntry)


@pytest.mark.rule("3.1-3")
@pytest.mark.parametrize(
    ("decide", "command", "event"),
    [
        (PoolStock.set, set_to(4), None),
        (PoolStock.set, set_to(5), moved(m.StockSet, -15, 5, reason="recounted")),
        (PoolStock.set, set_to(20), moved(m.StockSet, 0, 20, reason="recounted")),
        (PoolStock.adjust, adjust(-16), None),
        (PoolStock.adjust, adjust(-15), moved(m.StockAdjusted, -15, 5, reason="broken")),
        (PoolStock.adjust, adjust(1), moved(m.StockAdjusted, 1, 21, reason="broken")),
    ],
)
def test_a_correction_leaves_what_is_reserved(
    decide: Any, command: c.MovementCommand, event: m.Movement | None
) -> None:
    """Of 20 on hand 5 are reserved, so 5 is the least that can be left."""
    decision = given(PoolStock, *stocked(20, 5)).when(decide, command, NOW)
    if event is None:
        decision.refused(c.BelowReserved)
    else:
        decision.then(event)
        assert decision.aggregate.available(NOW.now) == event.on_hand - 5


@pytest.mark.rule("T-3.1-b")
def test_an_adjustment_is_signed_and_never_zero() -> None:
    """Above zero adds, below zero takes off; the same field, no direction beside it."""
    added = moved(m.StockAdjusted, 3, 23, reason="broken")
    given(PoolStock, *stocked(20)).when(PoolStock.adjust, adjust(3), NOW).then(added)
    taken = moved(m.StockAdjusted, -3, 17, reason="broken")
    given(PoolStock, *stocked(20)).when(PoolStock.adjust, adjust(-3), NOW).then(taken)
    nothing = given(PoolStock, *stocked(20)).when(PoolStock.adjust, adjust(0), NOW)
    nothing.refused(c.NothingToAdjust, pointer="/quantity")


def test_stock_is_received_at_a_cost() -> None:
    """A cost of zero is a cost."""
    given(PoolStock, CREATED).when(PoolStock.receive, receive(7), NOW).then(
        moved(m.StockReceived, 7, 7, unit_cost=Decimal("2.5"))
    )
    given(PoolStock, CREATED).when(PoolStock.receive, receive(7, "0"), NOW).then(
        moved(m.StockReceived, 7, 7, unit_cost=ZERO)
    )


@pytest.mark.parametrize(
    ("decide", "command", "event"),
    [
        (PoolStock.issue, issue, issued(1, 15, 5)),
        (PoolStock.consume, consume, moved(m.StockConsumed, -15, 5, job="sale")),
    ],
)
def test_what_is_available_can_go_and_no_more(decide: Any, command: Any, event: m.Movement) -> None:
    """Of 20 on hand 5 are reserved: 15 may go, 16 may not."""
    given(PoolStock, *stocked(20, 5)).when(decide, command(15), NOW).then(event)
    given(PoolStock, *stocked(20, 5)).when(decide, command(16), NOW).refused(
        c.InsufficientStock, available=Decimal(15)
    )


@pytest.mark.rule("3.1-2")
def test_of_two_issues_at_once_one_gets_the_stock() -> None:
    """Both want the same version of the stream; who has to decide again finds too little."""
    both = [given(PoolStock, *stocked(100)).when(PoolStock.issue, issue(80), NOW) for _ in "ab"]
    versions = [decision.pending[0].version for decision in both]
    assert versions == [3, 3]

    again = given(PoolStock, *stocked(100), issued(1, 80, 20)).when(PoolStock.issue, issue(80), NOW)
    again.refused(c.InsufficientStock, available=Decimal(20))
    assert again.aggregate.on_hand == 20


def test_a_transfer_takes_off_at_one_place_and_adds_at_another() -> None:
    """Each half names the other's entry."""
    out = moved(m.StockTransferredOut, -15, 5, to=ELSEWHERE)
    given(PoolStock, *stocked(20, 5)).when(PoolStock.transfer_out, q(15), ELSEWHERE, NOW).then(out)
    come = moved(m.StockTransferredIn, 15, 15, source=ELSEWHERE)
    given(PoolStock, CREATED).when(PoolStock.transfer_in, q(15), ELSEWHERE, NOW).then(come)
    given(PoolStock, *stocked(20, 5)).when(PoolStock.transfer_out, q(16), ELSEWHERE, NOW).refused(
        c.InsufficientStock
    )


@pytest.mark.parametrize("quantity", ["0", "-1"])
@pytest.mark.parametrize(
    ("decide", "command"),
    [
        (PoolStock.receive, receive),
        (PoolStock.issue, issue),
        (PoolStock.consume, consume),
        (PoolStock.reserve, lambda n: c.ReserveStock(quantity=q(n), order="R1")),
        (PoolStock.repair, lambda n: c.RepairStock(quantity=q(n))),
        (PoolStock.write_off, lambda n: c.WriteOffStock(quantity=q(n), reason="rust")),
    ],
)
def test_a_quantity_is_above_zero(decide: Any, command: Any, quantity: str) -> None:
    """Zero and less are refused everywhere but in corrections."""
    given(PoolStock, *stocked(20)).when(decide, command(quantity), NOW).refused(
        c.QuantityNotPositive, pointer="/quantity"
    )


@pytest.mark.parametrize("half", [PoolStock.transfer_out, PoolStock.transfer_in])
def test_a_transfer_moves_something(half: Any) -> None:
    """Both halves refuse nothing and less."""
    given(PoolStock, *stocked(20)).when(half, q(0), ELSEWHERE, NOW).refused(c.QuantityNotPositive)


@pytest.mark.parametrize(
    ("decide", "command", "error", "pointer"),
    [
        (PoolStock.set, set_to(-1), c.QuantityNotPositive, "/quantity"),
        (PoolStock.set, set_to("1.5"), c.FractionRefused, "/quantity"),
        (PoolStock.adjust, adjust("0.5"), c.FractionRefused, "/quantity"),
        (PoolStock.issue, issue("0.5"), c.FractionRefused, "/quantity"),
        (PoolStock.receive, receive(1, "-0.01"), c.QuantityNotPositive, "/unit_cost"),
        (PoolStock.receive, receive(MOST), c.QuantityTooLarge, ""),
        (
            PoolStock.issue,
            issue(1, NOW.now + timedelta(seconds=1)),
            c.OccurredInFuture,
            "/occurred_at",
        ),
    ],
)
def test_an_impossible_value_is_refused(
    decide: Any, command: c.MovementCommand, error: type[Refused], pointer: str
) -> None:
    """With the field at fault."""
    given(PoolStock, *stocked(20)).when(decide, command, NOW).refused(error, pointer=pointer)


def test_the_largest_balance_has_twelve_digits() -> None:
    """It can be reached and not passed, in either bucket."""
    full = (CREATED, received(MOST))
    given(PoolStock, CREATED).when(PoolStock.receive, receive(MOST), NOW).then(received(MOST))
    given(PoolStock, *full).when(PoolStock.adjust, adjust(1), NOW).refused(c.QuantityTooLarge)
    given(PoolStock, *full).when(
        PoolStock.adjust_to_count, q(MOST), "quarantine", PRODUCT, SHELF, NOW
    ).then(
        moved(
            m.CountAdjusted,
            0,
            MOST,
            quarantine_delta=q(MOST),
            quarantine=q(MOST),
            session=PRODUCT,
            item_count=SHELF,
            bucket="quarantine",
        )
    )


@pytest.mark.rule("3.2-a")
def test_bulk_material_has_fractions() -> None:
    """Of 10 litres 6.7 are used."""
    used = given(PoolStock, BULK, received("10.000")).when(PoolStock.consume, consume("6.7"), NOW)
    used.then(moved(m.StockConsumed, "-6.7", "3.300", job="sale"))


def test_a_movement_keeps_when_it_happened() -> None:
    """Which may be any time before now, and the very instant."""
    for earlier in (timedelta(days=30), timedelta(0)):
        command = issue(1, NOW.now - earlier)
        decision = given(PoolStock, *stocked(20)).when(PoolStock.issue, command, NOW)
        assert [one.occurred_at for one in decision.pending] == [command.occurred_at]


def test_a_view_shows_the_quantities_and_the_newest_promises() -> None:
    """`owned` holds what is out with members, `available` only what nobody else was promised."""
    shown = view(*stocked(20, 5), issued(1, 3, 17))

    assert [shown.on_hand, shown.reserved, shown.available] == [17, 5, 12]
    assert [shown.issued, shown.quarantine, shown.in_transit, shown.owned] == [3, 0, 0, 20]
    assert (shown.product, shown.place, shown.warehouse) == (PRODUCT, SHELF, WAREHOUSE)
    assert (shown.location, shown.threshold) == ("A1", None)
    assert shown.last_reservation == str(LocalId(STOCK, 1))
    assert shown.last_issuance == str(LocalId(STOCK, 1))
    assert view(CREATED).last_reservation is None


def test_several_locations_add_up() -> None:
    """MAIN 100 (10), WEST 50 (0), FRONT 25 (5): total 175, reserved 15, available 160."""
    shown = [view(*stocked(100, 10)), view(*stocked(50)), view(*stocked(25, 5))]

    assert sum(one.on_hand for one in shown) == 175
    assert sum(one.reserved for one in shown) == 15
    assert sum(one.available for one in shown) == 160


def test_a_refusal_names_its_field_and_its_facts() -> None:
    """The answer needs both."""
    stock = fold(PoolStock, *stocked(20))
    with pytest.raises(c.InsufficientStock) as refusal:
        stock.issue(issue(21), NOW)
    assert refusal.value.facts == {"available": 20}
    assert refusal.value.code == "INSUFFICIENT_STOCK"
    assert refusal.value.detail == "Insufficient stock or concurrent allocation occurred."
