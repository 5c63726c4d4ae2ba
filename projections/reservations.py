"""Open reservations: one row each, gone when fulfilled or released."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.quantity import ZERO
from domain.stock import movement as m
from projections.engine.projection import Of, Projection
from projections.kinds import FAMILIES


class OpenReservation(Struct, frozen=True, kw_only=True):
    """What is kept of a pool for an order, until `expires_at` if there is one."""

    pool: UUID
    number: int
    organization: UUID
    quantity: Decimal
    order_reference: str
    expires_at: datetime | None


def _reserved(_: OpenReservation | None, recorded: Of[m.StockReserved]) -> OpenReservation:
    event = recorded.event
    return OpenReservation(
        pool=recorded.stream,
        number=event.number,
        organization=recorded.organization,
        quantity=event.quantity,
        order_reference=event.order,
        expires_at=event.expires_at,
    )


def _lowered(
    row: OpenReservation | None, recorded: Of[m.ReservationReleased | m.ReservationFulfilled]
) -> OpenReservation | None:
    if row is None:
        raise LookupError("no such reservation")
    rest = recorded.event.remaining
    return replace(row, quantity=rest) if rest > ZERO else None


RESERVATIONS = Projection(
    name="reservations",
    version=1,
    row=OpenReservation,
    keys=("pool", "number"),
    key=lambda recorded: (recorded.stream, recorded.event.number),
    handlers={
        m.StockReserved: _reserved,
        m.ReservationReleased: _lowered,
        m.ReservationFulfilled: _lowered,
    },
    ignores=FAMILIES,
    temporal=True,
)
