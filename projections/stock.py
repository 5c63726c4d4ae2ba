"""Stock levels: one row per stock entry, the fold of its PoolStock."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.quantity import ZERO
from domain.stock import movement as m
from projections.engine.projection import Of, Projection
from projections.kinds import MOVEMENT_KINDS, all_but


class StockLevel(Struct, frozen=True, kw_only=True):
    """Quantities in base units; `reserved` still holds what ran out and has no event yet."""

    id: UUID
    organization: UUID
    warehouse: UUID
    place: UUID
    location: str
    product: UUID
    on_hand: Decimal = ZERO
    reserved: Decimal = ZERO
    issued: Decimal = ZERO
    quarantine: Decimal = ZERO
    threshold: Decimal | None = None
    maximum: Decimal | None = None
    bin: str = ""
    note: str = ""
    version: int
    updated_at: datetime


def _created(row: StockLevel | None, recorded: Of[m.PoolCreated]) -> StockLevel:
    event = recorded.event
    if row is not None:
        raise ValueError("created twice")
    return StockLevel(
        id=recorded.stream,
        organization=recorded.organization,
        warehouse=event.warehouse,
        place=event.place,
        location=event.place_code,
        product=event.product,
        threshold=event.threshold,
        version=recorded.version,
        updated_at=recorded.recorded_at,
    )


def _seen(row: StockLevel | None, recorded: Of[m.PoolStockEvent]) -> StockLevel:
    """The row at its new version; there is one, because a stream begins with its creation."""
    if row is None:
        raise LookupError("no such row")
    return replace(row, version=recorded.version, updated_at=recorded.recorded_at)


def _moved(row: StockLevel | None, recorded: Of[m.Movement]) -> StockLevel:
    seen, event = _seen(row, recorded), recorded.event
    return replace(
        seen,
        on_hand=seen.on_hand + event.delta,
        quarantine=seen.quarantine + event.quarantine_delta,
    )


def _reserved(row: StockLevel | None, recorded: Of[m.StockReserved]) -> StockLevel:
    seen = _seen(row, recorded)
    return replace(seen, reserved=seen.reserved + recorded.event.quantity)


def _released(row: StockLevel | None, recorded: Of[m.ReservationReleased]) -> StockLevel:
    seen = _seen(row, recorded)
    return replace(seen, reserved=seen.reserved - recorded.event.quantity)


def _fulfilled(row: StockLevel | None, recorded: Of[m.ReservationFulfilled]) -> StockLevel:
    moved = _moved(row, recorded)
    return replace(moved, reserved=moved.reserved - recorded.event.quantity)


def _issued(row: StockLevel | None, recorded: Of[m.StockIssued]) -> StockLevel:
    moved = _moved(row, recorded)
    return replace(moved, issued=moved.issued + recorded.event.quantity)


def _returned(row: StockLevel | None, recorded: Of[m.StockReturned]) -> StockLevel:
    moved = _moved(row, recorded)
    return replace(moved, issued=moved.issued - recorded.event.quantity)


def _written_off(row: StockLevel | None, recorded: Of[m.StockWrittenOff]) -> StockLevel:
    moved = _moved(row, recorded)
    lost = recorded.event.quantity if recorded.event.source == "issuance" else ZERO
    return replace(moved, issued=moved.issued - lost)


def _updated(row: StockLevel | None, recorded: Of[m.EntryUpdated]) -> StockLevel:
    event = recorded.event
    return replace(
        _seen(row, recorded),
        threshold=event.threshold,
        maximum=event.maximum,
        bin=event.bin,
        note=event.note,
    )


def _deleted(row: StockLevel | None, recorded: Of[m.PoolDeleted]) -> None:
    _seen(row, recorded)


STOCK_LEVELS = Projection(
    name="stock_levels",
    version=1,
    row=StockLevel,
    keys=("id",),
    key=lambda recorded: (recorded.stream,),
    handlers={
        **dict.fromkeys(MOVEMENT_KINDS, _moved),
        m.PoolCreated: _created,
        m.PoolDeleted: _deleted,
        m.EntryUpdated: _updated,
        m.StockReserved: _reserved,
        m.ReservationReleased: _released,
        m.ReservationFulfilled: _fulfilled,
        m.StockIssued: _issued,
        m.StockReturned: _returned,
        m.StockWrittenOff: _written_off,
    },
    ignores=all_but(m.PoolStockEvent),
    temporal=True,
    fixed=("warehouse", "place", "product"),
)
