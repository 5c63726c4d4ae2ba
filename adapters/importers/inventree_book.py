"""The stock that InvenTree's history leads to, kept so that no movement takes what is not there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from adapters.importers.inventree_stages import SPLIT, UNLOCATED, Stage
from domain.quantity import ZERO, Quantity, UnitCost
from domain.stock.history import FREE, NOTHING, At, DatedMovement, Kind
from domain.stock.movement import Condition

UNTOLD = "not in the file's history"
AT_LAST = "the file's own figure at its date"
RETURNED = 80
CONSUMING = frozenset({30, 57, 100})


class Thing(NamedTuple):
    """What a stock item is of; what it costs, its batch and its serial number."""

    sku: str
    cost: UnitCost = FREE
    lot: str | None = None
    serial: str | None = None


class Book:
    """Movements in the order of time, and the balance of each product at each place."""

    def __init__(self) -> None:
        self.movements: list[DatedMovement] = []
        self.counted: Counter[str] = Counter()
        """How many movements there are of each sort."""
        self._stock: dict[str, dict[At, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))

    def follow(self, thing: Thing, before: Stage | None, now: Stage) -> None:
        """What it takes from one stage of a stock item to the next."""
        self._moves(thing, before, now)
        if before is not None and before.condition != now.condition:
            where = now.where or before.where or UNLOCATED
            self._move("assess", thing, where, NOTHING, now.at, now.text, now.condition)
            self.counted["condition of a serial number"] += 1

    def _moves(self, thing: Thing, before: Stage | None, now: Stage) -> None:
        if before is None or before.where is None:
            if now.where is not None:
                self._appears(thing, before, now)
            return
        if now.where is None:
            self._take("consume", thing, before.where, before.quantity, now)
            return
        if now.where != before.where:
            self._transfer(thing, before, now)
        if now.quantity < before.quantity:
            kind: Kind = "consume" if now.kind in CONSUMING else "adjust"
            self._take(kind, thing, now.where, Quantity(before.quantity - now.quantity), now)
        elif now.quantity > before.quantity:
            more = Quantity(now.quantity - before.quantity)
            self._adjust(thing, now.where, more, now.at, now.text)

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
                self._move("set", Thing(sku), where, Quantity(left), at, said)
                self._stock[sku][where] = left
        self.counted["stock-take that differs" if found != total else "stock-take as booked"] += 1
        return True

    def end(self, final: Mapping[str, Mapping[At, Decimal]], at: datetime) -> None:
        """Leads to the file's own figures."""
        for sku in sorted(self._stock):
            for where, quantity in sorted(self._stock[sku].items()):
                missing = final.get(sku, {}).get(where, ZERO) - quantity
                if missing:
                    self._adjust(Thing(sku), where, Quantity(missing), at, AT_LAST)
                    self.counted["adjustment to the file's figure"] += 1

    def _appears(self, thing: Thing, before: Stage | None, now: Stage) -> None:
        assert now.where  # noqa: S101 - follow has seen to that
        if not now.quantity:
            return
        if before is not None or now.kind in (SPLIT, RETURNED):
            self._adjust(thing, now.where, now.quantity, now.at, now.text, now.condition)
            self.counted["return or split: adjustment"] += 1
            return
        self._stock[thing.sku][now.where] += now.quantity
        self._move("receive", thing, now.where, now.quantity, now.at, now.text, now.condition)
        self.counted["stock item: receipt"] += 1
        if thing.serial is not None:
            self.counted["serial number: unit of its own"] += 1

    def _take(self, kind: Kind, thing: Thing, where: At, quantity: Quantity, now: Stage) -> None:
        self._cover(thing.sku, where, quantity, now.at)
        self.counted[f"{kind} by tracking"] += 1
        if kind == "consume":
            self._move("consume", thing, where, quantity, now.at, now.text)
            self._stock[thing.sku][where] -= quantity
        else:
            self._adjust(thing, where, Quantity(-quantity), now.at, now.text)

    def _transfer(self, thing: Thing, before: Stage, now: Stage) -> None:
        assert before.where  # noqa: S101 - follow has seen to that
        assert now.where  # noqa: S101 - same
        self._cover(thing.sku, before.where, before.quantity, now.at)
        moved = thing, before.where, before.quantity, now.at, now.text
        self._move("transfer", *moved, to=now.where)
        self.counted["transfer by tracking"] += 1
        self._stock[thing.sku][before.where] -= before.quantity
        self._stock[thing.sku][now.where] += before.quantity

    def _cover(self, sku: str, where: At, needed: Decimal, at: datetime) -> None:
        """Adds what a stock-take has left too little of for what the tracking says next."""
        if (missing := needed - self._stock[sku][where]) > ZERO:
            self._adjust(Thing(sku), where, Quantity(missing), at, UNTOLD)
            self.counted["adjustment that the history lacks"] += 1

    def _adjust(  # noqa: PLR0913 - a movement's fields
        self,
        thing: Thing,
        where: At,
        delta: Quantity,
        at: datetime,
        reason: str,
        condition: Condition = "good",
    ) -> None:
        self._move("adjust", thing, where, delta, at, reason, condition)
        self._stock[thing.sku][where] += delta

    def _move(  # noqa: PLR0913 - a movement's fields
        self,
        kind: Kind,
        thing: Thing,
        where: At,
        quantity: Quantity,
        at: datetime,
        reason: str,
        condition: Condition = "good",
        to: At | None = None,
    ) -> None:
        receipt = kind == "receive"
        movement = DatedMovement(
            at=at,
            kind=kind,
            sku=thing.sku,
            where=where,
            quantity=quantity,
            reason=reason,
            unit_cost=thing.cost if receipt else FREE,
            lot=thing.lot if receipt else None,
            to=to,
            serial=thing.serial,
            condition=condition,
        )
        self.movements.append(movement)

    def _largest_first(self, sku: str) -> list[tuple[At, Decimal]]:
        stock = ((where, quantity) for where, quantity in self._stock[sku].items() if quantity)
        return sorted(stock, key=lambda each: (-each[1], each[0]))
