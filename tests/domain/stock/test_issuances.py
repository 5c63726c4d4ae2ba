"""What members have: returned, written off, repaired, and the entry itself (domain.md 3.1)."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

from domain.base import Refused
from domain.quantity import ZERO, UnitCost
from domain.stock import movement as m
from domain.stock import pool_commands as c
from domain.stock.pool_stock import PoolStock
from domain.stock.product import NegativeNumber
from tests.domain.stock.pools import (
    CREATED,
    KEYS,
    issued,
    moved,
    q,
    received,
    reserved,
    stocked,
)
from tests.specification import ANN, NOW, at, given

WITH_ANN = (*stocked(20), issued(1, 8, 12))


def returned(
    quantity: int, outstanding: int, condition: m.Condition, balances: tuple[int, int]
) -> m.Movement:
    """What Ann brought back, and what is on hand and in quarantine then."""
    usable = quantity if condition in {"excellent", "good", "fair"} else 0
    buckets = {"quarantine_delta": q(quantity - usable), "quarantine": q(balances[1])}
    facts: dict[str, Any] = {"number": 1, "member": ANN, "quantity": q(quantity)}
    facts |= {"outstanding": q(outstanding), "condition": condition, "note": ""}
    return moved(m.StockReturned, usable, balances[0], **buckets, **facts)


def bring(quantity: int | None, condition: m.Condition = "good") -> c.ReturnStock:
    """Ann's return."""
    return c.ReturnStock(quantity=None if quantity is None else q(quantity), condition=condition)


DAMAGED = (*WITH_ANN, returned(3, 5, "damaged", (12, 3)))


@pytest.mark.rule("T-3.1-a")
@pytest.mark.parametrize(
    ("quantity", "event"),
    [
        (None, returned(8, 0, "good", (20, 0))),
        (8, returned(8, 0, "good", (20, 0))),
        (3, returned(3, 5, "good", (15, 0))),
        (0, None),
        (-1, None),
    ],
)
def test_zero_is_not_all(quantity: int | None, event: m.Movement | None) -> None:
    """No quantity returns all that is outstanding; zero is refused, and a part leaves the rest."""
    decision = given(PoolStock, *WITH_ANN).when(PoolStock.take_back, bring(quantity), NOW, 1)
    if event is None:
        decision.refused(c.QuantityNotPositive, pointer="/quantity")
    else:
        decision.then(event)


@pytest.mark.rule("T-3.1-a")
@pytest.mark.parametrize(
    ("condition", "on_hand", "quarantine"),
    [
        ("excellent", 20, 0),
        ("good", 20, 0),
        ("fair", 20, 0),
        ("poor", 12, 8),
        ("damaged", 12, 8),
        ("out_of_service", 12, 8),
    ],
)
def test_only_usable_units_are_stock_again(
    condition: m.Condition, on_hand: int, quarantine: int
) -> None:
    """What came back poor or worse waits in quarantine and cannot be issued."""
    decision = given(PoolStock, *WITH_ANN).when(PoolStock.take_back, bring(8, condition), NOW, 1)
    decision.then(returned(8, 0, condition, (on_hand, quarantine)))
    assert decision.aggregate.available(NOW.now) == on_hand
    assert decision.aggregate.quarantine == quarantine


@pytest.mark.parametrize(
    ("history", "number", "quantity", "error"),
    [
        (WITH_ANN, 2, 1, c.NoSuchIssuance),
        (WITH_ANN, 0, 1, c.NoSuchIssuance),
        (WITH_ANN, 1, 9, c.MoreThanRemaining),
        ((*WITH_ANN, returned(8, 0, "good", (20, 0))), 1, 1, c.NoSuchIssuance),
        (WITH_ANN, 1, 0, c.QuantityNotPositive),
    ],
)
def test_nobody_gives_back_or_loses_more_than_he_has(
    history: tuple[m.PoolStockEvent, ...], number: int, quantity: int, error: type[Refused]
) -> None:
    """Returns and write-offs of what members have share the guard."""
    given(PoolStock, *history).when(PoolStock.take_back, bring(quantity), NOW, number).refused(
        error
    )
    lost = write_off(quantity, "issuance", number)
    given(PoolStock, *history).when(PoolStock.write_off, lost, NOW).refused(error)


def write_off(quantity: int, source: m.WriteOffSource, issuance: int = 0) -> c.WriteOffStock:
    """A loss."""
    return c.WriteOffStock(quantity=q(quantity), reason="lost", source=source, issuance=issuance)


def lost(quantity: int, source: m.WriteOffSource, balances: tuple[int, int]) -> m.Movement:
    """What was given up, and what is on hand and in quarantine then."""
    in_quarantine = -quantity if source == "quarantine" else 0
    facts: dict[str, Any] = {"number": 1 if source == "issuance" else 0, "source": source}
    facts |= {"quarantine_delta": q(in_quarantine), "quarantine": q(balances[1])}
    delta = -quantity if source == "stock" else 0
    facts |= {"quantity": q(quantity), "reason": "lost"}
    return moved(m.StockWrittenOff, delta, balances[0], **facts)


