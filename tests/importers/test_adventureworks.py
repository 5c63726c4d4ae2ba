"""AdventureWorks as a stock list: the real files, and broken copies of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from adapters.importers import adventureworks
from adapters.importers.table import BadFile, Reading
from domain.stock.opening import ImportStock

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "adventureworks"
FILES = {
    "Location": "6\tStorage\t.0000\t.00\tm",
    "ProductCategory": "1\tBikes\tg\tm",
    "ProductSubcategory": "2\t1\tRoad Bikes\tg\tm",
    "Product": '1\tBike, 58" wide\tBK-1\t1\t1\t\t100\t75\t.0000\t' + "\t" * 9 + "2" + "\t" * 6,
    "ProductInventory": "1\t6\tN/A\t0\t8\tg\tm\n1\t6\tB\t5\t9\tg\tm",
}


def read(folder: Path, **changed: str) -> Reading[ImportStock]:
    """A small folder, with some files replaced."""
    for name, text in (FILES | changed).items():
        (folder / f"{name}.csv").write_text(f"{text}\n", encoding="utf-8")
    return adventureworks.read(folder)


def test_locations_are_areas_and_bins_are_places(tmp_path: Path) -> None:
    """What is on no shelf lies in the area itself; a cost of nothing is a cost."""
    reading = read(tmp_path)

    assert reading.bad == []
    assert reading.command is not None
    places = [(place.code, place.kind) for place in reading.command.places]
    assert places == [("06", "area"), ("06-B-5", "bin")]
    stock = [(row.sku, row.location, str(row.quantity)) for row in reading.command.stock]
    assert stock == [("BK-1", "06", "8.000"), ("BK-1", "06-B-5", "9.000")]
    (product,) = reading.command.products
    assert (product.name, product.category) == ('Bike, 58" wide', "Bikes")
    assert (str(product.threshold), str(product.unit_cost)) == ("75.000", "0.0000")


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"ProductInventory": "1\t6\tB"}, "ProductInventory.csv, row 1: has 3 cells"),
        ({"ProductInventory": "9\t6\tB\t5\t9\tg\tm"}, "ProductInventory.csv, row 1, product: '9'"),
        ({"ProductInventory": "1\t9\tB\t5\t9\tg\tm"}, "ProductInventory.csv, row 1, location: '9'"),
        ({"ProductInventory": "1\t6\tB\t5\t-9\tg\tm"}, "ProductInventory.csv, row 1, quantity"),
        ({"ProductInventory": "1\t6\tB\t5\t1E3\tg\tm"}, "ProductInventory.csv, row 1, quantity"),
        ({"ProductSubcategory": "3\t1\tx\tg\tm"}, "Product.csv, row 1, subcategory: '2'"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_with_its_file(
    tmp_path: Path, changed: dict[str, str], problem: str
) -> None:
    """References between the files are checked as well."""
    assert str(read(tmp_path, **changed).bad[0]).startswith(problem)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """Nothing is read of an incomplete folder."""
    with pytest.raises(BadFile, match=r"Location\.csv: No such file"):
        adventureworks.read(tmp_path)


@pytest.mark.skipif(not DATA.exists(), reason="the real data is not at ../shared/data")
def test_the_real_data_is_read_to_the_last_row() -> None:
    """Its known figures: 504 products of which 432 are in stock, on 1,069 entries."""
    reading = adventureworks.read(DATA)

    assert reading.bad == []
    command = reading.command
    assert command is not None
    assert (len(command.products), len(command.stock)) == (504, 1069)
    assert Counter(place.kind for place in command.places) == {"area": 14, "bin": 745}
    assert len({row.sku for row in command.stock}) == 432
    assert sum(row.quantity for row in command.stock) == 335_974
