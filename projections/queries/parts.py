"""The catalogue of parts, with what there is of each for those who may see stock."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta
from msgspec.structs import asdict

from domain.base import View
from domain.permissions import Permission
from domain.quantity import ZERO
from domain.stock.product import Classification, ProductView
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
from projections.queries.catalogue import known_product
from projections.queries.stock import SQL as STOCK
from projections.queries.stock import UNLIMITED
from projections.sql import statements

SQL = statements(__file__)
Sort = Literal["sku", "-sku", "name", "-name", "category", "-category"]


class PartView(ProductView):
    """A product with its stock, which is null for those who may not see stock."""

    on_hand: Decimal | None
    reserved: Decimal | None
    available: Decimal | None


class WarehouseFigures(View):
    """What one warehouse has of a product."""

    warehouse: UUID
    warehouse_code: str
    on_hand: Decimal
    reserved: Decimal
    available: Decimal
    issued: Decimal
    quarantine: Decimal


class PartStock(PartView):
    """A product with its stock in each warehouse."""

    warehouses: list[WarehouseFigures]


class Parts(Listing):
    """The catalogue; `search` looks into SKU, name and barcodes; `-` turns a sort round."""

    permission = Permission.CATALOGUE_READ
    search: Search = ""
    classification: Classification | None = None
    category: Annotated[str, Meta(max_length=100)] | None = None
    proprietary: bool | None = None
    sort: Sort = "sku"


class OnePart(Temporal):
    """One product."""

    permission = Permission.CATALOGUE_READ


async def parts(query: Parts, reads: Reads) -> Page[PartView]:
    """Products that match, in the order that is asked for."""
    column, backwards = query.sort.lstrip("-"), query.sort.startswith("-")
    sql = SQL["parts"].format(
        column=column,
        direction="DESC" if backwards else "ASC",
        beyond="<" if backwards else ">",
    )
    after = key_of(query.cursor, tuple[str, UUID]) or (None, None)
    rows = await reads.fetch(
        sql,
        *(reads.context.organization, reads.context.now, query.search.strip().lower()),
        *(query.classification, query.category, query.proprietary, *after, query.limit + 1),
    )
    found = [_part(reads, restored(ProductRow, r), r["on_hand"], r["reserved"]) for r in rows]
    return page(found, query.limit, lambda part: (getattr(part, column), part.id))


async def part(_: OnePart, reads: Reads, id: UUID) -> PartStock:  # noqa: A002 - the path's name
    """A product with its stock over all warehouses."""
    product = await known_product(reads, id)
    context = reads.context
    figures: list[WarehouseFigures] = []
    if context.may(Permission.STOCK_READ):
        key = (context.organization, context.now, id, None)
        rows = await reads.fetch(STOCK["by_warehouse"], *key)
        figures = [restored(WarehouseFigures, row) for row in rows]
    on_hand = sum((one.on_hand for one in figures), ZERO)
    reserved = sum((one.reserved for one in figures), ZERO)
    return PartStock(**asdict(_part(reads, product, on_hand, reserved)), warehouses=figures)


def _part(reads: Reads, product: ProductRow, on_hand: Decimal, reserved: Decimal) -> PartView:
    open_book = reads.context.may(Permission.STOCK_READ)
    facts = {name: value for name, value in asdict(product).items() if name != "organization"}
    return PartView(
        **facts,
        decimals=3 if product.classification == "bulk_material" else 0,
        on_hand=on_hand if open_book else None,
        reserved=reserved if open_book else None,
        available=_available(product, on_hand - reserved) if open_book else None,
    )


def _available(product: ProductRow, rest: Decimal) -> Decimal:
    return UNLIMITED if product.unlimited else rest
