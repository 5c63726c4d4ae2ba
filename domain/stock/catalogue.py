"""Commands on catalogue and places, whose natural keys are their own in the organization."""

from __future__ import annotations

from domain.base import Conflicting
from domain.ids import place_id, product_id, warehouse_id
from domain.ports import UnitOfWork
from domain.stock.place import OpenPlace, OpenWarehouse, Place
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
    root = await unit.look(Place, command.warehouse)
    place = await unit.load(Place, place_id(root.id, command.code))
    place.open_under(root, command, unit.context)
    return place
