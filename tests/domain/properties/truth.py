"""What is really there, whatever the books say: the physical truth of a stock-take's test."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

Spot = tuple[UUID, str]
"""An item on a shelf."""


class Change(NamedTuple):
    """Something came or went, and when."""

    spot: Spot
    delta: int
    at: datetime


class Written(NamedTuple):
    """What a counter wrote down, and by how much it is not what was there."""

    counter: UUID
    quantity: int
    error: int
    at: datetime


class Lock(NamedTuple):
    """Whose the item is, and until when, if no pause comes between."""

    holder: UUID
    until: datetime
    activation: int


class Truth:
    """Quantities, what the books were not told, and what counters wrote."""

    def __init__(self) -> None:
        self.there: Counter[Spot] = Counter()
        self.untold: list[Change] = []
        self.lines: dict[Spot, Written] = {}
        self.locks: dict[UUID, Lock] = {}
        self.active, self.activation = True, 1
        self.counters: set[UUID] = set()

    def move(self, change: Change, *, told: bool) -> None:
        """Something comes or goes."""
        self.there[change.spot] += change.delta
        if not told:
            self.untold.append(change)

    def locked_for(self, who: UUID, item: UUID, now: datetime) -> bool:
        """Whether somebody else keeps the item."""
        lock = self.locks.get(item)
        live = lock is not None and now < lock.until and lock.activation == self.activation
        return lock is not None and live and lock.holder in self.counters - {who}

    def write(self, who: UUID, spot: Spot, error: int, now: datetime) -> None:
        """A counter's line; it ends his own lock."""
        self.lines[spot] = Written(who, self.there[spot] + error, error, now)
        if spot[0] in self.locks and self.locks[spot[0]].holder == who:
            del self.locks[spot[0]]

    def difference(self, spot: Spot) -> int:
        """What has to be posted: the counter's error, and what went untold before he counted."""
        line = self.lines[spot]
        return line.error + sum(c.delta for c in self.untold if c.spot == spot and c.at <= line.at)

    def book(self, spot: Spot) -> int:
        """What the books have to say now."""
        return self.there[spot] - sum(c.delta for c in self.untold if c.spot == spot)

    def after(self, spot: Spot) -> int:
        """What the books have to say once the count is posted."""
        return self.book(spot) + self.difference(spot)
