"""Variances of a stock-take, time-true until they are posted (domain.md 1.6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta
from msgspec.structs import asdict

from domain.base import View
from domain.ids import LocalId, normal
from domain.permissions import Permission
from domain.stock.movement import Bucket
from domain.stock_take.item_events import CountRecorded, ItemPosted
from domain.stock_take.posting import tolerance
from projections.queries.base import (
    Fetch,
    Listing,
    Page,
    Person,
    Reads,
    Row,
    Search,
    cursor,
    key_of,
    people,
)
from projections.queries.evidence import Item, load, reached
from projections.queries.figures import Figures, figures
from projections.queries.sessions import known_session
from projections.sql import statements

T = TypeVar("T")
SQL = statements(__file__)
POSTED = msgspec.json.Decoder(ItemPosted)
CHUNK = 200
MOST_CHUNKS = 5
Shelf = Annotated[str, Meta(max_length=60)]
Flag = Literal["uncounted", "partial", "split", "negative"]


class VarianceLine(View):
    """A count line; `recomputed` is the book of its moment as known now, where that differs."""

    id: str
    counter: Person
    shelf: str
    lot: str | None
    expiry: date | None
    bucket: Bucket
    quantity: Decimal
    counted_at: datetime
    captured: Decimal
    recomputed: Decimal | None


class ItemVariance(Figures):
    """The variance of one item; `id` is its item count. Flags say why it may not be posted."""

    id: UUID
    item: UUID
    sku: str
    name: str
    unit: str
    found: bool
    posted: bool
    lines: tuple[VarianceLine, ...]


class Variances(Listing):
    """Items by SKU; a page may be short while `next` leads on, because flags are computed."""

    permission = Permission.STOCK_TAKE_REVIEW
    search: Search = ""
    shelf: Shelf | None = None
    only_differences: bool = False
    flag: Flag | None = None

    def wants(self, found: Figures) -> bool:
        """Whether the filters on computed figures let it through."""
        if self.only_differences and not found.differs:
            return False
        return self.flag is None or bool(getattr(found, self.flag))


class Known(msgspec.Struct, frozen=True):
    """One item of a session with all that is known of its count at a position."""

    row: Row
    item: Item
    position: int

    @property
    def posted(self) -> ItemPosted | None:
        """What was posted."""
        posted = self.row["posted"]
        return None if posted is None else POSTED.decode(posted)

    @property
    def key(self) -> tuple[str, UUID]:
        """Where it stands in the order."""
        return self.row["sku"], self.row["id"]


async def item_variances(query: Variances, reads: Reads, id: UUID) -> Page[ItemVariance]:  # noqa: A002 - the path's name
    """What was counted against the books, item by item."""
    await known_session(reads, id)
    bound = tolerance(reads.context)

    def judged(known: Known) -> tuple[Known, Figures] | None:
        posted = known.posted
        found = (
            Figures.of_posted(posted) if posted else figures(known.item.at(known.position), bound)
        )
        return (known, found) if query.wants(found) else None

    computed = query.only_differences or query.flag is not None
    shelf = None if query.shelf is None else normal(query.shelf)
    scan = Scan(id, query.search.strip().lower(), shelf, None)
    chunk = CHUNK if computed else query.limit + 1
    shown, after = await scanned(reads, scan, query, chunk, judged)
    counters = (line.counter for known, _ in shown for line in _lines(known))
    person = await people(reads, counters)
    return Page(items=[_view(known, found, person) for known, found in shown], next=after)


class Scan(msgspec.Struct, frozen=True):
    """Which items of a session are looked through."""

    session: UUID
    search: str
    shelf: str | None
    state: Literal["counted", "posted"] | None


async def scanned(
    reads: Reads,
    scan: Scan,
    query: Listing,
    chunk: int,
    judge: Callable[[Known], T | None],
) -> tuple[list[T], str | None]:
    """At most a page of what the judge lets through, and the cursor of what follows.

    It stops after so many items, found or not: the page may be short.
    """
    shown: list[T] = []
    after = key_of(query.cursor, tuple[str, UUID]) or (None, None)
    async with reads.snapshot() as fetch:
        position = await reached(fetch, scan.session)
        for _ in range(MOST_CHUNKS):
            rows = await _rows(fetch, reads.context.organization, scan, after, chunk)
            for known in await _known(fetch, scan.session, rows, position):
                if len(shown) == query.limit:
                    return shown, cursor(*after)
                after = known.key
                if (judged := judge(known)) is not None:
                    shown.append(judged)
            if len(rows) < chunk:
                return shown, None
    return shown, cursor(*after)


async def _rows(
    fetch: Fetch,
    organization: UUID,
    scan: Scan,
    after: tuple[str, UUID] | tuple[None, None],
    limit: int,
) -> Sequence[Row]:
    key = (organization, scan.session, scan.search, scan.shelf, scan.state)
    return await fetch(SQL["items"], *key, *after, limit)


async def _known(fetch: Fetch, session: UUID, rows: Sequence[Row], position: int) -> list[Known]:
    loaded = await load(fetch, session, [row["id"] for row in rows], position, position)
    items = {item.id: item for item in loaded}
    return [Known(row, items[row["id"]], position) for row in rows if row["id"] in items]


def _lines(known: Known) -> Sequence[CountRecorded]:
    return list(known.item.count(known.position).lines.values())


def _view(known: Known, found: Figures, person: Callable[[UUID], Person]) -> ItemVariance:
    row = known.row
    return ItemVariance(
        **asdict(found),
        id=row["id"],
        item=row["item"],
        sku=row["sku"],
        name=row["name"],
        unit=row["unit"],
        found=row["found"],
        posted=row["posted"] is not None,
        lines=tuple(_line(known, line, person) for line in _lines(known)),
    )


def _line(known: Known, line: CountRecorded, person: Callable[[UUID], Person]) -> VarianceLine:
    book = known.item.book(known.position, line.counted_at, line.bucket)
    return VarianceLine(
        id=str(LocalId(known.item.id, line.number)),
        counter=person(line.counter),
        shelf=line.shelf,
        lot=line.lot,
        expiry=line.expiry,
        bucket=line.bucket,
        quantity=line.quantity,
        counted_at=line.counted_at,
        captured=line.captured,
        recomputed=None if book == line.captured else book,
    )
