"""What each session counts: items with their locks and postings, and current count lines."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.stock_take import item_events as i
from projections.engine.projection import Of, Projection
from projections.kinds import FAMILIES, all_but


class SessionItem(Struct, frozen=True, kw_only=True):
    """One item of a session: what was expected, its lock, and what was posted."""

    id: UUID
    organization: UUID
    session: UUID
    item: UUID
    warehouse: UUID
    found: bool
    shelves: tuple[i.ExpectedShelf, ...] = ()
    lock_holder: UUID | None = None
    lock_expires_at: datetime | None = None
    lock_activation: int | None = None
    posted: i.ItemPosted | None = None
    posted_position: int | None = None


def _opened(_: SessionItem | None, recorded: Of[i.ItemExpected | i.ItemFound]) -> SessionItem:
    event = recorded.event
    return SessionItem(
        id=recorded.stream,
        organization=recorded.organization,
        session=event.session,
        item=event.item,
        warehouse=event.warehouse,
        found=isinstance(event, i.ItemFound),
        shelves=() if isinstance(event, i.ItemFound) else event.shelves,
    )


def _known(row: SessionItem | None) -> SessionItem:
    if row is None:
        raise LookupError("no such item count")
    return row


def _locked(row: SessionItem | None, recorded: Of[i.LockAcquired | i.LockRenewed]) -> SessionItem:
    event = recorded.event
    return replace(
        _known(row),
        lock_holder=event.holder,
        lock_expires_at=event.expires_at,
        lock_activation=event.activation,
    )


def _unlocked(row: SessionItem | None, _: Of[i.LockReleased | i.LockBroken]) -> SessionItem:
    return replace(_known(row), lock_holder=None, lock_expires_at=None, lock_activation=None)


def _counted(row: SessionItem | None, recorded: Of[i.CountRecorded]) -> SessionItem:
    """A count ends its counter's own lock."""
    known = _known(row)
    if known.lock_holder != recorded.event.counter:
        return known
    return replace(known, lock_holder=None, lock_expires_at=None, lock_activation=None)


def _posted(row: SessionItem | None, recorded: Of[i.ItemPosted]) -> SessionItem:
    return replace(_known(row), posted=recorded.event, posted_position=recorded.position)


SESSION_ITEMS = Projection(
    name="session_items",
    version=1,
    row=SessionItem,
    keys=("id",),
    key=lambda recorded: (recorded.stream,),
    handlers={
        i.ItemExpected: _opened,
        i.ItemFound: _opened,
        i.LockAcquired: _locked,
        i.LockRenewed: _locked,
        i.LockReleased: _unlocked,
        i.LockBroken: _unlocked,
        i.CountRecorded: _counted,
        i.ItemPosted: _posted,
    },
    ignores=(
        *all_but(i.ItemCountEvent),
        i.CountSuperseded,
        i.CountWithdrawn,
    ),
    temporal=True,
    fixed=("session", "item", "warehouse"),
)


class CountLine(Struct, frozen=True, kw_only=True):
    """The current value of a count line."""

    item_count: UUID
    number: int
    organization: UUID
    session: UUID
    item: UUID
    counter: UUID
    shelf: str
    place: UUID
    lot: str | None
    expiry: date | None
    bucket: str
    quantity: Decimal
    entries: tuple[i.Entry, ...]
    counted_at: datetime
    captured: Decimal
    note: str
    position: int


def _line(_: CountLine | None, recorded: Of[i.CountRecorded]) -> CountLine:
    event = recorded.event
    return CountLine(
        item_count=recorded.stream,
        number=event.number,
        organization=recorded.organization,
        session=event.session,
        item=event.item,
        counter=event.counter,
        shelf=event.shelf,
        place=event.place,
        lot=event.lot,
        expiry=event.expiry,
        bucket=event.bucket,
        quantity=event.quantity,
        entries=event.entries,
        counted_at=event.counted_at,
        captured=event.captured,
        note=event.note,
        position=recorded.position,
    )


COUNT_LINES = Projection(
    name="count_lines",
    version=1,
    row=CountLine,
    keys=("item_count", "number"),
    key=lambda recorded: (recorded.stream, recorded.event.number),
    handlers={i.CountRecorded: _line, i.CountWithdrawn: lambda _row, _recorded: None},
    ignores=FAMILIES,
    temporal=True,
    fixed=("session", "item"),
)
