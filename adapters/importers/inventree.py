"""An InvenTree export: its catalogue, and what happened to its stock, dated.

part:       a product; its SKU is the IPN where that is unique, else PART-<key>;
            what has a unit comes in fractions; it costs its lowest purchase
            price, else its lowest price
location:   a root is a warehouse, what is below it a place named by its path;
            stock in no location lies in the warehouse UNLOCATED
stock item: a receipt of its batch when its tracking begins; what was never
            tracked is received when it was last updated
tracking:   moved: a transfer; used in a build, sent to a customer, installed
            in another: consumed; other changes of quantity: adjustments
serial:     a unit of its own, whose quantity is part of the product's stock:
            where it has been, and its condition by what its status says
stock-take: the largest stock of the part is set to what the count leaves for
            it, at the end of the day; that says so even where nothing differs
the end:    where all that does not lead to the file's own figures, adjustments
            at the file's date do, and say so

Stock in production is no stock yet. Quantities have three places: what has more
is rounded half to even. Prices in another currency than the file's pricing are
not converted: the part's cost stands.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Literal

import msgspec

from adapters.importers.inventree_book import Book, Thing
from adapters.importers.inventree_file import Export, StockItem, Tracking, read_export
from adapters.importers.inventree_stages import UNLOCATED, Stage, Stages, exact
from domain.ids import normal
from domain.quantity import ZERO, UnitCost
from domain.stock.history import At, ImportHistory
from domain.stock.opening import OpeningPlace
from domain.stock.place import OpenWarehouse
from domain.stock.product import Classification, CreateProduct

DAY_END = time(23, 59, 59)


class History(msgspec.Struct, frozen=True):
    """What the export asks for; which records became what, and which are left out."""

    command: ImportHistory
    mapped: Counter[str]
    unmapped: Counter[str]


def read(path: Path) -> History:
    """The export's history; raises BadFile."""
    return _Reader(read_export(path)).history()


class _Reader:
    def __init__(self, export: Export) -> None:
        self.export = export
        self.skus = _skus(export)
        self.costs = {price.part: price for price in export.pricing.values()}
        dates = [row.date for row in export.tracking.values()]
        dates += [item.updated for item in export.items.values() if item.updated]
        self.latest = max(dates, default=datetime.min.replace(tzinfo=UTC))
        self.stages = Stages({pk: _at(export, pk) for pk in export.locations}, self.latest)
        self.book = Book()
        self.unmapped = Counter[str]()

    def history(self) -> History:
        """All of it, in the order of time."""
        steps: list[tuple[datetime, int, int, Stage | None, Stage | None, int]] = []
        rows: dict[int, list[tuple[int, Tracking]]] = defaultdict(list)
        for pk, row in sorted(self.export.tracking.items(), key=lambda r: (r[1].date, r[0])):
            rows[row.item].append((pk, row))
        final: dict[str, dict[At, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
        for pk, item in self.export.items.items():
            if item.is_building:
                self.unmapped["stock item in production: no stock yet"] += 1
                continue
            if exact(item.quantity) != Decimal(item.quantity):
                self.unmapped["digits behind the third place of a stock item"] += 1
            before: Stage | None = None
            for stage in self.stages.of(item, rows[pk]):
                steps.append((stage.at, 0, stage.order, before, stage, pk))
                before = stage
            if before is not None and before.where is not None:
                final[self.skus[item.part]][before.where] += before.quantity
        for pk, take in self.export.stock_takes.items():
            at = datetime.combine(take.date, DAY_END, UTC)
            steps.append((at, 1, pk, None, None, pk))
        for at, _, _, was, now, pk in sorted(steps, key=lambda step: step[:3]):
            if now is None:
                self._count(pk, at)
            else:
                self._follow(was, now, pk)
        self.book.end(final, max([self.latest, *(step[0] for step in steps)]))
        told = {f"tracking that moves nothing: {kind}": n for kind, n in self.stages.told.items()}
        return History(self._command(), self.book.counted, self.unmapped + Counter(told))

    def _follow(self, before: Stage | None, stage: Stage, pk: int) -> None:
        item = self.export.items[pk]
        lot, serial = ((text or "").strip() or None for text in (item.batch, item.serial))
        thing = Thing(self.skus[item.part], self._cost(item.part, item), lot, serial)
        self.book.follow(thing, before, stage)

    def _count(self, pk: int, at: datetime) -> None:
        take = self.export.stock_takes[pk]
        if self.export.parts[take.part].is_template:
            self.unmapped["stock-take of a template: it counts other parts as well"] += 1
            return
        found, day = exact(take.quantity), take.date.isoformat()
        if not self.book.count(self.skus[take.part], day, at, found, take.item_count):
            self.unmapped["stock-take of a part without stock then"] += 1

    def _command(self) -> ImportHistory:
        export = self.export
        roots = {_at(export, pk).warehouse for pk in export.locations} | {UNLOCATED.warehouse}
        names = {normal(place.name): place.name for place in export.locations.values()}
        return ImportHistory(
            name=export.name,
            sha256=export.sha256,
            warehouses=tuple(
                OpenWarehouse(code=code, name=names.get(code, code)) for code in sorted(roots)
            ),
            places=tuple(self._place(pk) for pk, p in export.locations.items() if p.parent),
            products=tuple(self._product(pk) for pk in export.parts),
            movements=tuple(self.book.movements),
        )

    def _place(self, pk: int) -> OpeningPlace:
        at = _at(self.export, pk)
        parents = {place.parent for place in self.export.locations.values()}
        name = self.export.locations[pk].name
        kind: Literal["area", "shelf"] = "area" if pk in parents else "shelf"
        return OpeningPlace(warehouse=at.warehouse, code=at.location, name=name, kind=kind)

    def _product(self, pk: int) -> CreateProduct:
        part = self.export.parts[pk]
        category = self.export.categories.get(part.category or 0)
        kind: Classification = "bulk_material" if part.units else "consumable"
        if part.virtual or part.trackable:
            kind = "digital" if part.virtual else "asset"
        threshold = exact(part.minimum_stock)
        return CreateProduct(
            sku=self.skus[pk],
            name=part.name,
            category=category.pathstring if category else "",
            classification=kind,
            unit=part.units or "each",
            threshold=threshold or None,
            unit_cost=self._cost(pk),
        )

    def _cost(self, part: int, item: StockItem | None = None) -> UnitCost:
        """The item's own price, else its part's, in the currency of the pricing."""
        price = self.costs.get(part)
        known = [price.purchase_cost_min, price.overall_min] if price else []
        if item and (price is None or item.purchase_price_currency == price.currency):
            known.insert(0, item.purchase_price)
        found = next((each for each in known if each is not None), "0")
        return UnitCost(Decimal(found).quantize(Decimal("0.0001"), ROUND_HALF_UP))


def _skus(export: Export) -> dict[int, str]:
    """A SKU for each part: its IPN where no other part has the same."""
    given = {pk: normal(part.IPN or "") for pk, part in export.parts.items()}
    times = Counter(given.values())
    return {pk: ipn if ipn and times[ipn] == 1 else f"PART-{pk}" for pk, ipn in given.items()}


def _at(export: Export, pk: int) -> At:
    """The location by its path, whose first name is the warehouse's."""
    names = export.path(pk)
    return At(normal(names[0]), normal("/".join(names[1:])))
