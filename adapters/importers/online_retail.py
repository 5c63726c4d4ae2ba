"""A year of a gift shop's invoice lines (UCI Online Retail), each a movement.

sale:     any line that is nothing of the following;
          consumed, its job is the invoice
return:   a line of an invoice C...;
          adjusted upwards, its reason names the invoice
damage:   a negative line of an ordinary invoice;
          adjusted, its reason is the description
find:     a line with no price, no customer and no description that the
          product is sold under; adjusted upwards, its reason is the same
no goods: postage, fees, discounts and other codes of services;
          skipped, and counted by what they are

A code in lower case is the same product. Its cost is half of the average price
of its sales. The file has no purchases: with the beginning of each month a
product receives what it is going to lack in that month. Dates are London's and
have to be in order. The file may be compressed with gzip.

A line is played once: what was cut short, or ended at a limit, goes on from
there when the same file is imported again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import NamedTuple

import msgspec

from adapters.importers.invoice_lines import Line, instant, read_lines, sha256
from domain.quantity import ZERO, Quantity, UnitCost
from domain.stock.pool_commands import AdjustStock, ConsumeStock, ReceiveStock
from domain.stock.product import CreateProduct

SERVICES = {
    "POST": "postage",
    "DOT": "postage",
    "C2": "carriage",
    "M": "manual entry of an amount",
    "D": "discount",
    "S": "samples, as an expense",
    "B": "bad debt",
    "BANK CHARGES": "bank charges",
    "AMAZONFEE": "marketplace fee",
    "CRUK": "charity commission",
}
"""Codes that are no goods, and what they are."""
NOTHING = "a quantity of nothing"
NO_REASON = "no reason given"
SHARE = Decimal("0.5")
"""What a product costs, of the average price that it is sold at."""

Command = ConsumeStock | AdjustStock | ReceiveStock


class Move(NamedTuple):
    """What a line asks of its product's stock: at most a receipt and a movement."""

    line: int
    sku: str
    receipt: ReceiveStock | None
    movement: ConsumeStock | AdjustStock | None


class Retail(msgspec.Struct, frozen=True):
    """The file as it was read once, with all that its lines need to be played."""

    path: Path
    sha256: str
    lines: int
    products: dict[str, CreateProduct]
    descriptions: dict[str, frozenset[str]]
    """What each product is called on its sales."""
    receipts: dict[tuple[str, str], Quantity]
    """What a product lacks in a month, by SKU and YYYY-MM."""
    skipped: Counter[str]
    """Lines that move nothing, by why."""

    def moves(self) -> Iterator[Move]:
        """Every line in order; a skipped one moves nothing."""
        months: dict[str, str] = {}
        for line in read_lines(self.path):
            sku = line.code
            if _skipped(line):
                yield Move(line.number, sku, None, None)
                continue
            month, receipt = line.date[:7], None
            if months.get(sku) != month:
                months[sku] = month
                receipt = self._receipt(sku, month)
            yield Move(line.number, sku, receipt, _movement(line, self.descriptions[sku]))

    def _receipt(self, sku: str, month: str) -> ReceiveStock | None:
        cost = self.products[sku].unit_cost
        if cost is None or (lacking := self.receipts.get((sku, month))) is None:
            return None
        return ReceiveStock(
            quantity=lacking,
            unit_cost=cost,
            reason=f"assumed purchase for {month}",
            occurred_at=instant(f"{month}-01 00:00:00"),
        )


class _Sold:
    """What the file says of a product."""

    def __init__(self) -> None:
        self.names: Counter[str] = Counter()
        self.quantity = self.revenue = Decimal(0)

    def add(self, line: Line) -> None:
        """Takes note of a sale at a price."""
        self.names[line.description] += 1
        self.quantity += line.quantity
        self.revenue += line.quantity * line.price

    def described(self, sku: str) -> CreateProduct:
        """The product as it is taken into the catalogue; one that is never sold costs nothing."""
        average = self.revenue / self.quantity if self.quantity else Decimal(0)
        cost = (average * SHARE).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        name = next((name for name, _ in self.names.most_common() if name), sku)
        return CreateProduct(sku=sku, name=name, unit_cost=UnitCost(cost))


def read(path: Path) -> Retail:
    """Checks every line and plans the receipts; raises BadFile for the first line that is wrong."""
    sold: dict[str, _Sold] = {}
    skipped: Counter[str] = Counter()
    number = 0
    for line in read_lines(path):
        number = line.number
        if reason := _skipped(line):
            skipped[reason] += 1
            continue
        if line.code not in sold:
            sold[line.code] = _Sold()
        if line.price > 0 and line.quantity > ZERO:
            sold[line.code].add(line)
    retail = Retail(
        path=path,
        sha256=sha256(path),
        lines=number,
        products={sku: product.described(sku) for sku, product in sold.items()},
        descriptions={sku: frozenset(product.names) for sku, product in sold.items()},
        receipts={},
        skipped=skipped,
    )
    return msgspec.structs.replace(retail, receipts=_lacking(retail))


def _lacking(retail: Retail) -> dict[tuple[str, str], Quantity]:
    """What every product would be short of in each month, given what is left of the months before.

    Received at the month's beginning it is just enough for the month's lowest moment.
    """
    lacking: dict[tuple[str, str], Quantity] = {}
    left: dict[str, Decimal] = {}
    for line in read_lines(retail.path):
        if _skipped(line):
            continue
        movement = _movement(line, retail.descriptions[line.code])
        delta = -movement.quantity if isinstance(movement, ConsumeStock) else movement.quantity
        rest = left.get(line.code, ZERO) + delta
        if rest < ZERO:
            key = (line.code, line.date[:7])
            lacking[key] = Quantity(lacking.get(key, ZERO) - rest)
            rest = ZERO
        left[line.code] = rest
    return lacking


def _skipped(line: Line) -> str | None:
    """Why the line is no movement; None for one that is."""
    return SERVICES.get(line.code) or (None if line.quantity else NOTHING)


def _movement(line: Line, names: frozenset[str]) -> ConsumeStock | AdjustStock:
    quantity, at = line.quantity, instant(line.date)
    if line.invoice.startswith("C"):
        reason = f"returned, invoice {line.invoice}"
        return AdjustStock(quantity=Quantity(-quantity), reason=reason, occurred_at=at)
    found = not line.price and not line.customer and line.description not in names
    if found or quantity < ZERO:
        reason = line.description or NO_REASON
        return AdjustStock(quantity=quantity, reason=reason, occurred_at=at)
    return ConsumeStock(quantity=quantity, job=line.invoice, occurred_at=at)
