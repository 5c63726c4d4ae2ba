"""Stock entries through the store's door, the admin's and the warehouse's (domain.md 3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta
from msgspec.structs import replace

from domain.base import InvalidValue, View
from domain.ids import normal
from domain.permissions import Permission
from domain.quantity import ZERO
from domain.stock.entries import NoWarehouse
from projections.queries.base import (
    HappenedBy,
    Listing,
    Offset,
    Page,
    Reads,
    Search,
    Temporal,
    key_of,
    page,
    restored,
)
from projections.queries.catalogue import known_product, known_warehouse
from projections.sql import statements

_TEXTS = statements(__file__)
_STORES = _TEXTS["stores"].format(levels=_TEXTS["levels"])
SQL = {name: text.format(levels=_TEXTS["levels"], stores=_STORES) for name, text in _TEXTS.items()}
UNLIMITED = Decimal(999_999)
"""What is available of a product that never runs out (3.3)."""
MOST_ENTRIES = 1_000
Location = Annotated[str, Meta(max_length=60)]


class LowNotKnown(InvalidValue, code="LOW_STOCK_NOT_KNOWN"):
    """What was low is not known of what had happened: that depends on what was reserved."""


class StockEntry(View):
    """A product at a location, in base units; reservations that ran out are free.

    `low` and `out` are about all that the warehouse has of the product, `excess` about this entry.
    By what had happened (docs/as-of.md) only what was there is told; the rest is null.
    """

    id: UUID
    warehouse: UUID
    warehouse_code: str
    product: UUID
    sku: str
    name: str
    category: str
    unit: str
    place: UUID
    location: str
    on_hand: Decimal
    reserved: Decimal | None
    available: Decimal | None
    issued: Decimal | None
    quarantine: Decimal
    owned: Decimal | None
    threshold: Decimal | None
    maximum: Decimal | None
    low: bool | None
    out: bool | None
    excess: bool | None
    bin: str
    note: str
    version: int
    updated_at: datetime


class ProductStock(View):
    """A product over all locations; of an unlimited one 999999 are available."""

    product: UUID
    sku: str
    name: str
    unlimited: bool
    on_hand: Decimal
    reserved: Decimal | None
    available: Decimal | None
    issued: Decimal | None
    quarantine: Decimal
    entries: list[StockEntry]


class StockAlert(View):
    """A product in a warehouse whose quantity wants attention (3.4)."""

    warehouse: UUID
    warehouse_code: str
    product: UUID
    sku: str
    name: str
    unit: str
    on_hand: Decimal
    reserved: Decimal
    available: Decimal
    threshold: Decimal | None
    low: bool
    out: bool
    excess: bool


class WarehouseStock(Listing):
    """The stock entries of one warehouse; `search` looks into SKU, name, location and barcodes."""

    permission = Permission.STOCK_READ
    product: UUID | None = None
    location: Location | None = None
    low_stock: bool = False
    search: Search = ""
    offset: Offset = 0
    happened_by: HappenedBy | None = None


class AllStock(WarehouseStock):
    """The stock entries of all warehouses, or of the store that is named."""

    store_id: UUID | None = None


class OneStock(Temporal):
    """One thing in stock."""

    permission = Permission.STOCK_READ


class ProductOverall(OneStock):
    """A product over several locations."""

    happened_by: HappenedBy | None = None


class LowStock(Listing):
    """What is low (or out, or in excess) in a warehouse."""

    permission = Permission.STOCK_READ
    store_id: UUID | None = None
    state: Literal["low", "out", "excess"] = "low"
    offset: Offset = 0


async def store_inventory(query: WarehouseStock, reads: Reads) -> Page[StockEntry]:
    """The caller's own first warehouse."""
    return await _listed(query, reads, _own(reads))


async def all_inventory(query: AllStock, reads: Reads) -> Page[StockEntry]:
    """All warehouses of the organization, or one."""
    if query.store_id is not None:
        await known_warehouse(reads, query.store_id)
    return await _listed(query, reads, query.store_id)


