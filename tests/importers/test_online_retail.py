"""Online Retail as movements: what a line becomes, and which files are refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from adapters.importers import online_retail
from adapters.importers.table import BadFile
from domain.stock.pool_commands import AdjustStock, ConsumeStock

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
SALE = "536365,85123a,HEART,6.0,2010-12-01 08:26:00,2.55,17850.0,United Kingdom"


def written(folder: Path, *lines: str) -> Path:
    """A file of these lines."""
    file = folder / "lines.csv"
    file.write_text("\n".join((HEADER, *lines, "")), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("536366,85123A,HEART,2.0,2010-12-01 09:00:00,2.55,17850.0,UK", ("sale", 2, "536366")),
        ("536366,85123A,HEART,2.0,2010-12-01 09:00:00,0.0,17850.0,UK", ("sale", 2, "536366")),
        ("536366,85123A,HEART,2.0,2010-12-01 09:00:00,0.0,,UK", ("sale", 2, "536366")),
        ("536366,85123A,found,2.0,2010-12-01 09:00:00,1.0,,UK", ("sale", 2, "536366")),
        ("536366,85123A,found,2.0,2010-12-01 09:00:00,0.0,1.0,UK", ("sale", 2, "536366")),
        ("536366,85123A,found,2.0,2010-12-01 09:00:00,0.0,,UK", ("adjusted", 2, "found")),
        ("536366,85123A,,2.0,2010-12-01 09:00:00,0.0,,UK", ("adjusted", 2, "no reason given")),
        ("536366,85123A,wet,-2.0,2010-12-01 09:00:00,0.0,,UK", ("adjusted", -2, "wet")),
        ("C536366,85123A,HEART,-2.0,2010-12-01 09:00:00,2.55,17850.0,UK",
         ("adjusted", 2, "returned, invoice C536366")),
        ("536366,post,POSTAGE,1.0,2010-12-01 09:00:00,18.0,17850.0,UK", None),
        ("536366,85123A,HEART,0.0,2010-12-01 09:00:00,2.55,17850.0,UK", None),
    ],
)  # fmt: skip
def test_each_kind_of_line_is_its_kind_of_movement(
    tmp_path: Path, line: str, expected: tuple[str, int, str] | None
) -> None:
    """The first line says what the product is sold as."""
    retail = online_retail.read(written(tmp_path, SALE, line))

    _, move = retail.moves()
    assert move.line == 2
    match move.movement:
        case ConsumeStock(quantity=quantity, job=job):
            assert ("sale", int(quantity), job) == expected
        case AdjustStock(quantity=quantity, reason=reason):
            assert ("adjusted", int(quantity), reason) == expected
        case None:
            assert expected is None
            assert sum(retail.skipped.values()) == 1


def test_receipts_cover_the_lowest_moment_of_each_month(tmp_path: Path) -> None:
    """What came back stays for later; a month that needs nothing receives nothing."""
    retail = online_retail.read(
        written(
            tmp_path,
            SALE,
            "C536366,85123A,HEART,-5.0,2010-12-02 09:00:00,3.0,1.0,UK",
            "536367,85123A,HEART,7.0,2010-12-03 09:00:00,3.45,1.0,UK",
            "C536368,85123A,HEART,-9.0,2010-12-04 09:00:00,3.0,1.0,UK",
            "536369,85123A,HEART,9.0,2011-01-04 09:00:00,3.0,1.0,UK",
            "536370,85123A,HEART,1.0,2011-07-01 00:30:00,3.0,1.0,UK",
        )
    )

    received = [move.receipt for move in retail.moves() if move.receipt]
    assert [receipt.quantity for receipt in received] == [8, 1]
    dates = [receipt.occurred_at.isoformat() for receipt in received if receipt.occurred_at]
    assert dates == ["2010-12-01T00:00:00+00:00", "2011-06-30T23:00:00+00:00"]  # London's summer
    (product,) = retail.products.values()
    assert (product.sku, product.name, str(product.unit_cost)) == ("85123A", "HEART", "1.5098")


def test_a_file_is_the_same_compressed_or_not(tmp_path: Path) -> None:
    """By its content, whatever it is called."""
    plain = written(tmp_path, SALE)
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(plain.read_bytes()))

    assert online_retail.read(packed).sha256 == online_retail.read(plain).sha256


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("1,A,x,1.5,2010-12-01 08:26:00,1.0,,UK", "row 3: Quantity '1.5', UnitPrice '1.0': "),
        ("1,A,x,many,2010-12-01 08:26:00,1.0,,UK", "row 3: Quantity 'many'"),
        ("1,A,x,1.0,2010-12-01 08:26:00,NaN,,UK", "row 3: Quantity '1.0', UnitPrice 'NaN'"),
        ("1,A,x,1.0,01/12/2010 08:26,1.0,,UK", "row 3: InvoiceDate '01/12/2010 08:26' is not like"),
        ("1,A,x,1.0,2010-12-1 08:26:00,1.0,,UK", "row 3: InvoiceDate '2010-12-1 08:26:00' is not"),
        ("1,A,x,1.0,2010-12-01 08:25:00,1.0,,UK", "row 3: InvoiceDate is before that of the row"),
        ("1, ,x,1.0,2010-12-01 08:26:00,1.0,,UK", "row 3: InvoiceNo or StockCode is blank"),
        ("1,A,wet\0,-1.0,2010-12-01 08:26:00,1.0,,UK", "row 3: holds the character U+0000"),
        (f"1,{'A' * 61},x,1.0,2010-12-01 08:26:00,1.0,,UK", "row 3: InvoiceNo and StockCode"),
        (f"1,A,{'x' * 201},1.0,2010-12-01 08:26:00,1.0,,UK", "row 3: InvoiceNo and StockCode"),
        ("1,A,x,1.0", "row 3: has 4 cells where 8 are expected"),
        ('1,A,"x', "row 3: cannot be read"),
    ],
)
def test_a_file_with_a_wrong_line_is_refused_before_anything_is_played(
    tmp_path: Path, line: str, problem: str
) -> None:
    """The message names the row as a spreadsheet counts it."""
    with pytest.raises(BadFile) as refused:
        online_retail.read(written(tmp_path, SALE, line))

    assert str(refused.value).startswith(f"lines.csv, {problem}")


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    """Also one that was cut off while it was compressed."""
    file = tmp_path / "lines.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(BadFile, match="the header is not InvoiceNo, StockCode"):
        online_retail.read(file)
    file.write_bytes(gzip.compress(written(tmp_path, *[SALE] * 99).read_bytes())[:-20])
    with pytest.raises(BadFile, match="cannot be read: "):
        online_retail.read(file)
