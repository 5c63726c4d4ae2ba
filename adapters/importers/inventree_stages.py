"""What a stock item of InvenTree was from moment to moment, by its tracking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, NamedTuple

from adapters.importers.inventree_file import StockItem, Tracking
from domain.quantity import ZERO, Quantity
from domain.stock.history import At
from domain.stock.movement import Condition

UNLOCATED = At("UNLOCATED")
"""Where stock lies that is in no location."""
MOVED, INSTALLED, SPLIT, SENT = 20, 30, 40, 100
OK = 10
KINDS = {
    1: "created", 5: "edited", 6: "serial assigned", 10: "counted", 11: "added", 12: "removed",
    MOVED: "moved", INSTALLED: "installed in another", 31: "taken out of another",
    35: "another installed in it", 36: "another taken out of it", SPLIT: "split from another",
    42: "another split off", 50: "built", 55: "status changed", 56: "build output rejected",
    57: "used in a build", 70: "received on an order", 80: "returned by a customer",
    SENT: "sent to a customer",
}  # fmt: skip
"""What InvenTree's types of tracking say."""
LONGEST_TEXT = 200
CONDITIONS: dict[int, Condition] = {
    10: "good",
    50: "fair",
    55: "damaged",
    60: "out_of_service",
    65: "out_of_service",
    70: "out_of_service",
    75: "poor",
    85: "fair",
}
"""Of ok, attention, damaged, destroyed, rejected, lost, quarantined and returned."""
UNTRACKED = "as the file has it"
GONE = frozenset({INSTALLED, SENT})
MENTIONED = {"customer_name": "", "stockitem": "stock item ", "buildorder": "build order "}
MENTIONED |= {"purchaseorder": "purchase order ", "returnorder": "return order "}


class Stage(NamedTuple):
    """From a moment on; without a place it is not in stock. `order` decides among equal moments."""

    at: datetime
    order: int
    where: At | None
    quantity: Quantity
    kind: int | None
    text: str
    condition: Condition


class Stages:
    """The stages of the export's stock items, and a count of what its records became."""

    def __init__(self, places: Mapping[int, At], latest: datetime) -> None:
        """`latest` is the moment that the export is of."""
        self._places, self._latest = places, latest
        self.told: Counter[str] = Counter()
        """Tracking that only says something, which changes neither quantity nor place."""

    def of(self, item: StockItem, rows: Sequence[tuple[int, Tracking]]) -> Iterator[Stage]:
        """The item's stages in order; the last one is as the file has it."""
        rows = _own(rows)
        where, quantity = self._first(item, rows)
        condition = _condition(_first_state(item, rows))
        stage = None
        for order, row in rows:
            if stage is None and row.delta("removed") is not None:
                stage = Stage(row.date, order, where, quantity, None, UNTRACKED, condition)
                yield stage
            now = self._changed(item, row, where, quantity)
            if item.serial and row.delta("status"):
                condition = _condition(row.delta("status"))
            same = stage is not None and now == (where, quantity)
            if same and stage is not None and condition == stage.condition:
                self.told[_kind(row.tracking_type)] += 1
                continue
            where, quantity = now
            kind, text = row.tracking_type, _text(row)
            stage = Stage(row.date, order, where, quantity, kind, text, condition)
            yield stage
        last = self._last(item)
        if stage is None or stage[2:4] != last[2:4] or stage.condition != last.condition:
            at = max(last.at, stage.at) if stage else last.at
            if stage is None and last.where is None:
                yield last._replace(at=at, where=UNLOCATED)
            yield last._replace(at=at)

    def _first(
        self, item: StockItem, rows: Sequence[tuple[int, Tracking]]
    ) -> tuple[At | None, Quantity]:
        """Where and how much it was when its tracking begins: the first record that says so.

        A move says nothing of where it came from.
        """
        located = ((n, row) for n, (_, row) in enumerate(rows) if row.delta("location"))
        number, first = next(located, (0, None))
        moved = first is not None and first.tracking_type == MOVED and number > 0
        location = first.delta("location") if first else item.location
        where = UNLOCATED if moved or location is None else self._places[location]
        if item.serial:
            return where, Quantity("1.000")
        said = ((row.delta("quantity"), row.delta("removed")) for _, row in rows)
        for left, removed in said:
            if left is not None:
                return where, Quantity(exact(left) + exact(removed or 0))
        return where, exact(item.quantity)

    def _changed(
        self, item: StockItem, row: Tracking, where: At | None, quantity: Quantity
    ) -> tuple[At | None, Quantity]:
        if row.tracking_type in GONE:
            return None, quantity
        if (location := row.delta("location")) is not None:
            where = self._places[location]
        left = row.delta("quantity")
        return where, quantity if left is None or item.serial else exact(left)

    def _last(self, item: StockItem) -> Stage:
        where, text = UNLOCATED, UNTRACKED
        if item.location is not None:
            where = self._places[item.location]
        gone = item.customer is not None or item.belongs_to is not None
        if gone:
            text += ", with a customer" if item.customer is not None else ", installed in another"
        at = item.updated or self._latest
        condition = _condition(item.status if item.serial else OK)
        return Stage(at, 0, None if gone else where, exact(item.quantity), None, text, condition)


def exact(amount: Any) -> Quantity:
    """The amount with three places, rounded half to even where it has more (domain.md 3.2)."""
    return Quantity(Decimal(str(amount)).quantize(ZERO, ROUND_HALF_EVEN))


def _own(rows: Sequence[tuple[int, Tracking]]) -> Sequence[tuple[int, Tracking]]:
    """What is behind the item's splitting from another: the rest is a copy of the other's."""
    for number, (_, row) in enumerate(rows):
        if row.tracking_type == SPLIT:
            return rows[number:]
    return rows


def _first_state(item: StockItem, rows: Sequence[tuple[int, Tracking]]) -> int:
    """The item's state when its tracking begins; only a unit with a serial number has one."""
    if not item.serial:
        return OK
    said = (row.delta("status") for _, row in rows)
    return next((state for state in said if state), item.status)


def _condition(state: int) -> Condition:
    return CONDITIONS.get(state, "fair")


def _text(row: Tracking) -> str:
    facts = (f"{name}{row.delta(key)}" for key, name in MENTIONED.items() if row.delta(key))
    text = ", ".join(filter(None, (_kind(row.tracking_type), *facts, (row.notes or "").strip())))
    return text[:LONGEST_TEXT]


def _kind(number: int) -> str:
    return KINDS.get(number, f"tracking of type {number}")
