"""Our own stock list: a header, then one row per product and location.

warehouse:    the warehouse's code
sku:          the product's code
quantity:     what lies there in base units; blank is not zero
location:     the shelf's code; blank for the warehouse itself
name:         what the product is called
category:     of the product; blank for none
classification: consumable (if blank), asset or bulk_material
unit:         the base unit; blank for each
unit_cost:    what one base unit costs; needed where there is stock
threshold:    the quantity at which stock is low
barcode:      a code of the product's own
timezone:     the warehouse's IANA time zone; blank for UTC

The first row of a product or warehouse describes it; a later one repeats that or is blank.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from adapters.importers.table import (
    BadFile,
    BadRow,
    Reading,
    Record,
    Unreadable,
    content,
    records,
    rounded,
    rows,
)
from domain.ids import Code, Name, normal
from domain.quantity import ZERO, Quantity, UnitCost, whole
from domain.stock.entries import Location
from domain.stock.opening import ImportStock, OpeningStock
from domain.stock.place import OpenWarehouse
from domain.stock.product import Classification, CreateProduct, Unit

DELIMITERS = ",;\t"
REQUIRED = ("warehouse", "sku", "quantity")
PRODUCT = ("name", "category", "classification", "unit", "unit_cost", "threshold", "barcode")
CODES = ("warehouse", "sku", "location", "barcode")


class StockRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the list."""

    warehouse: Code
    sku: Code
    quantity: Quantity
    location: Location = ""
    timezone: str | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    category: str | UnsetType = UNSET
    classification: Classification | UnsetType = UNSET
    unit: Unit | UnsetType = UNSET
    unit_cost: UnitCost | UnsetType = UNSET
    threshold: Quantity | UnsetType = UNSET
    barcode: Code | UnsetType = UNSET


class Wrong(Exception):
    """What is wrong with a row: the column and the problem."""


class _First(msgspec.Struct, frozen=True):
    """What the first row of a product or warehouse says of it."""

    number: int
    code: str
    said: dict[str, Any]

    def given(self) -> dict[str, Any]:
        """The columns that are not blank."""
        return {column: value for column, value in self.said.items() if value is not UNSET}

    def agree(self, row: StockRow) -> None:
        """Raises where a later row says otherwise."""
        for column, value in self.said.items():
            if (other := getattr(row, column)) is not UNSET and other != value:
                raise Wrong(column, f"{str(other)!r} here, but row {self.number} says otherwise")


