"""Units with serial numbers: where they may go, and when that is refused (domain.md 3.5)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain.base import Refused
from domain.stock import serial_unit as u
from domain.stock.place import BlankCode, Place, PlaceOpened
from domain.stock.serial_unit import SerialUnit, serial_unit_id
from tests.specification import NOW, fold, given

PRODUCT, ROOT, SHELF = UUID(int=21), UUID(int=22), UUID(int=23)
OPENED = PlaceOpened(code="A1", name="A1", kind="shelf", warehouse=ROOT, timezone="UTC")
HERE = fold(Place, OPENED, stream=SHELF)
THERE = fold(Place, OPENED, stream=UUID(int=24))
REGISTERED = u.UnitRegistered(
    product=PRODUCT,
    serial="S-7",
    lot="L1",
    condition="good",
    warehouse=ROOT,
    place=SHELF,
    reason="bought",
)
MOVED = u.UnitMoved(warehouse=ROOT, place=THERE.id, reason="tidied")
GONE = u.UnitGone(reason="sold")
WORN = u.UnitAssessed(condition="fair", reason="looked at")


@pytest.mark.parametrize(
    ("history", "decide", "arguments", "event"),
    [
        ((), SerialUnit.register, (REGISTERED,), REGISTERED),
        ((REGISTERED,), SerialUnit.move, (THERE, "tidied"), MOVED),
        ((REGISTERED, GONE), SerialUnit.move, (THERE, "tidied"), MOVED),
        ((REGISTERED, MOVED), SerialUnit.leave, ("sold",), GONE),
        ((REGISTERED,), SerialUnit.assess, ("fair", "looked at"), WORN),
        ((REGISTERED, GONE), SerialUnit.assess, ("fair", "looked at"), WORN),
    ],
)
def test_what_happens_to_a_unit_is_an_event(
    history: tuple[u.SerialUnitEvent, ...], decide: Any, arguments: Any, event: u.SerialUnitEvent
) -> None:
    """What has gone can come back, and can be looked at where it is."""
    given(SerialUnit, *history).when(lambda unit: decide(unit, *arguments, NOW)).then(event)


@pytest.mark.parametrize(
    ("history", "decide", "arguments", "refusal"),
    [
        ((REGISTERED,), SerialUnit.register, (REGISTERED,), u.SerialTaken),
        ((REGISTERED, GONE), SerialUnit.register, (REGISTERED,), u.SerialTaken),
        ((), SerialUnit.register, (msgspec.structs.replace(REGISTERED, serial=" "),), BlankCode),
        ((REGISTERED,), SerialUnit.move, (HERE, ""), u.UnitIsThere),
        ((), SerialUnit.move, (HERE, ""), u.UnitNotInStock),
        ((REGISTERED, GONE), SerialUnit.leave, ("",), u.UnitNotInStock),
        ((), SerialUnit.leave, ("",), u.UnitNotInStock),
        ((), SerialUnit.assess, ("good", ""), u.UnitNotInStock),
    ],
)
def test_what_cannot_be_true_of_one_unit_is_refused(
    history: tuple[u.SerialUnitEvent, ...], decide: Any, arguments: Any, refusal: type[Refused]
) -> None:
    """A number is never given twice, also not after its unit has gone."""
    given(SerialUnit, *history).when(lambda unit: decide(unit, *arguments, NOW)).refused(refusal)


def test_a_serial_number_is_one_in_any_case_of_letters() -> None:
    """Within its product: makers number their products one by one."""
    assert serial_unit_id(PRODUCT, " s-7 ") == serial_unit_id(PRODUCT, "S-7")
    assert serial_unit_id(PRODUCT, "S-7") != serial_unit_id(SHELF, "S-7")
