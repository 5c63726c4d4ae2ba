"""Warehouses with their places, and what a product is."""

from __future__ import annotations

from uuid import UUID

from msgspec.structs import asdict

from domain.base import NotFound
from domain.permissions import Permission
from domain.stock.place import ForeignWarehouse, PlaceView
from projections.catalogue import ProductRow
from projections.queries.base import (
    Listing,
    Page,
    Reads,
    Search,
    Temporal,
    key_of,
    page,
    restored,
)
from projections.sql import statements

SQL = statements(__file__)
MOST_PLACES = 5_000


class NoSuchProduct(NotFound, code="PRODUCT_NOT_FOUND"):
    """There is no such product."""


class WarehouseView(PlaceView):
    """A warehouse (branch, store) with the areas, shelves and bins below it."""

    places: list[PlaceView]


class Warehouses(Listing):
    """The organization's warehouses, by code; `active` asks for those in use, or for the others."""

    permission = Permission.PLACES_READ
    active: bool | None = None
    search: Search = ""


class OneWarehouse(Temporal):
    """One warehouse."""

    permission = Permission.PLACES_READ


async def warehouses(query: Warehouses, reads: Reads) -> Page[PlaceView]:
    """Warehouses whose code or name contains the search."""
    after = key_of(query.cursor, tuple[str, UUID]) or (None, None)
    search = query.search.strip().lower()
    key = (reads.context.organization, search, *after, query.limit + 1, query.active)
    found = [restored(PlaceView, row) for row in await reads.fetch(SQL["warehouses"], *key)]
    return page(found, query.limit, lambda place: (place.code, place.id))


async def warehouse(_: OneWarehouse, reads: Reads, id: UUID) -> WarehouseView:  # noqa: A002 - the path's name
    """One warehouse with its places."""
    found = await known_warehouse(reads, id)
    rows = await reads.fetch(SQL["places"], reads.context.organization, id, MOST_PLACES)
    return WarehouseView(**asdict(found), places=[restored(PlaceView, row) for row in rows])


async def known_warehouse(reads: Reads, id_: UUID) -> PlaceView:
    """The warehouse; another organization's is not there."""
    rows = await reads.fetch(SQL["warehouse"], reads.context.organization, id_)
    if not rows:
        raise ForeignWarehouse
    return restored(PlaceView, rows[0])


async def known_product(reads: Reads, id_: UUID) -> ProductRow:
    """The product; another organization's is not there."""
    rows = await reads.fetch(SQL["product"], reads.context.organization, id_)
    if not rows:
        raise NoSuchProduct
    return restored(ProductRow, rows[0])
