"""Opening stock: places, products and quantities taken over from another system, all in one append.

What exists is left as it is, so the same list may come twice; a pool that exists receives nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Literal, Self
from uuid import UUID

import msgspec
from msgspec import Meta

from domain.base import Aggregate, Command, Conflicting, Context, InvalidValue, Refused
from domain.ids import Code, place_id, pool_id, product_id, warehouse_id
from domain.permissions import Permission
from domain.ports import UnitOfWork
from domain.quantity import ZERO, Quantity, UnitCost
from domain.stock.catalogue import BarcodeTaken
from domain.stock.entries import Location, UnlimitedProduct, pool_created
from domain.stock.place import OpenPlace, OpenWarehouse, Place
from domain.stock.pool_commands import ReceiveStock
from domain.stock.pool_stock import PoolStock
from domain.stock.product import CreateProduct, Product

MOST_ROWS = 10_000
"""As many rows, all with new products and places, keep others from appending for 1 s (measured)."""


class OpeningPlace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place below the warehouse of that code."""

    warehouse: Code
    code: Code
    name: Annotated[str, Meta(max_length=200)] = ""
    kind: Literal["area", "shelf", "bin"] = "shelf"


class OpeningStock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of a product lies at a location; no location means the warehouse itself."""

    warehouse: Code
    location: Location = ""
    sku: Code
    quantity: Quantity


class ImportStock(Command):
    """Takes over a stock list; its stock is received at the products' costs.

    A location that `places` does not describe is opened as a shelf.
    """

    permission = Permission.STOCK_ADMINISTER
    warehouses: Annotated[tuple[OpenWarehouse, ...], Meta(min_length=1, max_length=1_000)]
    places: Annotated[tuple[OpeningPlace, ...], Meta(max_length=MOST_ROWS)] = ()
    products: Annotated[tuple[CreateProduct, ...], Meta(max_length=MOST_ROWS)] = ()
    stock: Annotated[tuple[OpeningStock, ...], Meta(max_length=MOST_ROWS)] = ()


class TooManyRows(InvalidValue, code="TOO_MANY_ROWS"):
    """One import takes at most 10,000 stock rows, products and places each: split the list."""


class TwiceInList(InvalidValue, code="TWICE_IN_LIST"):
    """The list names this twice."""


class NotInList(InvalidValue, code="NOT_IN_LIST"):
    """The list does not describe this."""


class NegativeStock(InvalidValue, code="NEGATIVE_STOCK"):
    """Opening stock is not below zero."""


class CostUnknown(Conflicting, code="COST_UNKNOWN"):
    """Stock is received at a cost, and this product has none."""


class Opening:
    """The aggregates that a list names, by their ids."""

    def __init__(self, command: ImportStock, unit: UnitOfWork) -> None:
        self._command, self._unit = command, unit
        self._organization = unit.context.organization
        self._below: dict[UUID, tuple[str, OpenPlace]] = {}
        self.places: dict[UUID, Place] = {}
        self.products: dict[UUID, Product] = {}
        self.pools: dict[UUID, PoolStock] = {}

    @classmethod
    async def load(cls, command: ImportStock, unit: UnitOfWork) -> Self:
        """Finds what there is of them; raises what is wrong with the list itself."""
        if max(len(command.places), len(command.products), len(command.stock)) > MOST_ROWS:
            raise TooManyRows
        self = cls(command, unit)
        organization = self._organization
        codes = [warehouse_id(organization, w.code) for w in command.warehouses]
        roots = _named("/warehouses", codes)
        self.places = {p.id: p for p in await unit.load_all(Place, roots)}
        self._below = _below(command, organization, set(roots))
        self.places |= {p.id: p for p in await unit.load_all(Place, list(self._below))}
        skus = _named("/products", [product_id(organization, p.sku) for p in command.products])
        self.products = {p.id: p for p in await unit.load_all(Product, skus)}
        entries = _entries(command, organization, self.products)
        self.pools = {p.id: p for p in await unit.load_all(PoolStock, entries)}
        return self

    def create(self) -> Place:
        """Creates the places and products that are missing; gives the first warehouse."""
        context = self._unit.context
        taken: set[str] = set()
        for number, opening in enumerate(self._command.warehouses):
            root = self.places[warehouse_id(self._organization, opening.code)]
            with row_named(f"/warehouses/{number}"):
                if _new(root):
                    root.open_warehouse(opening, context)
                root.must_be_active()
        for stream, (pointer, place) in self._below.items():
            with row_named(pointer):
                if _new(self.places[stream]):
                    self.places[stream].open_under(self.places[place.warehouse], place, context)
        for number, described in enumerate(self._command.products):
            product = self.products[product_id(self._organization, described.sku)]
            with row_named(f"/products/{number}"):
                if _new(product):
                    product.create(described, context)
                    _take_barcodes(described, product.id, self._unit, taken)
        return self.places[warehouse_id(self._organization, self._command.warehouses[0].code)]

    def located(self, sku: str, warehouse: str, location: str) -> tuple[Product, Place]:
        """A product of the list and a place of it."""
        root = warehouse_id(self._organization, warehouse)
        product = self.products[product_id(self._organization, sku)]
        return product, self.places[place_id(root, location)]

    def entry(
        self, warehouse: str, location: str, sku: str, context: Context
    ) -> tuple[PoolStock, bool]:
        """The stock entry, and whether it is new."""
        product, place = self.located(sku, warehouse, location)
        pool = self.pools[pool_id(product.id, place.id)]
        if product.unlimited:
            raise UnlimitedProduct(pointer="/sku")
        if pool.exists:
            return pool, False
        pool.open(pool_created(product, place), context)
        return pool, True

    def receive(self, row: OpeningStock) -> None:
        """Opens the row's entry with its stock; one that exists is left as it is."""
        context = self._unit.context
        if row.quantity < ZERO:
            raise NegativeStock(pointer="/quantity")
        pool, new = self.entry(row.warehouse, row.location, row.sku, context)
        if new and row.quantity:
            cost = _cost(self.products[pool.product])
            received = ReceiveStock(quantity=row.quantity, unit_cost=cost, reason="opening stock")
            pool.receive(received, context)


