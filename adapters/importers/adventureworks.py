"""The AdventureWorks sample: a folder of tab-separated files without headers.

One warehouse AW. A location is an area, 06; what lies on a shelf and bin there is at the place
06-B-5. The threshold is the reorder point, the level at which somebody has to act; the safety stock
is a reserve of the planners', and above it in this data.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from adapters.importers.table import BadRow, Reading, content, records, rows
from domain.ids import Code, Name
from domain.quantity import ZERO, Quantity, UnitCost, whole
from domain.stock.opening import ImportStock, OpeningPlace, OpeningStock
from domain.stock.place import OpenWarehouse
from domain.stock.product import CreateProduct

WAREHOUSE = "AW"
TIMEZONE = "America/Los_Angeles"
NO_SHELF = "N/A"
NO_BIN = "0"
COLUMNS = {
    "Location": "id name rate availability modified",
    "ProductCategory": "id name guid modified",
    "ProductSubcategory": "id category name guid modified",
    "Product": "id name sku make finished color safety_stock reorder_point cost price size "
    "size_unit weight_unit weight days line class style subcategory model from until "
    "discontinued guid modified",
    "ProductInventory": "product location shelf bin quantity guid modified",
}

T = TypeVar("T", bound=msgspec.Struct)


class LocationRow(msgspec.Struct, frozen=True):
    """A row of Location.csv."""

    id: Code
    name: Name


class CategoryRow(msgspec.Struct, frozen=True):
    """A row of ProductCategory.csv."""

    id: str
    name: Name


class SubcategoryRow(msgspec.Struct, frozen=True):
    """A row of ProductSubcategory.csv."""

    id: str
    category: str


class ProductRow(msgspec.Struct, frozen=True):
    """A row of Product.csv."""

    id: str
    sku: Code
    name: Name
    reorder_point: Quantity
    cost: UnitCost
    subcategory: str = ""


class InventoryRow(msgspec.Struct, frozen=True):
    """A row of ProductInventory.csv."""

    product: str
    location: str
    shelf: str
    bin: str
    quantity: Quantity

    def code(self) -> str:
        """The place's code."""
        parts = [area(self.location)]
        if self.shelf != NO_SHELF:
            parts.append(self.shelf)
        if self.shelf != NO_SHELF or self.bin != NO_BIN:
            parts.append(self.bin)
        return "-".join(parts)


def area(location: str) -> str:
    """The code of a location: its number with two digits, so that codes sort."""
    return location.zfill(2)


class _Folder:
    """The folder's rows, and what is wrong with some of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bad: list[BadRow] = []
        self.origins: dict[str, tuple[str, int]] = {}

    def rows(self, name: str, kind: type[T]) -> Iterator[tuple[int, T]]:
        """The good rows of a file; the others are kept in `bad`."""
        file = self.path / f"{name}.csv"
        found = records(content(file), "\t", quoted=False)
        for number, row in rows(file.name, found, COLUMNS[name].split(), kind):
            if isinstance(row, BadRow):
                self.bad.append(row)
            else:
                yield number, row

    def refuse(self, name: str, number: int, column: str, problem: str) -> None:
        """Keeps what is wrong with a row."""
        self.bad.append(BadRow(f"{name}.csv", number, column, problem))

    def comes_from(self, pointer: str, name: str, number: int) -> None:
        """Keeps where a row of the command comes from."""
        self.origins[pointer] = (f"{name}.csv", number)


def read(path: Path) -> Reading[ImportStock]:
    """The stock list in the folder; raises BadFile where a file of it cannot be read."""
    folder = _Folder(path)
    areas = {row.id: row.name for _, row in folder.rows("Location", LocationRow)}
    products = _products(folder)
    stock, bins = _stock(folder, areas, products)
    described = [
        OpeningPlace(warehouse=WAREHOUSE, code=area(number), name=name, kind="area")
        for number, name in areas.items()
    ]
    taken = {place.code for place in described}
    described += [OpeningPlace(warehouse=WAREHOUSE, code=code, kind="bin") for code in bins - taken]
    command = ImportStock(
        warehouses=(OpenWarehouse(code=WAREHOUSE, name="AdventureWorks", timezone=TIMEZONE),),
        places=tuple(sorted(described, key=lambda place: place.code)),
        products=tuple(products.values()),
        stock=tuple(stock),
    )
    return Reading(command, folder.bad, folder.origins)


def _products(folder: _Folder) -> dict[str, CreateProduct]:
    """The products by their number."""
    categories = {row.id: row.name for _, row in folder.rows("ProductCategory", CategoryRow)}
    parents = {row.id: row.category for _, row in folder.rows("ProductSubcategory", SubcategoryRow)}
    products: dict[str, CreateProduct] = {}
    for number, row in folder.rows("Product", ProductRow):
        if row.subcategory and parents.get(row.subcategory) not in categories:
            folder.refuse("Product", number, "subcategory", f"{row.subcategory!r} is unknown")
            continue
        folder.comes_from(f"/products/{len(products)}", "Product", number)
        products[row.id] = CreateProduct(
            sku=row.sku,
            name=row.name,
            category=categories[parents[row.subcategory]] if row.subcategory else "",
            threshold=row.reorder_point,
            unit_cost=row.cost,
        )
    return products


def _stock(
    folder: _Folder, areas: dict[str, str], products: dict[str, CreateProduct]
) -> tuple[list[OpeningStock], set[str]]:
    """The stock rows and the codes of their places."""
    stock: list[OpeningStock] = []
    for number, row in folder.rows("ProductInventory", InventoryRow):
        if row.product not in products:
            folder.refuse("ProductInventory", number, "product", f"{row.product!r} is unknown")
        elif row.location not in areas:
            folder.refuse("ProductInventory", number, "location", f"{row.location!r} is unknown")
        elif row.quantity < ZERO or not whole(row.quantity):
            problem = f"{str(row.quantity)!r} is no number of pieces"
            folder.refuse("ProductInventory", number, "quantity", problem)
        else:
            folder.comes_from(f"/stock/{len(stock)}", "ProductInventory", number)
            opening = OpeningStock(
                warehouse=WAREHOUSE,
                location=row.code(),
                sku=products[row.product].sku,
                quantity=row.quantity,
            )
            stock.append(opening)
    return stock, {opening.location for opening in stock}
