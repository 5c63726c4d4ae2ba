"""Product: what a thing is (model.md); its units convert exactly (domain.md 3.2)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from domain.base import Aggregate, Command, Conflicting, Context, Event, InvalidValue, View, step
from domain.ids import Code, Name
from domain.permissions import Permission
from domain.quantity import ZERO, Quantity, UnitCost, whole
from domain.stock.place import BlankCode

Classification = Literal["asset", "consumable", "bulk_material", "digital"]
Unit = Annotated[str, Meta(min_length=1, max_length=20)]


class CreateProduct(Command):
    """Adds a product; `packs` gives how many base units one pack unit holds."""

    permission = Permission.CATALOGUE_MANAGE
    sku: Code
    name: Name
    classification: Classification = "consumable"
    category: Annotated[str, Meta(max_length=100)] = ""
    unit: Unit = "each"
    packs: Annotated[dict[Unit, Quantity], Meta(max_length=20)] = msgspec.field(
        default_factory=dict
    )
    barcodes: Annotated[tuple[Code, ...], Meta(max_length=20)] = ()
    threshold: Quantity | None = None
    unit_cost: UnitCost | None = None
    proprietary: bool = False


class ProductEvent(Event):
    """Anything that happens to a product."""


class ProductCreated(ProductEvent, tag="product.created"):
    """A product of the catalogue, as it was described."""

    sku: str
    name: str
    classification: Classification
    category: str
    unit: str
    packs: dict[str, Decimal]
    barcodes: tuple[str, ...]
    threshold: Decimal | None
    unit_cost: Decimal | None
    proprietary: bool

    def apply(self, product: Product, /) -> None:
        """Gives the product what it is."""
        product.created = self


class SkuTaken(Conflicting, code="SKU_TAKEN"):
    """A product of that SKU exists."""


class ConflictingPack(InvalidValue, code="INVALID_PACK"):
    """A pack has a name of its own and holds more than nothing."""


class NegativeNumber(InvalidValue, code="NEGATIVE_NUMBER"):
    """This number is not below zero."""


class UnknownUnit(InvalidValue, code="UNKNOWN_UNIT"):
    """The product has no such unit."""


class ProductView(View):
    """A product of the catalogue."""

    id: UUID
    sku: str
    name: str
    classification: Classification
    category: str
    unit: str
    decimals: int
    packs: dict[str, Decimal]
    barcodes: tuple[str, ...]
    threshold: Decimal | None
    unit_cost: Decimal | None
    proprietary: bool
    unlimited: bool


class Product(Aggregate):
    """A product of the catalogue."""

    name = "product"
    events = ProductEvent

    def __init__(self) -> None:
        self.created: ProductCreated | None = None

    @property
    def facts(self) -> ProductCreated:
        """What is known of it; only asked of a product that exists."""
        assert self.created is not None  # noqa: S101 - a blank product is refused before
        return self.created

    @property
    def whole(self) -> bool:
        """Whether it is counted in whole base units."""
        return self.facts.classification != "bulk_material"

    @property
    def unlimited(self) -> bool:
        """Whether there is no stock of it to count (domain.md 3.3)."""
        return self.facts.classification == "digital"

    def create(self, command: CreateProduct, context: Context) -> None:
        if self.version:
            raise SkuTaken(pointer="/sku")
        for field, code in (("sku", command.sku), *(("barcodes", b) for b in command.barcodes)):
            if not code.strip():
                raise BlankCode(pointer=f"/{field}")
        for unit, factor in command.packs.items():
            if factor <= ZERO or unit == command.unit:
                raise ConflictingPack(pointer="/packs" + step(unit))
        for field in ("threshold", "unit_cost"):
            if (number := getattr(command, field)) is not None and number < 0:
                raise NegativeNumber(pointer=f"/{field}")
        created = ProductCreated(
            sku=command.sku.strip(),
            name=command.name.strip(),
            classification=command.classification,
            category=command.category.strip(),
            unit=command.unit,
            packs=dict(command.packs),
            barcodes=tuple(code.strip() for code in command.barcodes),
            threshold=command.threshold,
            unit_cost=command.unit_cost,
            proprietary=command.proprietary,
        )
        self.record(created, context)

    def in_base_units(self, quantity: Decimal, unit: str | None) -> Decimal:
        """Converts exactly; no unit means the base unit.

        Rounds half-even to 3 places, but never to a whole unit what is none.
        """
        if unit is None or unit == self.facts.unit:
            return quantity
        if (factor := self.facts.packs.get(unit)) is None:
            raise UnknownUnit(f"There is no unit {unit!r}.")
        exact = quantity * factor
        return exact if self.whole and not whole(exact) else exact.quantize(ZERO)

    def accepts(self, quantity: Decimal) -> bool:
        """Whether the quantity is possible for its kind of unit."""
        return not self.whole or whole(quantity)

    def view(self, _: Context) -> ProductView:
        facts = self.facts
        return ProductView(
            id=self.id,
            sku=facts.sku,
            name=facts.name,
            classification=facts.classification,
            category=facts.category,
            unit=facts.unit,
            decimals=0 if self.whole else 3,
            packs=facts.packs,
            barcodes=facts.barcodes,
            threshold=facts.threshold,
            unit_cost=facts.unit_cost,
            proprietary=facts.proprietary,
            unlimited=self.unlimited,
        )
