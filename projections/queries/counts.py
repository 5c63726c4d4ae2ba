"""The current count lines of a stock-take, newest first (domain.md 1.5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from domain.base import View
from domain.ids import LocalId, normal
from domain.permissions import Permission
from domain.stock.movement import Bucket
from domain.stock_take.item_events import Entry
from projections.item_counts import CountLine
from projections.queries.base import (
    Listing,
    Page,
    Person,
    Reads,
    Row,
    key_of,
    page,
    people,
    restored,
)
from projections.queries.sessions import known_session
from projections.sql import statements

SQL = statements(__file__)
Shelf = Annotated[str, Meta(max_length=60)]


class Count(View):
    """A count line; `captured`, the book at `counted_at` as known then, is null while blind."""

    id: str
    item: UUID
    sku: str
    name: str
    counter: Person
    shelf: str
    lot: str | None
    expiry: date | None
    bucket: Bucket
    quantity: Decimal
    entries: tuple[Entry, ...]
    counted_at: datetime
    captured: Decimal | None
    note: str
    position: int


class Counts(Listing):
    """Count lines; a counter in a blind session gets only his own."""

    permission = Permission.STOCK_TAKE_READ
    counter: UUID | None = None
    item: UUID | None = None
    shelf: Shelf | None = None


async def counts(query: Counts, reads: Reads, id: UUID) -> Page[Count]:  # noqa: A002 - the path's name
    """Lines that match; an empty shelf is the warehouse itself."""
    session = await known_session(reads, id)
    me = reads.context.actor
    if session.blind and query.counter not in (None, me):
        return Page(items=[])
    rows = await reads.fetch(
        SQL["counts"],
        *(reads.context.organization, id, me if session.blind else query.counter, query.item),
        None if query.shelf is None else normal(query.shelf),
        *(key_of(query.cursor, tuple[int]) or (None,)),
        query.limit + 1,
    )
    person = await people(reads, (row["counter"] for row in rows))
    found = [_count(row, person, blind=session.blind) for row in rows]
    return page(found, query.limit, lambda count: (count.position,))


def _count(row: Row, person: Callable[[UUID], Person], *, blind: bool) -> Count:
    line = restored(CountLine, row)
    return Count(
        id=str(LocalId(line.item_count, line.number)),
        item=line.item,
        sku=row["sku"],
        name=row["name"],
        counter=person(line.counter),
        shelf=line.shelf,
        lot=line.lot,
        expiry=line.expiry,
        bucket=row["bucket"],
        quantity=line.quantity,
        entries=line.entries,
        counted_at=line.counted_at,
        captured=None if blind else line.captured,
        note=line.note,
        position=line.position,
    )
