"""What may be asked of an ItemCount, and every reason why it says no (domain.md 1.4, 1.5)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import msgspec
from msgspec import Meta

from domain.base import Command, Conflicting, Context, Forbidden, InvalidValue, NotFound, View
from domain.ids import Code, LocalId, Name, Note, ProductId, SessionId
from domain.permissions import Permission
from domain.quantity import LARGEST, ZERO, Quantity
from domain.stock.movement import Bucket
from domain.stock.product import Product, Unit
from domain.stock_take.item_events import CountRecorded, Entry

if TYPE_CHECKING:
    from domain.stock_take.item_count import ItemCount

Shelf = Annotated[str, Meta(max_length=60)]


class LockItem(Command):
    """Keeps an item to the caller for a while, or longer."""

    permission = Permission.STOCK_TAKE_COUNT
    session: SessionId
    item: ProductId
    shelf: Shelf | None = None


class ReleaseLock(Command):
    """Gives the caller's lock back."""

    permission = Permission.STOCK_TAKE_COUNT


class BreakLock(Command):
    """Ends somebody's lock."""

    permission = Permission.STOCK_TAKE_MANAGE
    reason: Name


class CountPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a count in one unit, the base unit or a pack."""

    quantity: Quantity
    unit: Unit | None = None


class RecordCount(Command):
    """Says how much is on a shelf, in base units or in parts of several units; zero is a count."""

    permission = Permission.STOCK_TAKE_COUNT
    session: SessionId
    item: ProductId
    shelf: Shelf = ""
    quantity: Quantity | None = None
    entries: Annotated[tuple[CountPart, ...], Meta(max_length=20)] = ()
    lot: Code | None = None
    expiry: date | None = None
    bucket: Bucket = "usable"
    note: Note = ""

    def parts(self) -> tuple[Entry, ...]:
        """What was counted, in the units that it was counted in."""
        if self.quantity is not None:
            return (Entry(self.quantity),)
        return tuple(Entry(part.quantity, part.unit) for part in self.entries)

    def total(self, product: Product) -> Decimal:
        """The sum in base units; exact, never negative."""
        if (self.quantity is None) == (not self.entries):
            raise QuantityOrEntries(pointer="/quantity")
        if self.lot is not None and not self.lot.strip():
            raise BlankLot(pointer="/lot")
        parts = self.parts()
        if any(part.quantity < ZERO for part in parts):
            raise NegativeCount(pointer="/quantity")
        total = sum((product.in_base_units(p.quantity, p.unit) for p in parts), ZERO)
        if total >= LARGEST:
            raise CountTooLarge(pointer="/quantity")
        if not product.accepts(total):
            raise CountNotWhole(pointer="/quantity")
        return total.quantize(ZERO)


class WithdrawCount(Command):
    """Takes back a count of the caller's own."""

    permission = Permission.STOCK_TAKE_COUNT


class Locked(Conflicting, code="LOCKED"):
    """Being counted by {by}."""


class LockLost(Conflicting, code="LOCK_LOST"):
    """Your lock had ended, and {by} counted this meanwhile."""


class AlreadyCounted(Conflicting, code="ALREADY_COUNTED"):
    """{by} has counted this already."""


class NotLocked(Conflicting, code="NOT_LOCKED"):
    """Nobody holds a live lock on this item."""


class AlreadyPosted(Conflicting, code="ALREADY_POSTED"):
    """This item's variance is posted."""


class TooManyLines(Conflicting, code="TOO_MANY_LINES"):
    """An item has at most 500 count lines in a session."""


class NoSuchCount(NotFound, code="COUNT_NOT_FOUND"):
    """There is no such count."""


class CountOfAnother(Forbidden, code="COUNT_OF_ANOTHER"):
    """Only its own counter takes a count back."""


class QuantityOrEntries(InvalidValue, code="QUANTITY_OR_ENTRIES"):
    """Give either a quantity or entries; blank is not zero."""


class BlankLot(InvalidValue, code="BLANK_LOT"):
    """A lot has a number or is left out."""


class NegativeCount(InvalidValue, code="NEGATIVE_COUNT"):
    """Nobody counts less than zero."""


class CountTooLarge(InvalidValue, code="COUNT_TOO_LARGE"):
    """The count has more than 12 digits before the point."""


class CountNotWhole(InvalidValue, code="FRACTION_REFUSED"):
    """This product is counted in whole units."""


class NotCountable(InvalidValue, code="NOT_COUNTABLE"):
    """There is no stock of this product to count."""


class LockView(View):
    """A lock, live or run out."""

    holder: UUID
    expires_at: datetime


class CountLineView(View):
    """A count line; `captured` is the book figure, null while counting is blind."""

    id: str
    counter: UUID
    shelf: str
    lot: str | None
    expiry: date | None
    bucket: Bucket
    quantity: Decimal
    counted_at: datetime
    captured: Decimal | None
    note: str


class ItemCountView(View):
    """The count of an item: to a counter in a blind session only his own lines."""

    id: UUID
    session: UUID
    item: UUID
    found: bool
    lock: LockView | None
    lines: tuple[CountLineView, ...]

    @classmethod
    def of(cls, count: ItemCount, context: Context) -> Self:
        """What the actor may see of it."""
        open_book = not count.blind or context.may(Permission.STOCK_TAKE_REVIEW)
        seen = [n for n in count.lines.values() if open_book or n.counter == context.actor]
        lock = count.lock
        return cls(
            id=count.id,
            session=count.session,
            item=count.item,
            found=count.found,
            lock=None if lock is None else LockView(holder=lock.holder, expires_at=lock.expires_at),
            lines=tuple(_line(count.id, line, open_book) for line in seen),
        )


def _line(count: UUID, line: CountRecorded, open_book: bool) -> CountLineView:  # noqa: FBT001
    return CountLineView(
        id=str(LocalId(count, line.number)),
        counter=line.counter,
        shelf=line.shelf,
        lot=line.lot,
        expiry=line.expiry,
        bucket=line.bucket,
        quantity=line.quantity,
        counted_at=line.counted_at,
        captured=line.captured if open_book else None,
        note=line.note,
    )
