"""Dated history on the real log: everything at its own time, once, or nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from domain.base import Refused
from domain.quantity import Quantity, UnitCost
from domain.stock import history
from domain.stock import movement as m
from domain.stock.entries import SamePlace, UnlimitedProduct
from domain.stock.history import At, DatedMovement, DestinationMissing, ImportHistory
from domain.stock.imported_file import ImportedFile, LinesTaken, LinesTakenBefore
from domain.stock.opening import NotInList, OpeningPlace, TooManyRows
from domain.stock.place import OpenWarehouse
from domain.stock.pool_commands import InsufficientStock, OccurredInFuture
from domain.stock.product import CreateProduct
from domain.stock.serial_unit import (
    NotOneUnit,
    SerialTaken,
    UnitAssessed,
    UnitGone,
    UnitMoved,
    UnitNotInStock,
    UnitRegistered,
)
from tests.specification import NOW, given

if TYPE_CHECKING:
    from tests.importers.conftest import Store

SHELF, ROOM = At("W", "A1"), At("w")


def moved(day: int, kind: history.Kind, quantity: str, **facts: Any) -> DatedMovement:
    """A movement of bolts on that day of January."""
    at = datetime(2024, 1, day, tzinfo=UTC)
    where = facts.pop("where", SHELF)
    facts = {"sku": "bolt", "reason": f"day {day}"} | facts
    return DatedMovement(at=at, kind=kind, where=where, quantity=Quantity(quantity), **facts)


RECEIVED = moved(1, "receive", "10.000", unit_cost=UnitCost("0.2500"), lot="L7")
LIST = ImportHistory(
    name="history.json",
    sha256="0" * 64,
    warehouses=(OpenWarehouse(code="W", name="Warehouse"),),
    places=(OpeningPlace(warehouse="W", code="A1"),),
    products=(
        CreateProduct(sku="BOLT", name="Bolt"),
        CreateProduct(sku="SONG", name="Song", classification="digital"),
    ),
    movements=(
        RECEIVED,
        moved(2, "transfer", "4.000", to=ROOM),
        moved(3, "consume", "1.000"),
        moved(4, "adjust", "-2.000"),
        moved(5, "set", "3.000"),
    ),
)


async def test_each_movement_is_decided_at_its_own_time(store: Store) -> None:
    """A count that finds what the book says is a movement of nothing."""
    await store.take_in(LIST)

    events = [(e, e.event) for e in await store.events() if isinstance(e.event, m.Movement)]
    told = [(type(event), e.occurred_at.day, str(event.on_hand)) for e, event in events]
    assert told == [
        (m.StockReceived, 1, "10.000"),
        (m.StockTransferredOut, 2, "6.000"),
        (m.StockConsumed, 3, "5.000"),
        (m.StockAdjusted, 4, "3.000"),
        (m.StockSet, 5, "3.000"),
        (m.StockTransferredIn, 2, "4.000"),
    ]
    first, last = events[0][1], events[4][1]
    assert isinstance(first, m.StockReceived)
    assert (first.lot, str(first.unit_cost)) == ("L7", "0.2500")
    assert isinstance(last, m.StockSet)
    assert (int(last.delta), last.reason) == (0, "day 5")


async def test_a_file_is_taken_over_once_whatever_happened_since(store: Store) -> None:
    """By its content, with no key that could run out."""
    await store.take_in(LIST)
    before = len(await store.events())
    again = msgspec.structs.replace(LIST, name="other.json")
    await store.take_in(again)

    assert len(await store.events()) == before


@pytest.mark.parametrize(
    ("movement", "refusal", "pointer"),
    [
        (moved(2, "consume", "11.000"), InsufficientStock, "/movements/1"),
        (moved(2, "transfer", "1.000"), DestinationMissing, "/movements/1/to"),
        (moved(2, "transfer", "1.000", to=SHELF), SamePlace, "/movements/1/to"),
        (moved(2, "receive", "1.000", sku="song"), UnlimitedProduct, "/movements/1/sku"),
        (moved(2, "receive", "1.000", sku="nut"), NotInList, "/stock/1/sku"),
        (moved(2, "receive", "1.000", where=At("X")), NotInList, "/stock/1/warehouse"),
        (moved(2, "receive", "2.000", serial="7"), NotOneUnit, "/movements/1/quantity"),
        (moved(2, "set", "1.000", serial="7"), NotOneUnit, "/movements/1/quantity"),
        (moved(2, "consume", "1.000", serial="7"), UnitNotInStock, "/movements/1"),
        (moved(2, "assess", "0.000", serial="7"), UnitNotInStock, "/movements/1"),
        (msgspec.structs.replace(RECEIVED, at=datetime(2999, 1, 1, tzinfo=UTC)), OccurredInFuture,
         "/movements/1/at"),
    ],
)  # fmt: skip
async def test_a_history_with_one_wrong_movement_leaves_nothing_behind(
    store: Store, movement: DatedMovement, refusal: type[Refused], pointer: str
) -> None:
    """The refusal names it."""
    with pytest.raises(refusal) as refused:
        await store.take_in(msgspec.structs.replace(LIST, movements=(RECEIVED, movement)))

    assert refused.value.pointer == pointer
    assert await store.events() == []


async def test_a_unit_goes_where_its_quantity_goes(store: Store) -> None:
    """Its events stand beside the movements, at the same times."""
    one = {"serial": "s-7"}
    movements = (
        moved(1, "receive", "1.000", **one, lot="L7", condition="fair"),
        moved(2, "transfer", "1.000", **one, to=ROOM),
        moved(3, "assess", "0.000", **one, where=ROOM, condition="damaged"),
        moved(4, "consume", "1.000", **one, where=ROOM),
        moved(5, "adjust", "1.000", **one),
        moved(6, "adjust", "-1.000", **one),
        moved(7, "adjust", "1.000", serial="8"),
    )
    await store.take_in(msgspec.structs.replace(LIST, movements=movements))

    kinds = (UnitRegistered, UnitMoved, UnitAssessed, UnitGone)
    events = [e for e in await store.events() if isinstance(e.event, kinds)]
    told = [(type(e.event), e.occurred_at.day) for e in events]
    assert told == [
        (UnitRegistered, 1),
        (UnitMoved, 2),
        (UnitAssessed, 3),
        (UnitGone, 4),
        (UnitMoved, 5),
        (UnitGone, 6),
        (UnitRegistered, 7),
    ]
    first = events[0].event
    assert isinstance(first, UnitRegistered)
    assert (first.serial, first.lot, first.condition) == ("S-7", "L7", "fair")


@pytest.mark.parametrize(
    "movement",
    [
        moved(2, "consume", "1.000", serial="7", where=ROOM),
        moved(2, "adjust", "-1.000", serial="7", where=ROOM),
        moved(2, "transfer", "1.000", serial="7", where=ROOM, to=SHELF),
        moved(2, "transfer", "1.000", serial="8", to=ROOM),
    ],
)
async def test_a_unit_is_taken_from_nowhere_but_its_place(
    store: Store, movement: DatedMovement
) -> None:
    """Though others of the product are there: its quantity is where it is."""
    others = (moved(1, "receive", "5.000"), moved(1, "receive", "5.000", where=ROOM))
    unit = moved(1, "receive", "1.000", serial="7")
    listed = msgspec.structs.replace(LIST, movements=(*others, unit, movement))
    with pytest.raises(UnitNotInStock) as refused:
        await store.take_in(listed)
    assert refused.value.pointer == "/movements/3"


async def test_a_serial_number_of_another_file_is_refused(store: Store) -> None:
    """The unit is known, and where it is."""
    again = msgspec.structs.replace(RECEIVED, quantity=Quantity("1.000"), serial="7")
    await store.take_in(msgspec.structs.replace(LIST, movements=(again,)))
    before = len(await store.events())
    with pytest.raises(SerialTaken):
        await store.take_in(msgspec.structs.replace(LIST, movements=(again,), sha256="1" * 64))
    assert len(await store.events()) == before


async def test_a_history_has_its_bound(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """One append cannot hold the lock for long."""
    monkeypatch.setattr(history, "MOST_MOVEMENTS", 4)
    with pytest.raises(TooManyRows):
        await store.take_in(LIST)


def test_lines_of_a_file_are_taken_once() -> None:
    """The number of lines only grows."""
    taken = LinesTaken(name="f", sha256="0", lines=5, movements=4, receipts=1, skipped=1)
    more = msgspec.structs.replace(taken, lines=6, movements=5)
    file = ImportedFile
    given(file, taken).when(file.take, more, NOW).then(more)
    given(file, taken).when(file.take, taken, NOW).refused(LinesTakenBefore)