async def import_stock(command: ImportStock, unit: UnitOfWork) -> Place:
    """Creates what is missing and receives its stock; answers with the first warehouse.

    A refusal's pointer names the row.
    """
    opening = await Opening.load(command, unit)
    first = opening.create()
    for number, row in enumerate(command.stock):
        with row_named(f"/stock/{number}"):
            opening.receive(row)
    return first


def _take_barcodes(
    described: CreateProduct, product: UUID, unit: UnitOfWork, taken: set[str]
) -> None:
    """Claims the product's barcodes; `taken` are those of the list so far."""
    for code in sorted({barcode.strip().upper() for barcode in described.barcodes}):
        if code in taken:
            raise BarcodeTaken(pointer="/barcodes")
        taken.add(code)
        unit.take("barcode", code, product, BarcodeTaken)


def _below(
    command: ImportStock, organization: UUID, roots: set[UUID]
) -> dict[UUID, tuple[str, OpenPlace]]:
    """The places under warehouses, each with the pointer of the first row that names it."""
    found: dict[UUID, tuple[str, OpenPlace]] = {}
    shelves = (OpeningPlace(warehouse=s.warehouse, code=s.location) for s in command.stock)
    rows = [(f"/places/{n}", place) for n, place in enumerate(command.places)]
    rows += [(f"/stock/{n}", shelf) for n, shelf in enumerate(shelves)]
    for pointer, row in rows:
        root = warehouse_id(organization, row.warehouse)
        if root not in roots:
            raise NotInList(pointer=f"{pointer}/warehouse")
        stream = place_id(root, row.code)
        if stream in found and pointer.startswith("/places"):
            raise TwiceInList(pointer=pointer)
        if stream != root:
            place = OpenPlace(warehouse=root, code=row.code, name=row.name, kind=row.kind)
            found.setdefault(stream, (pointer, place))
    return found


def _entries(
    command: ImportStock, organization: UUID, products: Mapping[UUID, Product]
) -> list[UUID]:
    entries = []
    for number, row in enumerate(command.stock):
        product = product_id(organization, row.sku)
        if product not in products:
            raise NotInList(pointer=f"/stock/{number}/sku")
        place = place_id(warehouse_id(organization, row.warehouse), row.location)
        entries.append(pool_id(product, place))
    return _named("/stock", entries)


def _named(what: str, streams: Sequence[UUID]) -> list[UUID]:
    """The streams of a list's rows, none of which may occur twice."""
    seen: set[UUID] = set()
    for number, stream in enumerate(streams):
        if stream in seen:
            raise TwiceInList(pointer=f"{what}/{number}")
        seen.add(stream)
    return list(streams)


def _new(aggregate: Aggregate) -> bool:
    return not aggregate.version


def _cost(product: Product) -> UnitCost:
    if product.facts.unit_cost is None:
        raise CostUnknown(pointer="/sku")
    return UnitCost(product.facts.unit_cost)


@contextmanager
def row_named(pointer: str) -> Iterator[None]:
    """Puts the row's pointer before that of a refusal inside."""
    try:
        yield
    except Refused as refusal:
        refusal.pointer = pointer + refusal.pointer
        raise
