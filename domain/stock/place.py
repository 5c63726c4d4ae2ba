"""Place: one tree per organization; the roots are warehouses (model.md).

A place is known by its code: its id follows from it, so a code is unique under its root.
"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import available_timezones

from msgspec import UNSET, Meta, UnsetType

from domain.base import (
    NOBODY,
    Aggregate,
    Command,
    Conflicting,
    Context,
    Event,
    InvalidValue,
    NotFound,
    Refused,
    View,
)
from domain.ids import Code, Name, WarehouseId, normal
from domain.permissions import Permission

TIMEZONES = frozenset(available_timezones())
"""Read once: looking them up reads a hundred folders."""
Timezone = Annotated[str, Meta(max_length=60)]
Kind = Literal["warehouse", "area", "shelf", "bin"]


class OpenWarehouse(Command):
    """Opens a root: a branch, a store, a station."""

    permission = Permission.PLACES_MANAGE
    code: Code
    name: Name
    timezone: Timezone = "UTC"


class OpenPlace(Command):
    """Opens an area, shelf or bin under a warehouse."""

    permission = Permission.PLACES_MANAGE
    warehouse: WarehouseId
    code: Code
    name: Annotated[str, Meta(max_length=200)] = ""
    kind: Literal["area", "shelf", "bin"] = "shelf"


class ChangeWarehouse(Command):
    """Changes a warehouse; what is left out stays. Its code stays: its id follows from it."""

    permission = Permission.PLACES_MANAGE
    name: Name | UnsetType = UNSET
    timezone: Timezone | UnsetType = UNSET


class ActivateWarehouse(Command):
    """Lets a warehouse take stock again, or calls its deactivation off."""

    permission = Permission.PLACES_MANAGE


class DeactivateWarehouse(Command):
    """Closes a warehouse that nothing is left in: it takes no stock, stock-take or new place.

    Refused while it has stock (also in quarantine or with members) or an open stock-take.
    """

    permission = Permission.PLACES_MANAGE


class PlaceEvent(Event):
    """Anything that happens to a place."""


class PlaceOpened(PlaceEvent, tag="place.opened"):
    """A place exists; a warehouse is its own root."""

    code: str
    name: str
    kind: Kind
    warehouse: UUID
    timezone: str

    def apply(self, place: Place, /) -> None:
        """Gives the place what it is."""
        place.code, place.label, place.kind = self.code, self.name, self.kind
        place.warehouse, place.timezone = self.warehouse, self.timezone


class WarehouseChanged(PlaceEvent, tag="place.changed"):
    """All that may change of a warehouse, as it is from now on."""

    name: str
    timezone: str

    def apply(self, place: Place, /) -> None:
        """Replaces both."""
        place.label, place.timezone = self.name, self.timezone


class DeactivationBegun(PlaceEvent, tag="place.deactivation_begun"):
    """From here on nothing comes in, so that what is left can be told exactly."""

    def apply(self, place: Place, /) -> None:
        """Keeps everything out."""
        place.closing = True


class WarehouseDeactivated(PlaceEvent, tag="place.deactivated"):
    """Nothing was left in it."""

    def apply(self, place: Place, /) -> None:
        """Ends its use."""
        place.active = place.closing = False


class WarehouseActivated(PlaceEvent, tag="place.activated"):
    """It is in use: again, or still, where a rule with this code kept it from being deactivated."""

    code: str = ""
    detail: str = ""

    def apply(self, place: Place, /) -> None:
        """Lets stock in."""
        place.active, place.closing = True, False


class UnknownTimezone(InvalidValue, code="UNKNOWN_TIMEZONE"):
    """There is no such IANA time zone."""


class BlankCode(InvalidValue, code="BLANK_CODE"):
    """A code has at least one visible character."""


class NoWarehouses(Conflicting, code="NO_WAREHOUSES"):
    """A supplier has no warehouses."""


class CodeTaken(Conflicting, code="CODE_TAKEN"):
    """A place of that code exists."""


class NotAWarehouse(InvalidValue, code="NOT_A_WAREHOUSE"):
    """Only a warehouse can have places below it or be counted."""


class ForeignWarehouse(NotFound, code="WAREHOUSE_NOT_FOUND"):
    """There is no such warehouse."""


class WarehouseInactive(Conflicting, code="WAREHOUSE_INACTIVE"):
    """The warehouse is not active: it takes no stock, no stock-take and no new place."""


class WarehouseClosing(Conflicting, code="WAREHOUSE_CLOSING"):
    """The warehouse is being deactivated: try again in a moment."""


class StockLeft(Conflicting, code="STOCK_LEFT"):
    """The warehouse still has stock, usable, in quarantine or with members."""


class StockStillReserved(Conflicting, code="STOCK_RESERVED"):
    """Stock of the warehouse is reserved."""


class StockTakeOpen(Conflicting, code="STOCK_TAKE_OPEN"):
    """A stock-take of the warehouse is open."""


class DeactivationCalledOff(Conflicting, code="DEACTIVATION_CALLED_OFF"):
    """Somebody activated the warehouse before its deactivation was complete."""


class PlaceView(View):
    """A place; its warehouse is the root of its tree. A `closing` one is being deactivated."""

    id: UUID
    code: str
    name: str
    kind: Kind
    warehouse: UUID
    timezone: str
    active: bool
    closing: bool
    version: int


class Place(Aggregate):
    """A node of an organization's tree of places.

    Whatever brings stock into a warehouse guards its stream, so that a warehouse that is not active
    has none.
    """

    name = "place"
    events = PlaceEvent

    def __init__(self) -> None:
        self.code = self.label = ""
        self.kind: Kind = "warehouse"
        self.warehouse = NOBODY
        self.timezone = "UTC"
        self.active, self.closing = True, False

    def open_warehouse(self, command: OpenWarehouse, context: Context) -> None:
        if self.version:
            raise CodeTaken(pointer="/code")
        if context.organization_type == "supplier":
            raise NoWarehouses
        _must_be_known(command.timezone)
        code = normal(command.code)
        self._open(code, command.name, "warehouse", self.id, command.timezone, context)

    def open_under(self, root: Place, command: OpenPlace, context: Context) -> None:
        """Opens it below that warehouse; an existing one is refused."""
        if self.version:
            raise CodeTaken(pointer="/code")
        if root.kind != "warehouse" or not root.version:
            raise NotAWarehouse(pointer="/warehouse")
        root.must_be_active()
        name = command.name or command.code
        self._open(normal(command.code), name, command.kind, root.id, root.timezone, context)

    def change(self, command: ChangeWarehouse, context: Context) -> None:
        self._must_be_warehouse()
        name = self.label if command.name is UNSET else command.name
        timezone = self.timezone if command.timezone is UNSET else command.timezone
        _must_be_known(timezone)
        if (name, timezone) != (self.label, self.timezone):
            self.record(WarehouseChanged(name=name, timezone=timezone), context)

    def activate(self, command: ActivateWarehouse, context: Context) -> None:
        self._must_be_warehouse()
        if self.closing or not self.active:
            self.record(WarehouseActivated(), context)

    def deactivate(self, command: DeactivateWarehouse, context: Context) -> None:
        """Keeps everything out; `settle` follows. One that is inactive stays so."""
        self._must_be_warehouse()
        if self.active and not self.closing:
            self.record(DeactivationBegun(), context)

    def settle(self, obstacle: Refused | None, context: Context) -> None:
        """Ends the deactivation that has begun; with an obstacle everything stays as it was."""
        if not self.closing:
            return
        if obstacle is None:
            self.record(WarehouseDeactivated(), context)
        else:
            kept = WarehouseActivated(code=obstacle.code, detail=obstacle.detail)
            self.record(kept, context)

    def must_be_active(self) -> None:
        """Refuses what an inactive warehouse does not take.

        Who asks has read the place, so that the append guards it, and loads nothing afterwards.
        """
        if self.closing:
            raise WarehouseClosing
        if not self.active:
            raise WarehouseInactive

    def _must_be_warehouse(self) -> None:
        if self.kind != "warehouse":
            raise ForeignWarehouse

    def _open(  # noqa: PLR0913 - a place's fields
        self, code: str, name: str, kind: Kind, root: UUID, timezone: str, context: Context
    ) -> None:
        if not code:
            raise BlankCode(pointer="/code")
        opened = PlaceOpened(code=code, name=name, kind=kind, warehouse=root, timezone=timezone)
        self.record(opened, context)

    def view(self, _: Context) -> PlaceView:
        return PlaceView(
            id=self.id,
            code=self.code,
            name=self.label,
            kind=self.kind,
            warehouse=self.warehouse,
            timezone=self.timezone,
            active=self.active,
            closing=self.closing,
            version=self.version,
        )


def _must_be_known(timezone: str) -> None:
    if timezone not in TIMEZONES:
        raise UnknownTimezone(pointer="/timezone")