async def store_stock(query: WarehouseStock, reads: Reads, store_id: UUID) -> Page[StockEntry]:
    """One store, as the admin sees it."""
    await known_warehouse(reads, store_id)
    return await _listed(query, reads, store_id)


async def warehouse_stock(query: WarehouseStock, reads: Reads, id: UUID) -> Page[StockEntry]:  # noqa: A002 - the path's name
    """One warehouse."""
    return await store_stock(query, reads, id)


async def store_product(query: ProductOverall, reads: Reads, id: UUID) -> ProductStock:  # noqa: A002 - the path's name
    """A product over all locations of the caller's own warehouse."""
    return await _product(query, reads, id, _own(reads))


async def admin_product(query: ProductOverall, reads: Reads, product_id: UUID) -> ProductStock:
    """A product over all locations of the organization."""
    return await _product(query, reads, product_id, None)


async def low_stock(query: LowStock, reads: Reads) -> Page[StockAlert]:
    """The low-stock report."""
    if query.store_id is not None:
        await known_warehouse(reads, query.store_id)
    after = key_of(query.cursor, tuple[str, UUID, UUID]) or (None, None, None)
    rows = await reads.fetch(
        SQL["alerts"],
        *(reads.context.organization, reads.context.now, query.store_id, query.state),
        *(*after, query.limit + 1, query.offset),
    )
    found = [restored(StockAlert, row) for row in rows if row["sku"] is not None]
    return page(
        found,
        query.limit,
        lambda alert: (alert.sku, alert.product, alert.warehouse),
        rows[0]["total"],
    )


async def entries(reads: Reads, ids: Sequence[UUID]) -> list[StockEntry]:
    """The organization's entries with these ids, by SKU and location."""
    rows = await reads.fetch(SQL["entries"], reads.context.organization, reads.context.now, ids)
    return [restored(StockEntry, row) for row in rows]


async def _listed(query: WarehouseStock, reads: Reads, warehouse: UUID | None) -> Page[StockEntry]:
    if query.low_stock and query.happened_by is not None:
        raise LowNotKnown(pointer="/low_stock")
    after = key_of(query.cursor, tuple[str, str, UUID]) or (None, None, None)
    rows = await reads.fetch(
        SQL["listed"],
        *(reads.context.organization, reads.context.now, warehouse, query.product),
        None if query.location is None else normal(query.location),
        *(query.search.strip().lower(), query.low_stock),
        *(*after, query.limit + 1, query.offset),
    )
    found = await entries(reads, [row["id"] for row in rows if row["id"] is not None])
    return page(
        found if query.happened_by is None else [_there(entry) for entry in found],
        query.limit,
        lambda entry: (entry.sku, entry.location, entry.id),
        rows[0]["total"],
    )


async def _product(
    query: ProductOverall, reads: Reads, id_: UUID, warehouse: UUID | None
) -> ProductStock:
    found = await known_product(reads, id_)
    context = reads.context
    key = (context.organization, context.now, id_, warehouse)
    stores = await reads.fetch(SQL["by_warehouse"], *key)
    ids = await reads.fetch(SQL["of_product"], context.organization, id_, warehouse, MOST_ENTRIES)
    sums = {
        name: sum((row[name] for row in stores), ZERO)
        for name in ("on_hand", "reserved", "available", "issued", "quarantine")
    }
    if found.unlimited:
        sums["available"] = UNLIMITED
    everything = ProductStock(
        product=found.id,
        sku=found.sku,
        name=found.name,
        unlimited=found.unlimited,
        entries=await entries(reads, [row["id"] for row in ids]),
        **sums,
    )
    if query.happened_by is None:
        return everything
    there = [_there(entry) for entry in everything.entries]
    return replace(everything, reserved=None, available=None, issued=None, entries=there)


def _there(entry: StockEntry) -> StockEntry:
    """Without what is promised, and what follows from that: nobody knows it of that instant."""
    return replace(
        entry,
        reserved=None,
        available=None,
        issued=None,
        owned=None,
        low=None,
        out=None,
        excess=None,
    )


def _own(reads: Reads) -> UUID:
    if not reads.context.warehouses:
        raise NoWarehouse
    return reads.context.warehouses[0]
