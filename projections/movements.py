"""The movements ledger: a row per change of a PoolStock, never a truth of its own (model.md)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from domain.stock import movement as m
from projections.engine.projection import Of, Projection
from projections.kinds import MOVEMENT_KINDS, all_but


class MovementRow(Struct, frozen=True, kw_only=True):
    """Signed deltas of both buckets and the balances behind them, in the order of recording."""

    position: int
    organization: UUID
    warehouse: UUID
    product: UUID
    place: UUID
    pool: UUID
    type: str
    delta: Decimal
    on_hand: Decimal
    quarantine_delta: Decimal
    quarantine: Decimal
    occurred_at: datetime
    recorded_at: datetime
    actor: UUID
    reason: str
    member: UUID | None
    session: UUID | None
    unit_cost: Decimal | None


def _moved(_: MovementRow | None, recorded: Of[m.Movement]) -> MovementRow:
    event = recorded.event
    return MovementRow(
        position=recorded.position,
        organization=recorded.organization,
        warehouse=event.warehouse,
        product=event.product,
        place=event.place,
        pool=recorded.stream,
        type=str(event.__struct_config__.tag),
        delta=event.delta,
        on_hand=event.on_hand,
        quarantine_delta=event.quarantine_delta,
        quarantine=event.quarantine,
        occurred_at=recorded.occurred_at,
        recorded_at=recorded.recorded_at,
        actor=recorded.actor,
        reason=getattr(event, "reason", ""),
        member=getattr(event, "member", None),
        session=getattr(event, "session", None),
        unit_cost=getattr(event, "unit_cost", None),
    )


MOVEMENTS = Projection(
    name="movements",
    version=1,
    row=MovementRow,
    keys=("position",),
    key=lambda recorded: (recorded.position,),
    handlers=dict.fromkeys(MOVEMENT_KINDS, _moved),
    ignores=(
        m.PoolCreated,
        m.PoolDeleted,
        m.EntryUpdated,
        m.StockReserved,
        m.ReservationReleased,
        *all_but(m.PoolStockEvent),
    ),
    ledger=True,
)
