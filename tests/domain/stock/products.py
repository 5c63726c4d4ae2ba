"""Products that examples are about."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from domain.quantity import Quantity
from domain.stock.product import CreateProduct, Product, ProductCreated
from tests.domain.stock.pools import PRODUCT
from tests.specification import fold


def create(**changes: Any) -> CreateProduct:
    """The wish for tablets, with other fields."""
    wish: dict[str, Any] = {"sku": " PARA-500 ", "name": " Paracetamol ", "category": " pain "}
    wish |= {"unit": "tablet", "packs": {"strip": Quantity.parse(10)}, "barcodes": (" 4006 ",)}
    return CreateProduct(**(wish | changes))


def created(**changes: Any) -> ProductCreated:
    """What becomes of it."""
    facts: dict[str, Any] = {"sku": "PARA-500", "name": "Paracetamol", "category": "pain"}
    facts |= {"classification": "consumable", "unit": "tablet", "packs": {"strip": Decimal(10)}}
    facts |= {"barcodes": ("4006",), "threshold": None, "unit_cost": None, "proprietary": False}
    return ProductCreated(**(facts | changes))


def product(**changes: Any) -> Product:
    """Such a product."""
    return fold(Product, created(**changes), stream=PRODUCT)
