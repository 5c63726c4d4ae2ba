"""Units with serial numbers: a row per unit, also of what has gone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.stock import serial_unit as u
from projections.engine.projection import Of, Projection
from projections.kinds import all_but


class SerialUnitRow(Struct, frozen=True, kw_only=True):
    """`place` is null for a unit that has gone; `reason` is that of what happened last."""

    id: UUID
    organization: UUID
    product: UUID
    serial: str
    lot: str | None
    condition: str
    status: str
    warehouse: UUID | None
    place: UUID | None
    reason: str
    since: datetime
    version: int


def _registered(row: SerialUnitRow | None, recorded: Of[u.UnitRegistered]) -> SerialUnitRow:
    event = recorded.event
    if row is not None:
        raise ValueError("registered twice")
    return SerialUnitRow(
        id=recorded.stream,
        organization=recorded.organization,
        product=event.product,
        serial=event.serial,
        lot=event.lot,
        condition=event.condition,
        status="in_stock",
        warehouse=event.warehouse,
        place=event.place,
        reason=event.reason,
        since=recorded.occurred_at,
        version=recorded.version,
    )


def _changed(
    row: SerialUnitRow | None, recorded: Of[u.UnitMoved | u.UnitGone | u.UnitAssessed]
) -> SerialUnitRow:
    """The row at its new version; there is one, because a stream begins with its registration."""
    if row is None:
        raise LookupError("no such unit")
    event = recorded.event
    seen = replace(row, reason=event.reason, since=recorded.occurred_at, version=recorded.version)
    match event:
        case u.UnitMoved():
            return replace(seen, status="in_stock", warehouse=event.warehouse, place=event.place)
        case u.UnitAssessed():
            return replace(seen, condition=event.condition)
        case _:
            return replace(seen, status="gone", warehouse=None, place=None)


SERIAL_UNITS = Projection(
    name="serial_units",
    version=1,
    row=SerialUnitRow,
    keys=("id",),
    key=lambda recorded: (recorded.stream,),
    handlers={
        u.UnitRegistered: _registered,
        u.UnitMoved: _changed,
        u.UnitGone: _changed,
        u.UnitAssessed: _changed,
    },
    ignores=all_but(u.SerialUnitEvent),
    temporal=True,
    fixed=("product",),
)
