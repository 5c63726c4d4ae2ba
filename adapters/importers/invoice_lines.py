"""The file of invoice lines, read as a stream: the first line that is wrong ends it."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from adapters.importers.table import BadFile
from domain.ids import normal
from domain.quantity import Quantity, UnitCost, whole

COLUMNS = "InvoiceNo StockCode Description Quantity InvoiceDate UnitPrice CustomerID Country"
TIMEZONE = "Europe/London"
LONGEST_CODE, LONGEST_NAME = 60, 200
"""Characters of a code and of a name, as domain.ids has them."""
EXAMPLE = "2010-12-01 08:26:00"
GZIP = b"\x1f\x8b"
BLOCK_BYTES = 1024 * 1024


class Line(NamedTuple):
    """A line of the file, the first one behind the header being 1."""

    number: int
    invoice: str
    code: str
    description: str
    quantity: Quantity
    date: str
    price: Decimal
    customer: str


def read_lines(path: Path) -> Iterator[Line]:
    """The file's lines, in the order of their dates; raises BadFile."""
    number, last = 0, ""
    try:
        with _opened(path) as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as text:
            rows = csv.reader(text, strict=True)
            if (header := next(rows, [])) != COLUMNS.split():
                raise BadFile(f"{path.name}, row 1: the header is not {', '.join(COLUMNS.split())}")
            width = len(header)
            for number, cells in enumerate(rows, 1):
                if len(cells) != width:
                    raise _bad(path, number, f"has {len(cells)} cells where {width} are expected")
                line = _line(path, number, cells)
                if line.date != last:
                    last = _later(path, line, last)
                yield line
    except (csv.Error, UnicodeDecodeError, EOFError, OSError, zlib.error) as error:
        raise _bad(path, number + 1, f"cannot be read: {error}") from error


def _line(path: Path, number: int, cells: list[str]) -> Line:
    invoice, code, description, quantity, date, price, customer, _ = cells
    if "\0" in "".join(cells):
        raise _bad(path, number, "holds the character U+0000, which no text may have")
    if len(invoice) > LONGEST_CODE or len(code) > LONGEST_CODE or len(description) > LONGEST_NAME:
        raise _bad(
            path,
            number,
            f"InvoiceNo and StockCode have at most {LONGEST_CODE} characters, Description "
            f"{LONGEST_NAME}",
        )
    sku, name = _code(code), description.strip()
    if not sku or not invoice:
        raise _bad(path, number, "InvoiceNo or StockCode is blank")
    try:
        return Line(number, invoice, sku, name, _quantity(quantity), date, _price(price), customer)
    except ValueError as error:
        raise _bad(path, number, f"Quantity {quantity!r}, UnitPrice {price!r}: {error}") from None


def _later(path: Path, line: Line, last: str) -> str:
    """The line's date, which is none before the last one."""
    try:
        instant(line.date)
    except ValueError:
        problem = f"InvoiceDate {line.date!r} is not like {EXAMPLE}"
        raise _bad(path, line.number, problem) from None
    if line.date < last:
        raise _bad(path, line.number, "InvoiceDate is before that of the row above")
    return line.date


def _bad(path: Path, number: int, problem: str) -> BadFile:
    return BadFile(f"{path.name}, row {number + 1}: {problem}")


def _opened(path: Path) -> io.BufferedReader:
    file = path.open("rb")
    if not file.peek(2).startswith(GZIP):
        return file
    file.close()
    return io.BufferedReader(gzip.GzipFile(path), BLOCK_BYTES)


def sha256(path: Path) -> str:
    """The hash of what is in the file: compressed or not it is the same file."""
    content = hashlib.sha256()
    with _opened(path) as raw:
        while block := raw.read(BLOCK_BYTES):
            content.update(block)
    return content.hexdigest()


@lru_cache(10_000)
def _code(text: str) -> str:
    return normal(text)


@lru_cache(10_000)
def _quantity(text: str) -> Quantity:
    quantity = Quantity.parse(text)
    if not whole(quantity):
        raise ValueError("Quantity is not a whole number of pieces")
    return quantity


@lru_cache(10_000)
def _price(text: str) -> Decimal:
    return UnitCost.parse(text)


@lru_cache(10_000)
def instant(date: str) -> datetime:
    """A London date's instant in UTC."""
    local = datetime.strptime(date, "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZoneInfo(TIMEZONE))
    if len(date) != len(EXAMPLE):  # what strptime accepts without zeros does not sort
        raise ValueError(date)
    return local.astimezone(UTC)
