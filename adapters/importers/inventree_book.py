"""The stock that InvenTree's history leads to, kept so that no movement takes what is not there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from adapters.importers.inventree_stages import SPLIT, Stage
from domain.quantity import ZERO, Quantity, UnitCost
from domain.stock.history import At, DatedMovement, Kind

UNTOLD = "not in the file's history"
AT_LAST = "the file's own figure at its date"
RETURNED = 80
CONSUMING = frozenset({30, 57, 100})


class Book:
    """Movements in the order of time, and the balance of each product at each place."""

    def __init__(self) -> None:
        self.movements: list[DatedMovement] = []
        self.counted: Counter[str] = Counter()
        """How many movements there are of each sort."""
        self._stock: dict[str, dict[At, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))

    def follow(
        self, sku: str, before: Stage | None, now: Stage, cost: UnitCost, lot: str | None
    ) -> None:
        """What it takes from one stage of a stock item to the next."""
        if before is None or before.where is None:
            if now.where is not None:
                self._appears(sku, before, now, cost, lot)
            return
        if now.where is None:
            self._take("consume", sku, before.where, before.quantity, now)
            return
        if now.where != before.where:
            self._transfer(sku, before, now)
        if now.quantity < before.quantity:
            kind: Kind = "consume" if now.kind in CONSUMING else "adjust"
            self._take(kind, sku, now.where, Quantity(before.quantity - now.quantity), now)
        elif now.quantity > before.quantity:
            self._adjust(sku, now.where, Quantity(now.quantity - before.quantity), now.at, now.text)

    def count(self, sku: str, day: str, at: datetime, found: Quantity, items: int) -> bool:
        """A stock-take of a part; whether there was a place to set."""
        places = self._largest_first(sku)
        if not places:
            return False
        total = sum((quantity for _, quantity in places), ZERO)
        rest = found - total
        said = f"stock-take {day}: {found} in {items} stock items, {total} in the books"
        for number, (where, quantity) in enumerate(places):
            left = max(ZERO, quantity + rest)
            rest -= left - quantity
            if number == 0 or left != quantity:
                self._move("set", sku, where, Quantity(left), at, said)
                self._stock[sku][where] = left
        self.counted["stock-take that differs" if found != total else "stock-take as booked"] += 1
        return True

    def end(self, final: Mapping[str, Mapping[At, Decimal]], at: datetime) -> None:
        """Leads to the file's own figures."""
        for sku in sorted(self._stock):
            for where, quantity in sorted(self._stock[sku].items()):
                missing = final.get(sku, {}).get(where, ZERO) - quantity
                if missing:
                    self._adjust(sku, where, Quantity(missing), at, AT_LAST)
                    self.counted["adjustment to the file's figure"] += 1

    def _appears(
        self, sku: str, before: Stage | None, now: Stage, cost: UnitCost, lot: str | None
    ) -> None:
        assert now.where  # noqa: S101 - follow has seen to that
        if not now.quantity:
            return
        if before is not None or now.kind in (SPLIT, RETURNED):
            self._adjust(sku, now.where, now.quantity, now.at, now.text)
            self.counted["return or split: adjustment"] += 1
            return
        self._stock[sku][now.where] += now.quantity
        received = DatedMovement(
            at=now.at,
            kind="receive",
            sku=sku,
            where=now.where,
            quantity=now.quantity,
            reason=now.text,
            unit_cost=cost,
            lot=lot,
        )
        self.movements.append(received)
        self.counted["stock item: receipt"] += 1

    def _take(self, kind: Kind, sku: str, where: At, quantity: Quantity, now: Stage) -> None:
        self._cover(sku, where, quantity, now.at)
        self.counted[f"{kind} by tracking"] += 1
        if kind == "consume":
            self._move("consume", sku, where, quantity, now.at, now.text)
            self._stock[sku][where] -= quantity
        else:
            self._adjust(sku, where, Quantity(-quantity), now.at, now.text)

    def _transfer(self, sku: str, before: Stage, now: Stage) -> None:
        assert before.where  # noqa: S101 - follow has seen to that
        assert now.where  # noqa: S101 - same
        self._cover(sku, before.where, before.quantity, now.at)
        moved = DatedMovement(
            at=now.at,
            kind="transfer",
            sku=sku,
            where=before.where,
            quantity=before.quantity,
            reason=now.text,
            to=now.where,
        )
        self.movements.append(moved)
        self.counted["transfer by tracking"] += 1
        self._stock[sku][before.where] -= before.quantity
        self._stock[sku][now.where] += before.quantity

    def _cover(self, sku: str, where: At, needed: Decimal, at: datetime) -> None:
        """Adds what a stock-take has left too little of for what the tracking says next."""
        if (missing := needed - self._stock[sku][where]) > ZERO:
            self._adjust(sku, where, Quantity(missing), at, UNTOLD)
            self.counted["adjustment that the history lacks"] += 1

    def _adjust(self, sku: str, where: At, delta: Quantity, at: datetime, reason: str) -> None:
        self._move("adjust", sku, where, delta, at, reason)
        self._stock[sku][where] += delta

    def _move(  # noqa: PLR0913 - a movement's fields
        self, kind: Kind, sku: str, where: At, quantity: Quantity, at: datetime, reason: str
    ) -> None:
        movement = DatedMovement(
            at=at, kind=kind, sku=sku, where=where, quantity=quantity, reason=reason
        )
        self.movements.append(movement)

    def _largest_first(self, sku: str) -> list[tuple[At, Decimal]]:
        stock = ((where, quantity) for where, quantity in self._stock[sku].items() if quantity)
        return sorted(stock, key=lambda each: (-each[1], each[0]))
