"""Places: warehouses and what lies below them (model.md)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from domain.base import Event, Refused
from domain.ids import place_id, warehouse_id
from domain.stock import place as p
from domain.stock.place import OpenPlace, OpenWarehouse, Place, PlaceOpened
from tests.specification import NOW, ORGANIZATION, STREAM, fold, given

MAIN = warehouse_id(ORGANIZATION, "MAIN")
OPENED = PlaceOpened(
    code="MAIN", name="Main store", kind="warehouse", warehouse=MAIN, timezone="Africa/Nairobi"
)
ROOT = fold(Place, OPENED, stream=MAIN)
SHELF = PlaceOpened(
    code="A 1", name="First", kind="shelf", warehouse=MAIN, timezone="Africa/Nairobi"
)


def warehouse(**changes: Any) -> OpenWarehouse:
    """The wish for the main store, with other fields."""
    wish = {"code": " main ", "name": "Main store", "timezone": "Africa/Nairobi"}
    return OpenWarehouse(**(wish | changes))


def shelf(**changes: Any) -> OpenPlace:
    """The wish for a shelf, with other fields."""
    wish: dict[str, Any] = {"warehouse": MAIN, "code": " a  1 ", "name": "First"}
    return OpenPlace(**(wish | changes))


def test_a_warehouse_is_its_own_root() -> None:
    """Its code is kept in the normal form."""
    given(Place, stream=MAIN).when(Place.open_warehouse, warehouse(), NOW).then(OPENED)


def test_a_place_below_lies_in_the_zone_of_its_warehouse() -> None:
    """It is a shelf unless it says otherwise; without a name it is called by its code."""
    given(Place).when(Place.open_under, ROOT, shelf(), NOW).then(SHELF)
    given(Place).when(Place.open_under, ROOT, shelf(code="B7", kind="bin", name=""), NOW).then(
        msgspec.structs.replace(SHELF, code="B7", kind="bin", name="B7")
    )


@pytest.mark.parametrize(
    ("history", "command", "error", "pointer"),
    [
        ([OPENED], warehouse(), p.CodeTaken, "/code"),
        ([], warehouse(timezone="Mars/Olympus"), p.UnknownTimezone, "/timezone"),
        ([], warehouse(code="  "), p.BlankCode, "/code"),
    ],
)
def test_a_warehouse_is_refused(
    history: list[PlaceOpened], command: OpenWarehouse, error: type[Refused], pointer: str
) -> None:
    """Its code is free and visible, its zone is one of the world's."""
    given(Place, *history).when(Place.open_warehouse, command, NOW).refused(error, pointer=pointer)


@pytest.mark.parametrize(
    ("history", "root", "command", "error", "pointer"),
    [
        ([SHELF], ROOT, shelf(), p.CodeTaken, "/code"),
        ([], fold(Place, SHELF), shelf(), p.NotAWarehouse, "/warehouse"),
        ([], fold(Place), shelf(), p.NotAWarehouse, "/warehouse"),
        ([], ROOT, shelf(code=" "), p.BlankCode, "/code"),
    ],
    ids=["taken", "under a shelf", "under nothing", "blank"],
)
def test_a_place_below_is_refused(
    history: list[PlaceOpened], root: Place, command: OpenPlace, error: type[Refused], pointer: str
) -> None:
    """Only a warehouse has places below it."""
    given(Place, *history).when(Place.open_under, root, command, NOW).refused(
        error, pointer=pointer
    )


BEGUN, DONE = p.DeactivationBegun(), p.WarehouseDeactivated()
KEPT = p.WarehouseActivated(code="STOCK_LEFT", detail="Stock entries that are not empty: 2.")
TOKYO = p.WarehouseChanged(name="Main store", timezone="Asia/Tokyo")


@pytest.mark.parametrize(
    ("history", "decide", "command", "events"),
    [
        ([], Place.change, p.ChangeWarehouse(timezone="Asia/Tokyo"), [TOKYO]),
        ([TOKYO], Place.change, p.ChangeWarehouse(name="Main store", timezone="Asia/Tokyo"), []),
        ([], Place.change, p.ChangeWarehouse(), []),
        ([], Place.deactivate, p.DeactivateWarehouse(), [BEGUN]),
        ([BEGUN], Place.deactivate, p.DeactivateWarehouse(), []),
        ([BEGUN, DONE], Place.deactivate, p.DeactivateWarehouse(), []),
        ([BEGUN, KEPT], Place.deactivate, p.DeactivateWarehouse(), [BEGUN]),
        ([], Place.activate, p.ActivateWarehouse(), []),
        ([BEGUN], Place.activate, p.ActivateWarehouse(), [p.WarehouseActivated()]),
        ([BEGUN, DONE], Place.activate, p.ActivateWarehouse(), [p.WarehouseActivated()]),
        ([BEGUN], Place.settle, None, [DONE]),
        ([BEGUN], Place.settle, p.StockLeft(KEPT.detail), [KEPT]),
        ([BEGUN, DONE], Place.settle, p.StockLeft(), []),
        ([], Place.settle, None, []),
    ],
)
def test_what_becomes_of_a_warehouse(
    history: list[Event], decide: Any, command: Any, events: list[Event]
) -> None:
    """Whatever is so already is done without an event."""
    given(Place, OPENED, *history, stream=MAIN).when(decide, command, NOW).then(*events)


@pytest.mark.parametrize(
    ("history", "error"),
    [
        ([BEGUN], p.WarehouseClosing),
        ([BEGUN, DONE], p.WarehouseInactive),
        ([BEGUN, KEPT], None),
        ([BEGUN, DONE, p.WarehouseActivated()], None),
    ],
)
def test_a_warehouse_takes_places_while_it_is_active(
    history: list[Event], error: type[Refused] | None
) -> None:
    """From the beginning of its deactivation on it takes none."""
    asked = given(Place).when(Place.open_under, fold(Place, OPENED, *history), shelf(), NOW)
    if error is None:
        asked.then(msgspec.structs.replace(SHELF, warehouse=STREAM))
    else:
        asked.refused(error)


@pytest.mark.parametrize(
    ("decide", "command"),
    [
        (Place.change, p.ChangeWarehouse(name="x")),
        (Place.activate, p.ActivateWarehouse()),
        (Place.deactivate, p.DeactivateWarehouse()),
    ],
)
def test_a_shelf_is_no_warehouse(decide: Any, command: Any) -> None:
    """It is neither renamed nor closed as one."""
    given(Place, SHELF).when(decide, command, NOW).refused(p.ForeignWarehouse)


def test_the_zone_of_a_warehouse_is_one_of_the_worlds() -> None:
    """Also later on."""
    wish = p.ChangeWarehouse(timezone="Mars/Olympus")
    asked = given(Place, OPENED, stream=MAIN).when(Place.change, wish, NOW)
    asked.refused(p.UnknownTimezone, pointer="/timezone")


def test_a_place_shows_what_it_is() -> None:
    """With the root of its tree."""
    shown = fold(Place, SHELF, stream=place_id(MAIN, "A 1")).view(NOW)

    assert shown == p.PlaceView(
        id=place_id(MAIN, "a 1"),
        code="A 1",
        name="First",
        kind="shelf",
        warehouse=MAIN,
        timezone="Africa/Nairobi",
        active=True,
        closing=False,
        version=1,
    )
    assert shown.id != STREAM