class _List:
    """The list as far as it was read."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.warehouses: dict[str, _First] = {}
        self.products: dict[str, _First] = {}
        self.stock: dict[tuple[str, str, str], tuple[int, OpeningStock]] = {}
        self._barcodes: dict[str, str] = {}

    def add(self, number: int, row: StockRow) -> None:
        """Takes the row in; raises Wrong, and then nothing of the row is in the list."""
        warehouse, sku = normal(row.warehouse), normal(row.sku)
        key = (warehouse, normal(row.location), sku)
        for column in CODES:
            if (code := getattr(row, column)) is not UNSET and rounded(code):
                raise Wrong(column, f"{code!r} is a code that a spreadsheet has rounded")
        if (known := self.stock.get(key)) is not None:
            raise Wrong("", f"row {known[0]} has this product at this location already")
        root = self.warehouses.get(warehouse) or _First(
            number, warehouse, {"timezone": row.timezone}
        )
        product = self.products.get(sku) or _first(number, row)
        root.agree(row)
        product.agree(row)
        _check(row, product.said)
        if row.barcode is not UNSET and (of := self._barcodes.get(row.barcode.upper(), sku)) != sku:
            raise Wrong("barcode", f"{row.barcode!r} is product {of}'s")
        if row.barcode is not UNSET:
            self._barcodes[row.barcode.upper()] = sku
        self.warehouses.setdefault(warehouse, root)
        self.products.setdefault(sku, product)
        opening = OpeningStock(
            warehouse=warehouse, location=row.location, sku=row.sku, quantity=row.quantity
        )
        self.stock[key] = (number, opening)

    def command(self) -> ImportStock | None:
        """What the list asks for; None where it has no row."""
        if not self.stock:
            return None
        return ImportStock(
            warehouses=tuple(map(_warehouse, self.warehouses.values())),
            products=tuple(map(_product, self.products.values())),
            stock=tuple(opening for _, opening in self.stock.values()),
        )

    def origins(self) -> dict[str, tuple[str, int]]:
        """Where each row of the command comes from."""
        numbers = {
            "warehouses": [w.number for w in self.warehouses.values()],
            "products": [p.number for p in self.products.values()],
            "stock": [number for number, _ in self.stock.values()],
        }
        return {
            f"/{part}/{place}": (self.file, number)
            for part, found in numbers.items()
            for place, number in enumerate(found)
        }


def read(path: Path, encoding: str | None = None) -> Reading[ImportStock]:
    """The list in the file; raises BadFile for one that cannot be read at all."""
    text = content(path, encoding)
    found = _records(text, path.name)
    stock, bad = _List(path.name), list[BadRow]()
    columns = _header(next(found, (1, [])), path.name, bad)
    if bad:
        return Reading(None, bad, {})
    for number, row in rows(path.name, found, columns, StockRow):
        try:
            if isinstance(row, BadRow):
                bad.append(row)
            else:
                stock.add(number, row)
        except Wrong as wrong:
            bad.append(BadRow(path.name, number, *wrong.args))
    return Reading(stock.command(), bad, stock.origins())


def _records(text: str, file: str) -> Iterator[Record]:
    """The rows, divided by whichever delimiter makes `sku` a cell of the header."""
    for delimiter in DELIMITERS:
        try:
            header = next(records(text, delimiter), (1, []))[1]
        except Unreadable as error:
            number, problem = error.args
            raise BadFile(f"{file}, row {number}: {problem}") from None
        if "sku" in _names(header):
            return records(text, delimiter)
    raise BadFile(f"{file}: the header has no column sku; required are {', '.join(REQUIRED)}")


def _names(header: list[str]) -> list[str]:
    return [cell.strip().lower() for cell in header]


def _header(record: Record, file: str, bad: list[BadRow]) -> list[str]:
    """The names of the columns, each a known one that occurs once."""
    number, columns = record[0], _names(record[1])
    known = StockRow.__struct_fields__
    for column in dict.fromkeys(columns):
        if columns.count(column) > 1:
            bad.append(BadRow(file, number, column, "occurs twice in the header"))
        elif column not in known:
            bad.append(BadRow(file, number, column, f"is no column; there are {', '.join(known)}"))
    missing = (column for column in REQUIRED if column not in columns)
    bad.extend(BadRow(file, number, column, "is missing in the header") for column in missing)
    return columns


def _first(number: int, row: StockRow) -> _First:
    if row.name is UNSET:
        raise Wrong("name", "is needed in a product's first row")
    return _First(number, row.sku, {column: getattr(row, column) for column in PRODUCT})


def _check(row: StockRow, product: dict[str, Any]) -> None:
    """What the domain would refuse, said of every row at once."""
    for column in ("quantity", "unit_cost", "threshold"):
        if (number := getattr(row, column)) is not UNSET and number < ZERO:
            raise Wrong(column, f"{str(number)!r} is below zero")
    if product["classification"] == "digital":
        raise Wrong("classification", "a digital product has no stock")
    if product["classification"] != "bulk_material" and not whole(row.quantity):
        raise Wrong("quantity", f"{str(row.quantity)!r}: only bulk_material comes in fractions")
    if row.quantity and product["unit_cost"] is UNSET:
        raise Wrong("unit_cost", "is needed in the first row of a product with stock")


def _warehouse(first: _First) -> OpenWarehouse:
    return OpenWarehouse(code=first.code, name=first.code, **first.given())


def _product(first: _First) -> CreateProduct:
    given = first.given()
    barcode = given.pop("barcode", None)
    return CreateProduct(sku=first.code, barcodes=(barcode,) if barcode else (), **given)
