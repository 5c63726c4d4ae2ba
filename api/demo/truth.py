"""What really lies on the shelves, which the system does not know until it is counted."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from random import Random
from typing import Any, Self
from uuid import UUID

import msgspec

ZERO = Decimal("0.000")
THOUSANDTH = Decimal("0.001")
LARGEST_ERROR = 5


class Entry(msgspec.Struct, eq=False):
    """A product on a shelf: what the books should say, and what is there.

    `still` is held while somebody counts or moves something there, so that each movement is
    before or after a count both on the shelf and in the books.
    """

    id: UUID
    product: UUID
    sku: str
    shelf: str
    book: Decimal
    there: Decimal
    fractions: bool
    cost: str
    still: asyncio.Lock = msgspec.field(default_factory=asyncio.Lock)

    @classmethod
    def of(cls, row: Mapping[str, Any], product: Mapping[str, Any]) -> Self:
        """An entry that is as the books say; both rows are the API's."""
        on_hand = Decimal(row["on_hand"])
        return cls(
            id=UUID(row["id"]),
            product=UUID(row["product"]),
            sku=row["sku"],
            shelf=row["location"],
            book=on_hand,
            there=on_hand,
            fractions=product["classification"] == "bulk_material",
            cost=product["unit_cost"],
        )

    @property
    def error(self) -> Decimal:
        """What a count finds beyond the books."""
        return self.there - self.book

    def move(self, quantity: Decimal) -> None:
        """Something came or went, and the books know it."""
        self.book += quantity
        self.there += quantity

    def some(self, random: Random, most: int) -> Decimal:
        """An amount of it, above zero."""
        whole = Decimal(random.randint(1, most))
        return whole + random.randint(-999, 0) * THOUSANDTH if self.fractions else whole


class Truth:
    """All entries of a warehouse; `counted` are those that a stock-take counts."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = list(entries)
        self.counted = [entry for entry in self.entries if entry.book > ZERO]

    def choose(self, items: int, random: Random) -> tuple[str, ...]:
        """Narrows the stock-take to shelves with at least that many items; none means all."""
        if not 0 < items < len({entry.product for entry in self.counted}):
            return ()
        by_shelf = defaultdict(list)
        for entry in self.counted:
            by_shelf[entry.shelf].append(entry)
        order = sorted(by_shelf)
        random.shuffle(order)
        chosen: dict[str, list[Entry]] = {}
        for shelf in order:
            if len({entry.product for found in chosen.values() for entry in found}) >= items:
                break
            chosen[shelf] = by_shelf[shelf]
        self.counted = [entry for found in chosen.values() for entry in found]
        return tuple(chosen)

    def plant(self, share: float, random: Random) -> int:
        """Puts things on some shelves, or takes some away, and tells nobody; how many shelves."""
        number = max(1, round(share * len(self.counted)))
        for entry in random.sample(self.counted, number):
            amount = entry.some(random, LARGEST_ERROR)
            entry.there += amount if random.getrandbits(1) else -min(amount, entry.there)
        return number

    def errors(self) -> dict[UUID, Decimal]:
        """What is wrong with the books of each entry."""
        return {entry.id: entry.error for entry in self.entries if entry.error}

    def variances(self) -> dict[UUID, Decimal]:
        """What is wrong with the books of each product in all."""
        sums: defaultdict[UUID, Decimal] = defaultdict(lambda: ZERO)
        for entry in self.entries:
            sums[entry.product] += entry.error
        return {product: error for product, error in sums.items() if error}
