"""What a stock-take has to count, as the counter at the shelf may see it (domain.md 1.3-1.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from domain.base import View
from domain.ids import normal, pool_id
from domain.permissions import Permission
from domain.quantity import ZERO
from domain.stock_take.item_events import ExpectedShelf
from projections.queries.base import (
    Listing,
    Page,
    Person,
    Reads,
    Row,
    Search,
    key_of,
    page,
    people,
)
from projections.queries.sessions import SQL as SESSIONS
from projections.queries.sessions import Session, known_session
from projections.sql import statements

SQL = statements(__file__)
ITEMS = SQL["items"].format(live=SESSIONS["live"])
SHELVES = msgspec.json.Decoder(tuple[ExpectedShelf, ...])
TEXTS = msgspec.json.Decoder(tuple[str, ...])
PACKS = msgspec.json.Decoder(dict[str, Decimal])
Shelf = Annotated[str, Meta(max_length=60)]


class ItemShelf(View):
    """A shelf where the item is expected; `book` is what it has now, null while blind."""

    shelf: str
    counted: bool
    book: Decimal | None


class ItemToCount(View):
    """An item of a stock-take; `id` is its item count, `lock` whoever is counting it now."""

    id: UUID
    item: UUID
    sku: str
    name: str
    unit: str
    packs: dict[str, Decimal]
    barcodes: tuple[str, ...]
    found: bool
    counted: bool
    counted_by: tuple[Person, ...]
    shelves: tuple[ItemShelf, ...]
    locked_by: Person | None
    lock_expires_at: datetime | None


class Items(Listing):
    """Items by SKU; `search` looks into SKU, name and barcodes.

    A counter gets the items of his own shelves, or else those of shelves that are nobody's.
    """

    permission = Permission.STOCK_TAKE_READ
    search: Search = ""
    shelf: Shelf | None = None
    counted: bool | None = None


async def items(query: Items, reads: Reads, id: UUID) -> Page[ItemToCount]:  # noqa: A002 - the path's name
    """A page of what is to be counted."""
    session = await known_session(reads, id)
    context = reads.context
    limited = None if context.may(Permission.STOCK_TAKE_REVIEW) else context.actor
    free = limited not in session.row.shelves.values()
    rows = await reads.fetch(
        ITEMS,
        *(context.now, context.organization, id, query.search.strip().lower()),
        *(None if query.shelf is None else normal(query.shelf), query.counted, limited, free),
        *(key_of(query.cursor, tuple[str, UUID]) or (None, None)),
        query.limit + 1,
    )
    members = (m for row in rows for m in (row["holder"], *row["counters"]))
    person = await people(reads, members)
    books = {} if session.blind else await _books(reads, rows)
    found = [_item(row, person, _visible(row, session, limited), books) for row in rows]
    return page(found, query.limit, lambda item: (item.sku, item.id))


async def _books(reads: Reads, rows: Sequence[Row]) -> Mapping[UUID, Decimal]:
    """What the pools of the expected places have now; one that is gone has nothing."""
    pools = [pool_id(r["item"], e.place) for r in rows for e in SHELVES.decode(r["shelves"])]
    on_hand = {row["id"]: row["on_hand"] for row in await reads.fetch(SQL["books"], pools)}
    return {pool: on_hand.get(pool, ZERO) for pool in pools}


def _visible(row: Row, session: Session, limited: UUID | None) -> list[ExpectedShelf]:
    """Those of the item's shelves on which the caller may count."""
    expected = SHELVES.decode(row["shelves"])
    if limited is None:
        return list(expected)
    owners = session.row.shelves
    mine = limited if limited in owners.values() else None
    return [shelf for shelf in expected if owners.get(shelf.shelf) == mine]


def _item(
    row: Row,
    person: Callable[[UUID], Person],
    shelves: Sequence[ExpectedShelf],
    books: Mapping[UUID, Decimal],
) -> ItemToCount:
    holder, counters = row["holder"], row["counters"]
    return ItemToCount(
        id=row["id"],
        item=row["item"],
        sku=row["sku"],
        name=row["name"],
        unit=row["unit"],
        packs=PACKS.decode(row["packs"]),
        barcodes=TEXTS.decode(row["barcodes"]),
        found=row["found"],
        counted=bool(counters),
        counted_by=tuple(person(counter) for counter in counters),
        shelves=tuple(
            ItemShelf(
                shelf=shelf.shelf,
                counted=shelf.place in row["places"],
                book=books.get(pool_id(row["item"], shelf.place)),
            )
            for shelf in shelves
        ),
        locked_by=None if holder is None else person(holder),
        lock_expires_at=None if holder is None else row["lock_expires_at"],
    )
