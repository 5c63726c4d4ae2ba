"""Units with serial numbers: which there are, where they are, and where they went."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from domain.base import View
from domain.ids import normal
from domain.permissions import Permission
from domain.stock.movement import Condition
from domain.stock.serial_unit import Whereabouts
from projections.queries.base import Listing, Page, Reads, key_of, page, restored
from projections.sql import statements

SQL = statements(__file__)
Serial = Annotated[str, Meta(max_length=60)]


class Unit(View):
    """A unit by its serial number; without a place it has gone.

    `reason` and `since` are of what happened last.
    """

    id: UUID
    product: UUID
    sku: str
    name: str
    serial: str
    lot: str | None
    condition: Condition
    status: Whereabouts
    warehouse: UUID | None
    place: UUID | None
    location: str | None
    reason: str
    since: datetime
    version: int


class Units(Listing):
    """Units by SKU and serial number; `serial` is a whole one, in any case of letters."""

    permission = Permission.STOCK_READ
    product: UUID | None = None
    warehouse: UUID | None = None
    serial: Serial | None = None
    status: Whereabouts | None = None


async def units(query: Units, reads: Reads) -> Page[Unit]:
    """A page of units."""
    after = key_of(query.cursor, tuple[str, str, UUID]) or (None, None, None)
    rows = await reads.fetch(
        SQL["units"],
        *(reads.context.organization, query.product, query.warehouse),
        None if query.serial is None else normal(query.serial),
        *(query.status, *after, query.limit + 1),
    )
    found = [restored(Unit, row) for row in rows]
    return page(found, query.limit, lambda unit: (unit.sku, unit.serial, unit.id))
