"""A stock entry as an inventory item, with what is promised of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec.structs import asdict

from domain.base import View
from domain.ids import LocalId
from domain.stock.pool_commands import NoSuchEntry
from projections.queries.base import Person, Reads, people, restored
from projections.queries.stock import MOST_ENTRIES, SQL, OneStock, StockEntry


class Reservation(View):
    """What is kept for an order."""

    id: str
    order: str
    quantity: Decimal
    expires_at: datetime | None


class Issuance(View):
    """What a member still has of one hand-over."""

    id: str
    member: Person
    quantity: Decimal
    issued_at: datetime
    reason: str


class PoolItem(StockEntry):
    """A stock entry as an inventory item, with its open reservations and issuances."""

    reservations: list[Reservation]
    issuances: list[Issuance]
    tracking_type: Literal["pool"] = "pool"


async def pool_item(_: OneStock, reads: Reads, id: UUID) -> PoolItem:  # noqa: A002 - the path's name
    """A stock entry with what is promised of it."""
    context = reads.context
    found = await reads.fetch_one(SQL["entries"], id, context.organization, context.now)
    if not found:
        raise NoSuchEntry
    kept = await reads.fetch_one(SQL["reservations"], id, context.now, MOST_ENTRIES)
    held = await reads.fetch_one(SQL["issuances"], id, MOST_ENTRIES)
    person = await people(reads, (row["member"] for row in held))
    return PoolItem(
        **asdict(restored(StockEntry, found[0])),
        reservations=[
            Reservation(
                id=str(LocalId(id, row["number"])),
                order=row["order_reference"],
                quantity=row["quantity"],
                expires_at=row["expires_at"],
            )
            for row in kept
        ],
        issuances=[
            Issuance(
                id=str(LocalId(id, row["number"])),
                member=person(row["member"]),
                quantity=row["quantity"],
                issued_at=row["issued_at"],
                reason=row["reason"],
            )
            for row in held
        ],
    )
