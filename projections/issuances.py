"""Open issuances: what members have out of pools, one row per hand-over, gone when all is back."""

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


class OpenIssuance(Struct, frozen=True, kw_only=True):
    """What a member still has of one hand-over."""

    pool: UUID
    number: int
    organization: UUID
    member: UUID
    product: UUID
    quantity: Decimal
    issued_at: datetime
    reason: str


def _issued(_: OpenIssuance | None, recorded: Of[m.StockIssued]) -> OpenIssuance:
    event = recorded.event
    return OpenIssuance(
        pool=recorded.stream,
        number=event.number,
        organization=recorded.organization,
        member=event.member,
        product=event.product,
        quantity=event.quantity,
        issued_at=recorded.occurred_at,
        reason=event.reason,
    )


def _lowered(
    row: OpenIssuance | None, recorded: Of[m.StockReturned | m.StockWrittenOff]
) -> OpenIssuance | None:
    if isinstance(recorded.event, m.StockWrittenOff) and recorded.event.source != "issuance":
        return None
    if row is None:
        raise LookupError("no such issuance")
    rest = row.quantity - recorded.event.quantity
    return replace(row, quantity=rest) if rest > ZERO else None


ISSUANCES = Projection(
    name="issuances",
    version=1,
    row=OpenIssuance,
    keys=("pool", "number"),
    key=lambda recorded: (recorded.stream, recorded.event.number),
    handlers={m.StockIssued: _issued, m.StockReturned: _lowered, m.StockWrittenOff: _lowered},
    ignores=FAMILIES,
    temporal=True,
    fixed=("member", "product"),
)
