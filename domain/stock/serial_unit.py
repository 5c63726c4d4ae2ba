"""SerialUnit: one unit of a product that has a serial number (domain.md 3.5).

Its quantity is in the pool of the place where it is; this says which unit it is, in what condition,
and where it has been. Invariants: it is at one place or gone; a product has a serial number once,
also after the unit has gone.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID, uuid5

from domain.base import NOBODY, Aggregate, Conflicting, Context, Event, InvalidValue
from domain.ids import normal
from domain.stock.movement import Condition
from domain.stock.place import BlankCode, Place

Whereabouts = Literal["in_stock", "gone"]


class SerialUnitEvent(Event):
    """Anything that happens to a unit with a serial number."""


class UnitRegistered(SerialUnitEvent, tag="serial_unit.registered"):
    """A unit is known by its number from now on."""

    product: UUID
    serial: str
    lot: str | None
    condition: Condition
    warehouse: UUID
    place: UUID
    reason: str

    def apply(self, unit: SerialUnit, /) -> None:
        """Gives the unit what it is."""
        unit.product, unit.serial, unit.lot = self.product, self.serial, self.lot
        unit.condition, unit.place, unit.status = self.condition, self.place, "in_stock"


class UnitMoved(SerialUnitEvent, tag="serial_unit.moved"):
    """It is at another place, or back at one."""

    warehouse: UUID
    place: UUID
    reason: str

    def apply(self, unit: SerialUnit, /) -> None:
        """Is there from now on."""
        unit.place, unit.status = self.place, "in_stock"


class UnitGone(SerialUnitEvent, tag="serial_unit.gone"):
    """It left the stock: sold, used up, built into something."""

    reason: str

    def apply(self, unit: SerialUnit, /) -> None:
        """Is nowhere."""
        unit.place, unit.status = NOBODY, "gone"


class UnitAssessed(SerialUnitEvent, tag="serial_unit.assessed"):
    """Somebody looked at it."""

    condition: Condition
    reason: str

    def apply(self, unit: SerialUnit, /) -> None:
        """Is in that condition."""
        unit.condition = self.condition


class SerialTaken(Conflicting, code="SERIAL_TAKEN"):
    """The product has a unit of that serial number."""


class UnitNotInStock(Conflicting, code="UNIT_NOT_IN_STOCK"):
    """This unit is not in stock, or not there."""


class UnitIsThere(Conflicting, code="UNIT_IS_THERE"):
    """The unit is at that place."""


class NotOneUnit(InvalidValue, code="NOT_ONE_UNIT"):
    """A serial number is that of one unit."""


def serial_unit_id(product: UUID, serial: str) -> UUID:
    """The product's unit of that number, in any case of letters."""
    return uuid5(product, f"serial/{normal(serial)}")


class SerialUnit(Aggregate):
    """One unit by its serial number."""

    name = "serial_unit"
    events = SerialUnitEvent

    def __init__(self) -> None:
        self.product = self.place = NOBODY
        self.serial = ""
        self.lot: str | None = None
        self.condition: Condition = "good"
        self.status: Whereabouts = "gone"

    def register(self, registered: UnitRegistered, context: Context) -> None:
        if self.version:
            raise SerialTaken(pointer="/serial")
        if not registered.serial.strip():
            raise BlankCode(pointer="/serial")
        self.record(registered, context)

    def must_be_at(self, place: Place) -> None:
        """Refuses to take it from where its quantity is not."""
        if self.place != place.id:
            raise UnitNotInStock

    def move(self, place: Place, reason: str, context: Context) -> None:
        """Moves it, or takes it back into stock."""
        if not self.version:
            raise UnitNotInStock
        if self.place == place.id:
            raise UnitIsThere
        moved = UnitMoved(warehouse=place.warehouse, place=place.id, reason=reason)
        self.record(moved, context)

    def leave(self, reason: str, context: Context) -> None:
        if self.status == "gone":
            raise UnitNotInStock
        self.record(UnitGone(reason=reason), context)

    def assess(self, condition: Condition, reason: str, context: Context) -> None:
        """Records the condition, changed or confirmed."""
        if not self.version:
            raise UnitNotInStock
        self.record(UnitAssessed(condition=condition, reason=reason), context)
