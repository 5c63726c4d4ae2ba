"""Our own stock list: what is read, and what is refused by row and column."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from adapters.importers import stock_csv
from adapters.importers.table import BadFile

HEADER = "warehouse,sku,quantity,location,name,unit_cost"


def listed(folder: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    """A file with that content."""
    file = folder / "stock.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return file


def test_rows_become_warehouses_products_and_stock(tmp_path: Path) -> None:
    """A product on two shelves is described once, by its first row."""
    text = (
        "warehouse,location,sku,name,category,classification,unit,unit_cost,quantity,threshold,"
        "barcode,timezone\n"
        'main,A1,bolt,"Bolt, long",Fixings,,,.25,5,2,4711,Europe/Berlin\n'
        "MAIN,B2,BOLT,,,,,,7,,,\n"
        "MAIN,,sand,Sand,,bulk_material,kg,1.5,0.125,,,\n"
    )
    reading = stock_csv.read(listed(tmp_path, text))

    assert reading.bad == []
    assert reading.command is not None
    (warehouse,) = reading.command.warehouses
    assert (warehouse.code, warehouse.timezone) == ("MAIN", "Europe/Berlin")
    bolt, sand = reading.command.products
    assert (bolt.sku, bolt.name, bolt.category) == ("bolt", "Bolt, long", "Fixings")
    assert (str(bolt.unit_cost), str(bolt.threshold)) == ("0.2500", "2.000")
    assert bolt.barcodes == ("4711",)
    assert (sand.classification, sand.unit) == ("bulk_material", "kg")
    stock = [(row.sku, row.location, row.quantity) for row in reading.command.stock]
    assert stock == [("bolt", "A1", 5), ("BOLT", "B2", 7), ("sand", "", Decimal("0.125"))]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("warehouse,sku,quantity,name\nW,Ä,0,n\n", "utf-8"),
        ("warehouse,sku,quantity,name\r\nW,Ä,0,n\r\n", "utf-8-sig"),
        ("warehouse;sku;quantity;name\rW;Ä;0;n\r", "utf-8"),
        ("\n\nWarehouse\tSKU \tQuantity\tName\n\nW\tÄ\t0\tn", "utf-16"),
        ('warehouse,sku,quantity,name\n"W",Ä,0,"n"', "utf-8"),
    ],
)
def test_line_ends_delimiters_and_byte_order_marks_do_not_matter(
    tmp_path: Path, content: str, encoding: str
) -> None:
    """Each of these says the same."""
    reading = stock_csv.read(listed(tmp_path, content, encoding))

    assert reading.bad == []
    assert reading.command is not None
    assert [(row.warehouse, row.sku) for row in reading.command.stock] == [("W", "Ä")]


def test_an_encoding_is_named_never_guessed(tmp_path: Path) -> None:
    """Latin-1 bytes are refused with their row until somebody says that they are latin-1."""
    file = listed(tmp_path, f"{HEADER}\nW,a,0,,n,\nW,b,0,,Bär,\n", "latin-1")
    with pytest.raises(BadFile, match=r"stock.csv, row 3: byte 0xE4 is not utf-8; .*latin-1"):
        stock_csv.read(file)

    reading = stock_csv.read(file, "latin-1")
    assert reading.command is not None
    assert reading.command.products[1].name == "Bär"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "stock.csv: the header has no column sku"),
        (b"a,b\n1,2\n", "stock.csv: the header has no column sku"),
        (b'warehouse,sku,"quantity\n', "stock.csv, row 1: cannot be read"),
        ("warehouse,sku".encode("utf-16-le"), "stock.csv: holds NUL characters"),
    ],
)
def test_a_file_that_is_no_list_is_refused_whole(
    tmp_path: Path, content: bytes, message: str
) -> None:
    """The message says what is wrong with it."""
    with pytest.raises(BadFile, match=message):
        stock_csv.read(listed(tmp_path, content))


@pytest.mark.parametrize(
    ("header", "problems"),
    [
        ("sku,warehouse,quantity,SKU", ["row 1, sku: occurs twice in the header"]),
        ("sku,warehouse", ["row 1, quantity: is missing in the header"]),
        ("sku,warehouse,quantity,lot", ["row 1, lot: is no column; there are warehouse, sku"]),
    ],
)
def test_a_wrong_header_is_refused_before_any_row(
    tmp_path: Path, header: str, problems: list[str]
) -> None:
    """No cell is read under a name that was not meant."""
    reading = stock_csv.read(listed(tmp_path, f"{header}\nx,y,1,z\n"))

    assert reading.command is None
    assert len(reading.bad) == len(problems)
    for bad, problem in zip(reading.bad, problems, strict=True):
        assert problem in str(bad)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("W,a,,,n,1", "row 3, quantity: is blank, which is not zero"),
        ("W,a,6.37702E+15,,n,1", "row 3, quantity: '6.37702E+15': expected a decimal"),
        ('W,a,"1,5",,n,1', "row 3, quantity: '1,5': expected a decimal"),
        ("W,a,NaN,,n,1", "row 3, quantity: 'NaN': expected a decimal"),
        ("W,a,null,,n,1", "row 3, quantity: 'null': expected a decimal"),
        ("W,a,1.0001,,n,1", "row 3, quantity: '1.0001': expected a decimal"),
        ("W,a,-1,,n,1", "row 3, quantity: '-1.000' is below zero"),
        ("W,a,1.5,,n,1", "row 3, quantity: '1.500': only bulk_material comes in fractions"),
        ("W,6.37702E+15,1,,n,1", "row 3, sku: '6.37702E+15' is a code that a spreadsheet has"),
        ("W,a,1,,n,", "row 3, unit_cost: is needed"),
        ("W,a,1,,n,-1", "row 3, unit_cost: '-1.0000' is below zero"),
        ("W,a,1,,n,null", "row 3, unit_cost: 'null': expected a decimal"),
        ("W,a,1,,,1", "row 3, name: is needed in a product's first row"),
        (",a,1,,n,1", "row 3, warehouse: is blank"),
        ("W,a,1,,n", "row 3: has 5 cells where 6 are expected"),
        ("W,FIRST,1,,Other,1", "row 3, name: 'Other' here, but row 2 says otherwise"),
        ("W,first,1, A1 ,,", "row 3: row 2 has this product at this location already"),
        ('W,a,1,,"n,1', "row 3: cannot be read"),
    ],
)
def test_a_bad_row_is_named_and_the_others_are_read(tmp_path: Path, row: str, problem: str) -> None:
    """One message, with the row as a spreadsheet counts it and the column."""
    reading = stock_csv.read(listed(tmp_path, f"{HEADER}\nW,First,2,a1,First,1\n{row}\n"))

    assert len(reading.bad) == 1
    assert str(reading.bad[0]).startswith(f"stock.csv, {problem}")
    assert reading.command is not None
    assert [stock.sku for stock in reading.command.stock] == ["First"]


def test_a_barcode_of_two_products_is_one_bad_row(tmp_path: Path) -> None:
    """In any case of letters."""
    text = "warehouse,sku,quantity,name,barcode\nW,a,0,n,x1\nW,b,0,n,X1\n"
    reading = stock_csv.read(listed(tmp_path, text))

    assert [str(bad) for bad in reading.bad] == ["stock.csv, row 3, barcode: 'X1' is product A's"]


def test_a_refusal_of_the_command_is_led_back_to_its_row(tmp_path: Path) -> None:
    """Rows of the command are not rows of the file."""
    reading = stock_csv.read(listed(tmp_path, f"{HEADER}\n\nW,a,0,,n,\nbad\nW,b,0,,n,\n"))

    assert reading.blame("/stock/1/sku", "no") == "stock.csv, row 5, sku: no"
    assert reading.blame("/products/9/name", "no") == "/products/9/name: no"
    assert reading.blame("", "no") == "no"
