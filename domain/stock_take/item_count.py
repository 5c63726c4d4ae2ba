"""ItemCount: the counting of one item in one session; the stream is the lock (domain.md 1.4, 1.5).

Invariants: one current value per line (shelf, lot, expiry, bucket); a line belongs to one counter;
at most one lock, live iff now < expires_at, its activation is the session's and its holder is still
a counter.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

import msgspec

from domain.base import NOBODY, Aggregate, Context
from domain.books import Book
from domain.ids import normal, place_id
from domain.stock.product import Product
from domain.stock_take import item_commands as c
from domain.stock_take import item_events as e
from domain.stock_take.counted_shelf import CountedShelf
from domain.stock_take.session import StockTakeSession

MOST_LINES = 500
LineKey = tuple[str, str | None, object, str]


class Lock(msgspec.Struct, frozen=True):
    """Who keeps the item to himself, and until when."""

    holder: UUID
    expires_at: datetime
    activation: int


def key(line: e.CountRecorded | c.RecordCount) -> LineKey:
    """What makes two counts the same line (1.5)."""
    return normal(line.shelf), line.lot and line.lot.strip(), line.expiry, line.bucket


class ItemCount(Aggregate):
    """The count of one item."""

    name = "item_count"
    events = e.ItemCountEvent

    def __init__(self) -> None:
        self.session = self.item = self.warehouse = NOBODY
        self.blind = True
        self.found = False
        self.shelves: tuple[e.ExpectedShelf, ...] = ()
        self.lock: Lock | None = None
        self.lost_locks: dict[UUID, int] = {}
        self.lines: dict[int, e.CountRecorded] = {}
        self.changed: dict[int, int] = {}
        self.changes = self.lines_made = 0
        self.posted: e.ItemPosted | None = None

    def expect(
        self,
        session: StockTakeSession,
        item: UUID,
        shelves: tuple[e.ExpectedShelf, ...],
        context: Context,
    ) -> None:
        """Puts the item into the session's frozen scope."""
        keys = _keys(session, item)
        self.record(e.ItemExpected(**keys, blind=session.blind, shelves=shelves), context)

    def open(self, event: e.ItemExpected | e.ItemFound) -> None:
        """Applies what names the item."""
        self.session, self.item, self.warehouse = event.session, event.item, event.warehouse
        self.blind = event.blind

    def acquire(
        self, command: c.LockItem, session: StockTakeSession, product: Product, context: Context
    ) -> None:
        """Locks the item for the actor, or renews his lock."""
        session.may_count(context.actor, None if command.shelf is None else normal(command.shelf))
        self._must_be_free(session, context)
        self._find(session, product, context)
        mine: dict[str, Any] = {"holder": context.actor, "activation": session.activation}
        expires_at = context.now + timedelta(seconds=context.settings.lock_seconds)
        if self._held(session, context):
            renewed = e.LockRenewed(**self._names(), **mine, expires_at=expires_at)
            self.record(renewed, context)
            return
        previous = None if self.lock is None else self.lock.holder
        acquired = e.LockAcquired(**self._names(), **mine, expires_at=expires_at, previous=previous)
        self.record(acquired, context)

    def set_lock(self, holder: UUID, expires_at: datetime, activation: int) -> None:
        """Applies LockAcquired and LockRenewed."""
        self.lock = Lock(holder, expires_at, activation)
        self.lost_locks[holder] = self.changes

    def release(self, session: StockTakeSession, context: Context) -> None:
        """Gives the actor's own lock back; without one there is nothing to do."""
        session.must_admit(context.actor)
        if self.lock is not None and self.lock.holder == context.actor:
            self.record(e.LockReleased(**self._names(), holder=context.actor), context)

    def break_lock(self, command: c.BreakLock, session: StockTakeSession, context: Context) -> None:
        """Ends a live lock of anybody."""
        if self.lock is None or not self._live(session, context.now):
            raise c.NotLocked
        broken = e.LockBroken(**self._names(), holder=self.lock.holder, reason=command.reason)
        self.record(broken, context)

    def count(  # noqa: PLR0913 - all that a count depends on
        self,
        command: c.RecordCount,
        session: StockTakeSession,
        shelf: CountedShelf,
        product: Product,
        book: Book,
        context: Context,
    ) -> None:
        """Records what the actor found: a new line, or a new value of his own."""
        session.may_count(context.actor, normal(command.shelf))
        if normal(command.shelf) not in session.shelves:
            shelf.must_be_open_to(context.actor)
        self._must_be_free(session, context)
        quantity = command.total(product)
        number = self._line_of(command, context)
        self._find(session, product, context)
        if old := self.lines.get(number):
            facts: dict[str, Any] = {"quantity": old.quantity, "counted_at": old.counted_at}
            superseded = e.CountSuperseded(
                **self._names(), number=number, counter=context.actor, **facts
            )
            self.record(superseded, context)
        recorded = e.CountRecorded(
            **self._names(),
            number=number,
            counter=context.actor,
            shelf=normal(command.shelf),
            place=place_id(self.warehouse, command.shelf),
            lot=command.lot and command.lot.strip(),
            expiry=command.expiry,
            bucket=command.bucket,
            quantity=quantity,
            entries=command.parts(),
            counted_at=context.now,
            captured=book.quantity,
            captured_position=book.position,
            note=command.note,
        )
        self.record(recorded, context)

    def set_line(self, event: e.CountRecorded) -> None:
        """Applies CountRecorded."""
        self.lines[event.number] = event
        self.lines_made = max(self.lines_made, event.number)
        self._changed(event.number)
        self.lost_locks.pop(event.counter, None)
        if self.lock is not None and self.lock.holder == event.counter:
            self.lock = None

    def drop_line(self, number: int) -> None:
        """Applies CountWithdrawn."""
        del self.lines[number]
        self._changed(number)

    def withdraw(
        self, _: c.WithdrawCount, session: StockTakeSession, number: int, context: Context
    ) -> None:
        """Takes back a line of the actor's own."""
        session.may_count(context.actor, None)
        line = self.lines.get(number)
        if line is None:
            raise c.NoSuchCount
        if line.counter != context.actor:
            raise c.CountOfAnother
        self._must_be_free(session, context)
        self.record(e.CountWithdrawn(**self._names(), number=number, counter=line.counter), context)

    def post(self, posted: e.ItemPosted, context: Context) -> None:
        """Closes the count with what was posted; a second time is refused."""
        if self.posted is not None:
            raise c.AlreadyPosted
        self.record(posted, context)

    def view(self, context: Context) -> c.ItemCountView:
        return c.ItemCountView.of(self, context)

    def _changed(self, number: int) -> None:
        self.changes += 1
        self.changed[number] = self.changes

    def _names(self) -> dict[str, Any]:
        return {"session": self.session, "item": self.item, "warehouse": self.warehouse}

    def _find(self, session: StockTakeSession, product: Product, context: Context) -> None:
        if self.version:
            return
        if product.unlimited:
            raise c.NotCountable(pointer="/item")
        self.record(e.ItemFound(**_keys(session, product.id), blind=session.blind), context)

    def _live(self, session: StockTakeSession, now: datetime) -> bool:
        lock = self.lock
        return (
            lock is not None
            and now < lock.expires_at
            and session.status == "ACTIVE"
            and lock.activation == session.activation
            and session.counts(lock.holder)
        )

    def _held(self, session: StockTakeSession, context: Context) -> bool:
        mine = self.lock is not None and self.lock.holder == context.actor
        return mine and self._live(session, context.now)

    def _must_be_free(self, session: StockTakeSession, context: Context) -> None:
        if self._live(session, context.now) and not self._held(session, context):
            assert self.lock is not None  # noqa: S101 - a live lock is one
            rest = (self.lock.expires_at - context.now).total_seconds()
            raise c.Locked(by=self.lock.holder, retry_after=ceil(rest))

    def _line_of(self, command: c.RecordCount, context: Context) -> int:
        """The number of the line that the count sets; another counter's line is refused."""
        for number, line in self.lines.items():
            if key(line) != key(command):
                continue
            if line.counter == context.actor:
                return number
            since = self.lost_locks.get(context.actor)
            if since is not None and self.changed[number] > since:
                raise c.LockLost(by=line.counter)
            raise c.AlreadyCounted(by=line.counter)
        if len(self.lines) >= MOST_LINES:
            raise c.TooManyLines
        return self.lines_made + 1


def _keys(session: StockTakeSession, item: UUID) -> dict[str, Any]:
    return {"session": session.id, "item": item, "warehouse": session.warehouse}
