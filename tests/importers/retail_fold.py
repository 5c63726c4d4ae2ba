"""The Online Retail file folded by its own code: what of every product is there after each day.

It shares nothing with the importer but the file and what --help says of it.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

Row = dict[str, str]
FEES = {"POST", "DOT", "C2", "M", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK"}
Stock = dict[str, int]


def rows(path: Path) -> Iterator[Row]:
    """The file's rows, compressed or not."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as text:
        yield from csv.DictReader(text)


def copied(source: Path, target: Path, wanted: re.Pattern[str]) -> Path:
    """A file of the source's rows whose stock code matches."""
    with target.open("w", encoding="utf-8", newline="") as text:
        writer: csv.DictWriter[str] | None = None
        for row in rows(source):
            if writer is None:
                writer = csv.DictWriter(text, list(row))
                writer.writeheader()
            if wanted.fullmatch(row["StockCode"]):
                writer.writerow(row)
    return target


class Fold:
    """Every product's stock at the end of each day on which something moved."""

    def __init__(self, path: Path) -> None:
        self.lines = self.fees = 0
        self.moved: dict[str, Stock] = {}
        """By day: what the lines alone add up to, which is below nothing for what is sold."""
        self.bought: dict[str, Stock] = {}
        """By month: what each product has to buy at its beginning, so as never to lack any."""
        names = _names(rows(path))
        running: Stock = defaultdict(int)
        lowest: dict[str, Stock] = defaultdict(dict)
        for row in rows(path):
            self.lines += 1
            code, day = row["StockCode"].upper(), row["InvoiceDate"][:10]
            if code in FEES:
                self.fees += 1
                continue
            running[code] += _delta(row, names[code])
            month = lowest[day[:7]]
            month[code] = min(month.get(code, 0), running[code])
            self.moved[day] = dict(running) if day not in self.moved else self.moved[day]
            self.moved[day][code] = running[code]
        bought: Stock = defaultdict(int)
        for month_, needs in sorted(lowest.items()):
            self.bought[month_] = {}
            for code, low in needs.items():
                short = max(0, -(bought[code] + low))
                self.bought[month_][code] = short
                bought[code] += short

    def at_end_of(self, day: str) -> Stock:
        """The stock of each product then, where there is any."""
        last = max((d for d in self.moved if d <= day), default="")
        stock = defaultdict(int, self.moved.get(last, {}))
        for month, bought in self.bought.items():
            if month <= day[:7]:
                for code, quantity in bought.items():
                    stock[code] += quantity
        return {code: quantity for code, quantity in stock.items() if quantity}


def _names(found: Iterable[Row]) -> dict[str, set[str]]:
    names: dict[str, set[str]] = defaultdict(set)
    for row in found:
        if float(row["UnitPrice"]) > 0 and float(row["Quantity"]) > 0:
            names[row["StockCode"].upper()].add(row["Description"].strip())
    return names


def _delta(row: Row, names: set[str]) -> int:
    quantity = int(float(row["Quantity"]))
    if row["InvoiceNo"].startswith("C"):
        return -quantity
    free = float(row["UnitPrice"]) == 0 and not row["CustomerID"]
    if quantity < 0 or (free and row["Description"].strip() not in names):
        return quantity
    return -quantity
