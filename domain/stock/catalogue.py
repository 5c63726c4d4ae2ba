"""Commands on catalogue and places, whose natural keys are their own in the organization."""

from __future__ import annotations

from uuid import UUID

from domain.base import Conflicting, Refused
from domain.books import StockUnknown
from domain.ids import place_id, product_id, warehouse_id
from domain.ports import UnitOfWork
from domain.stock.place import (
    OpenPlace,
    OpenWarehouse,
    Place,
    StockLeft,
    StockStillReserved,
    StockTakeOpen,
)
from domain.stock.product import CreateProduct, Product


class BarcodeTaken(Conflicting, code="BARCODE_TAKEN"):
    """A product of that barcode exists."""


async def create_product(command: CreateProduct, unit: UnitOfWork) -> Product:
    """Adds a product; its SKU and barcodes are its own in the organization."""
    product = await unit.load(Product, product_id(unit.context.organization, command.sku))
    product.create(command, unit.context)
    for code in sorted({barcode.strip().upper() for barcode in command.barcodes}):
        unit.take("barcode", code, product.id, BarcodeTaken)
    return product


async def open_warehouse(command: OpenWarehouse, unit: UnitOfWork) -> Place:
    """Opens a warehouse; its code is its own in the organization."""
    place = await unit.load(Place, warehouse_id(unit.context.organization, command.code))
    place.open_warehouse(command, unit.context)
    return place


async def open_place(command: OpenPlace, unit: UnitOfWork) -> Place:
    """Opens an area, shelf or bin."""
    root = await unit.read(Place, command.warehouse)
    place = await unit.load(Place, place_id(root.id, command.code))
    place.open_under(root, command, unit.context)
    return place


async def settle_warehouse(unit: UnitOfWork, id_: UUID) -> Place:
    """Ends a deactivation whose beginning is in the log: nothing comes in since then."""
    place = await unit.load(Place, id_)
    if place.closing:
        place.settle(await _obstacle(unit, id_), unit.context)
    return place


async def _obstacle(unit: UnitOfWork, warehouse: UUID) -> Refused | None:
    """Why it cannot be deactivated.

    The stock-take is asked about first: what one has posted is in the log before its end.
    """
    if await unit.holder("open_session", str(warehouse)) is not None:
        return StockTakeOpen()
    await unit.books.reach()
    try:
        left = await unit.books.left(warehouse, unit.context.now)
    except StockUnknown as unknown:
        return unknown
    if left.reserved:
        return StockStillReserved(f"Stock entries that are reserved: {left.reserved}.")
    if left.entries:
        return StockLeft(f"Stock entries that are not empty: {left.entries}.")
    return None