@pytest.mark.parametrize(
    ("source", "quantity", "issuance", "event"),
    [
        ("stock", 12, 0, lost(12, "stock", (0, 3))),
        ("stock", 13, 0, None),
        ("quarantine", 3, 0, lost(3, "quarantine", (12, 0))),
        ("quarantine", 4, 0, None),
        ("issuance", 5, 1, lost(5, "issuance", (12, 3))),
    ],
)
def test_a_loss_is_taken_from_where_it_was(
    source: m.WriteOffSource, quantity: int, issuance: int, event: m.Movement | None
) -> None:
    """12 on hand, 3 in quarantine, 5 with Ann: a member's loss changes neither bucket."""
    command = write_off(quantity, source, issuance)
    decision = given(PoolStock, *DAMAGED).when(PoolStock.write_off, command, NOW)
    if event is None:
        decision.refused(c.InsufficientStock)
    else:
        decision.then(event)
        assert decision.aggregate.issuances.total == (0 if source == "issuance" else 5)


@pytest.mark.parametrize(("quantity", "possible"), [(3, True), (4, False)])
def test_what_is_in_quarantine_can_be_repaired(quantity: int, possible: bool) -> None:
    """It is stock again; no more than is there."""
    command = c.RepairStock(quantity=q(quantity))
    decision = given(PoolStock, *DAMAGED).when(PoolStock.repair, command, NOW)
    if possible:
        facts = {"quarantine_delta": q(-3), "quarantine": ZERO}
        decision.then(moved(m.QuarantineRepaired, 3, 15, **facts))
    else:
        decision.refused(c.InsufficientStock)


def updated(**settings: Any) -> m.EntryUpdated:
    """The entry's settings: those given, and none else."""
    none: dict[str, Any] = {"threshold": None, "maximum": None, "bin": "", "note": ""}
    return m.EntryUpdated(**(none | settings))


SETTINGS = updated(threshold=q(5), maximum=q(50), bin="B7", note="dry")


@pytest.mark.parametrize(
    ("command", "event"),
    [
        (c.UpdateEntry(), None),
        (c.UpdateEntry(threshold=q(5), bin="B7"), None),
        (c.UpdateEntry(threshold=UNSET, maximum=UNSET, bin=UNSET, note=UNSET), None),
        (c.UpdateEntry(threshold=None), updated(maximum=q(50), bin="B7", note="dry")),
        (
            c.UpdateEntry(threshold=q(0)),
            updated(threshold=q(0), maximum=q(50), bin="B7", note="dry"),
        ),
        (c.UpdateEntry(maximum=None, bin="", note=""), updated(threshold=q(5))),
    ],
)
def test_an_entry_s_settings_change_where_they_are_named(
    command: c.UpdateEntry, event: m.EntryUpdated | None
) -> None:
    """What is left out stays, null clears, and without a change nothing is recorded."""
    decision = given(PoolStock, *stocked(20), SETTINGS).when(PoolStock.update, command, NOW)
    decision.then(*([] if event is None else [event]))


@pytest.mark.parametrize("field", ["threshold", "maximum"])
def test_no_setting_is_below_zero(field: str) -> None:
    """An alert at less than nothing would never come."""
    update = c.UpdateEntry(**{field: q(-1)})  # type: ignore[arg-type]  # both are quantities
    given(PoolStock, *stocked(20)).when(PoolStock.update, update, NOW).refused(
        NegativeNumber, pointer=f"/{field}"
    )


@pytest.mark.parametrize(
    ("history", "possible"),
    [
        ((CREATED,), True),
        (stocked(1), False),
        ((*stocked(8), issued(1, 8, 0)), False),
        ((*stocked(8), issued(1, 8, 0), returned(8, 0, "damaged", (0, 8))), False),
        ((*stocked(20), reserved(1, 5)), False),
    ],
    ids=["empty", "on hand", "with a member", "in quarantine", "reserved"],
)
def test_only_an_empty_entry_is_deleted(
    history: tuple[m.PoolStockEvent, ...], possible: bool
) -> None:
    """Facts are never deleted with it."""
    decision = given(PoolStock, *history).when(PoolStock.delete, c.DeleteEntry(), at("12:00"))
    if possible:
        decision.then(m.PoolDeleted())
    else:
        decision.refused(c.EntryNotEmpty)


def test_a_deleted_entry_begins_anew() -> None:
    """With the settings of a new one; only the numbers of its promises go on."""
    spent = moved(m.StockConsumed, -20, 0, job="sale")
    history = (*stocked(20), SETTINGS, spent, m.PoolDeleted())
    threshold = m.PoolCreated(**KEYS, place_code="A1", whole=True, threshold=q(2))
    decision = given(PoolStock, *history).when(PoolStock.open, threshold, NOW)
    decision.then(threshold)
    stock = decision.aggregate
    assert [stock.threshold, stock.maximum, stock.bin, stock.note] == [q(2), None, "", ""]
    assert (
        received(3)
        == given(PoolStock, *history, threshold)
        .when(PoolStock.receive, c.ReceiveStock(quantity=q(3), unit_cost=UnitCost("2.5")), NOW)
        .recorded[0]
    )
