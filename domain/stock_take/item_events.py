"""What happens to the count of one item in one session: its events (domain.md 1.4-1.6)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from domain.base import Event
from domain.stock.movement import Bucket

if TYPE_CHECKING:
    from domain.stock_take.item_count import ItemCount


class ExpectedShelf(msgspec.Struct, frozen=True):
    """A place where the books have stock of the item when the session starts."""

    place: UUID
    shelf: str
    book: Decimal


class Entry(msgspec.Struct, frozen=True):
    """One part of a count in the unit that it was counted in."""

    quantity: Decimal
    unit: str | None = None


class Posting(msgspec.Struct, frozen=True):
    """What was posted to one PoolStock."""

    pool: UUID
    place: UUID
    bucket: Bucket
    delta: Decimal


class ItemCountEvent(Event):
    """Anything that happens to an ItemCount; each names its session and item."""

    session: UUID
    item: UUID
    warehouse: UUID


class ItemExpected(ItemCountEvent, tag="item_count.expected", kw_only=True):
    """The item is in the session's frozen scope."""

    blind: bool
    shelves: tuple[ExpectedShelf, ...]

    def apply(self, count: ItemCount, /) -> None:
        """Opens the count."""
        count.open(self)
        count.shelves = self.shelves


class ItemFound(ItemCountEvent, tag="item_count.found", kw_only=True):
    """The item is not in the scope, but it was there."""

    blind: bool

    def apply(self, count: ItemCount, /) -> None:
        """Opens the count."""
        count.open(self)
        count.found = True


class LockAcquired(ItemCountEvent, tag="item_count.lock_acquired", kw_only=True):
    """A counter keeps the item to himself; `previous` held a lock that is no longer live."""

    holder: UUID
    expires_at: datetime
    activation: int
    previous: UUID | None

    def apply(self, count: ItemCount, /) -> None:
        """Sets the lock."""
        count.set_lock(self.holder, self.expires_at, self.activation)


class LockRenewed(ItemCountEvent, tag="item_count.lock_renewed", kw_only=True):
    """The holder needs longer."""

    holder: UUID
    expires_at: datetime
    activation: int

    def apply(self, count: ItemCount, /) -> None:
        """Moves the end."""
        count.set_lock(self.holder, self.expires_at, self.activation)


class LockReleased(ItemCountEvent, tag="item_count.lock_released", kw_only=True):
    """The holder gave the item free."""

    holder: UUID

    def apply(self, count: ItemCount, /) -> None:
        """Ends the lock and forgets that he had it."""
        count.lock = None
        count.lost_locks.pop(self.holder, None)


class LockBroken(ItemCountEvent, tag="item_count.lock_broken", kw_only=True):
    """Somebody entitled ended another's lock."""

    holder: UUID
    reason: str

    def apply(self, count: ItemCount, /) -> None:
        """Ends the lock; what its holder may still do is remembered."""
        count.lock = None


class CountRecorded(ItemCountEvent, tag="item_count.recorded", kw_only=True):
    """What a counter found on one shelf (and lot): the current value of count line `number`.

    `captured` is the book of the bucket at `counted_at` as known at `captured_position`; it never
    changes.
    """

    number: int
    counter: UUID
    shelf: str
    place: UUID
    lot: str | None
    expiry: date | None
    bucket: Bucket
    quantity: Decimal
    entries: tuple[Entry, ...]
    counted_at: datetime
    captured: Decimal
    captured_position: int
    note: str

    def apply(self, count: ItemCount, /) -> None:
        """Sets the line and ends the counter's own lock."""
        count.set_line(self)


class CountSuperseded(ItemCountEvent, tag="item_count.superseded", kw_only=True):
    """A line's value was replaced by its own counter; the new one follows."""

    number: int
    counter: UUID
    quantity: Decimal
    counted_at: datetime

    def apply(self, count: ItemCount, /) -> None:
        """Nothing: the new value follows in the same append."""


class CountWithdrawn(ItemCountEvent, tag="item_count.withdrawn", kw_only=True):
    """A line was taken back by its counter."""

    number: int
    counter: UUID

    def apply(self, count: ItemCount, /) -> None:
        """Removes the line."""
        count.drop_line(self.number)


class ItemPosted(ItemCountEvent, tag="item_count.posted", kw_only=True):
    """The variance was posted: counted C*, book B(t*) and variance V as known at `position`."""

    counted: Decimal
    book: Decimal
    variance: Decimal
    quarantine_variance: Decimal
    as_of: datetime
    position: int
    unit_cost: Decimal | None
    value: Decimal | None
    partial: bool
    postings: tuple[Posting, ...]

    def apply(self, count: ItemCount, /) -> None:
        """Closes the count."""
        count.posted = self
