"""Place: one tree per organization; the roots are warehouses (model.md).

A place is known by its code: its id follows from it, so a code is unique under its root.
"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import available_timezones

from msgspec import Meta

from domain.base import NOBODY, Aggregate, Command, Conflicting, Context, Event, InvalidValue, View
from domain.ids import Code, Name, WarehouseId, normal
from domain.permissions import Permission

TIMEZONES = frozenset(available_timezones())
"""Read once: looking them up reads a hundred folders."""
Kind = Literal["warehouse", "area", "shelf", "bin"]


class OpenWarehouse(Command):
    """Opens a root: a branch, a store, a station."""

    permission = Permission.PLACES_MANAGE
    code: Code
    name: Name
    timezone: Annotated[str, Meta(max_length=60)] = "UTC"


class OpenPlace(Command):
    """Opens an area, shelf or bin under a warehouse."""

    permission = Permission.PLACES_MANAGE
    warehouse: WarehouseId
    code: Code
    name: Annotated[str, Meta(max_length=200)] = ""
    kind: Literal["area", "shelf", "bin"] = "shelf"


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


class UnknownTimezone(InvalidValue, code="UNKNOWN_TIMEZONE"):
    """There is no such IANA time zone."""


class BlankCode(InvalidValue, code="BLANK_CODE"):
    """A code has at least one visible character."""


class CodeTaken(Conflicting, code="CODE_TAKEN"):
    """A place of that code exists."""


class NotAWarehouse(InvalidValue, code="NOT_A_WAREHOUSE"):
    """Only a warehouse can have places below it or be counted."""


class PlaceView(View):
    """A place; its warehouse is the root of its tree."""

    id: UUID
    code: str
    name: str
    kind: Kind
    warehouse: UUID
    timezone: str


class Place(Aggregate):
    """A node of an organization's tree of places."""

    name = "place"
    events = PlaceEvent

    def __init__(self) -> None:
        self.code = self.label = ""
        self.kind: Kind = "warehouse"
        self.warehouse = NOBODY
        self.timezone = "UTC"

    def open_warehouse(self, command: OpenWarehouse, context: Context) -> None:
        if self.version:
            raise CodeTaken(pointer="/code")
        if command.timezone not in TIMEZONES:
            raise UnknownTimezone(pointer="/timezone")
        code = normal(command.code)
        self._open(code, command.name, "warehouse", self.id, command.timezone, context)

    def open_under(self, root: Place, command: OpenPlace, context: Context) -> None:
        """Opens it below that warehouse; an existing one is refused."""
        if self.version:
            raise CodeTaken(pointer="/code")
        if root.kind != "warehouse" or not root.version:
            raise NotAWarehouse(pointer="/warehouse")
        name = command.name or command.code
        self._open(normal(command.code), name, command.kind, root.id, root.timezone, context)

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
        )
