"""InvenTree's JSON export: the records of it that say what there is and what happened to it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from adapters.importers.table import BadFile, read_whole
from domain.base import Instant

LONGEST_CODE = 60
R = TypeVar("R", bound=msgspec.Struct)
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,20})?", re.ASCII)


class Category(msgspec.Struct, frozen=True):
    """A category of parts by its whole path."""

    pathstring: str


class Location(msgspec.Struct, frozen=True):
    """A node of the tree of locations."""

    name: str
    pathstring: str
    parent: int | None = None


class Part(msgspec.Struct, frozen=True):
    """What a stock item is one of, or some of."""

    name: str
    description: str = ""
    category: int | None = None
    IPN: str | None = None
    units: str | None = None
    minimum_stock: str = "0"
    trackable: bool = False
    virtual: bool = False
    is_template: bool = False


class Pricing(msgspec.Struct, frozen=True):
    """What a part costs, in the currency of the export."""

    part: int
    currency: str
    purchase_cost_min: str | None = None
    overall_min: str | None = None


class StockItem(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity of a part, as it is now."""

    part: int
    quantity: str
    location: int | None = None
    serial: str | None = None
    batch: str | None = None
    status: int = 10
    belongs_to: int | None = None
    customer: int | None = None
    is_building: bool = False
    purchase_price: str | None = None
    purchase_price_currency: str = ""
    updated: Instant | None = None


class Tracking(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to a stock item."""

    tracking_type: int
    item: int
    date: Instant
    notes: str | None = None
    deltas: dict[str, Any] | None = None

    def delta(self, name: str) -> Any:
        """What the record says of a fact; None where it says nothing."""
        return (self.deltas or {}).get(name)


class StockTake(msgspec.Struct, frozen=True):
    """How much of a part there was by a report of a day."""

    part: int
    quantity: str
    item_count: int
    date: date


class Export(msgspec.Struct, frozen=True):
    """The records by their keys, and the file that they are of."""

    name: str
    sha256: str
    categories: dict[int, Category]
    locations: dict[int, Location]
    parts: dict[int, Part]
    pricing: dict[int, Pricing]
    items: dict[int, StockItem]
    tracking: dict[int, Tracking]
    stock_takes: dict[int, StockTake]

    def path(self, location: int) -> list[str]:
        """The names from the root to the location; none for one that lies in itself."""
        names: list[str] = []
        node: int | None = location
        while node is not None:
            names.insert(0, self.locations[node].name)
            node = self.locations[node].parent
            if len(names) > len(self.locations):
                return []
        return names


class _Entry(msgspec.Struct, frozen=True):
    model: str
    pk: int
    fields: msgspec.Raw


def read_export(path: Path) -> Export:
    """The export in the file; raises BadFile, naming the record."""
    content = read_whole(path)
    try:
        entries = msgspec.json.decode(content, type=list[_Entry])
    except msgspec.DecodeError as error:
        raise BadFile(f"{path.name}: no export of InvenTree: {error}") from None
    export = Export(
        name=path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        categories=dict(_records(path, entries, "part.partcategory", Category)),
        locations=dict(_records(path, entries, "stock.stocklocation", Location)),
        parts=dict(_records(path, entries, "part.part", Part)),
        pricing=dict(_records(path, entries, "part.partpricing", Pricing)),
        items=dict(_records(path, entries, "stock.stockitem", StockItem)),
        tracking=dict(_records(path, entries, "stock.stockitemtracking", Tracking)),
        stock_takes=dict(_records(path, entries, "part.partstocktake", StockTake)),
    )
    _check(path, export)
    return export


def _records(
    path: Path, entries: list[_Entry], model: str, kind: type[R]
) -> Iterator[tuple[int, R]]:
    decoder = msgspec.json.Decoder(kind)
    for entry in entries:
        if entry.model == model:
            try:
                yield entry.pk, decoder.decode(entry.fields)
            except msgspec.DecodeError as error:
                raise BadFile(f"{path.name}, {model} {entry.pk}: {error}") from None


def _check(path: Path, export: Export) -> None:
    """Every record that is named is there, and every number is one that can be kept."""
    for record, field, key, found in _named(export):
        if key is not None and not (isinstance(key, int) and key in found):
            raise BadFile(f"{path.name}, {record}: {field} {key} is not in the file")
    for pk in export.locations:
        _check_path(path, export, pk)
    for record, field, number in _numbers(export):
        if number is not None and _NUMBER.fullmatch(str(number)) is None:
            raise BadFile(f"{path.name}, {record}: {field} {number!r} is no number, or too large")


def _check_path(path: Path, export: Export, pk: int) -> None:
    names = export.path(pk)
    long = max(len(code) for code in ("/".join(names[1:]), *names[:1])) > LONGEST_CODE
    if long or not names or not all(name.strip() for name in names):
        problem = f"its path has no end, a blank name, or more than {LONGEST_CODE} characters"
        raise BadFile(f"{path.name}, stock.stocklocation {pk}: {problem}")


def _named(export: Export) -> Iterator[tuple[str, str, Any, dict[int, Any]]]:
    for pk, item in export.items.items():
        yield f"stock.stockitem {pk}", "part", item.part, export.parts
        yield f"stock.stockitem {pk}", "location", item.location, export.locations
    for pk, row in export.tracking.items():
        record = f"stock.stockitemtracking {pk}"
        yield record, "item", row.item, export.items
        yield record, "location", row.delta("location"), export.locations
    for pk, take in export.stock_takes.items():
        yield f"part.partstocktake {pk}", "part", take.part, export.parts
    for pk, location in export.locations.items():
        yield f"stock.stocklocation {pk}", "parent", location.parent, export.locations


def _numbers(export: Export) -> Iterator[tuple[str, str, Any]]:
    for pk, item in export.items.items():
        yield f"stock.stockitem {pk}", "quantity", item.quantity
        yield f"stock.stockitem {pk}", "purchase_price", item.purchase_price
    for pk, row in export.tracking.items():
        for field in ("quantity", "removed", "status"):
            yield f"stock.stockitemtracking {pk}", field, row.delta(field)
    for pk, take in export.stock_takes.items():
        yield f"part.partstocktake {pk}", "quantity", take.quantity
    for pk, part in export.parts.items():
        yield f"part.part {pk}", "minimum_stock", part.minimum_stock
    for pk, price in export.pricing.items():
        for field in ("purchase_cost_min", "overall_min"):
            yield f"part.partpricing {pk}", field, getattr(price, field)
