"""Stock-takes: the list, one of them, and the locks that are live now (domain.md 1.1-1.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from math import ceil
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from domain.base import View
from domain.permissions import Permission
from domain.stock_take.session_commands import NoSuchSession, SessionView
from domain.stock_take.session_events import Scope, Status
from projections.queries.base import (
    Listing,
    Page,
    Person,
    Reads,
    Row,
    Temporal,
    key_of,
    page,
    people,
    restored,
)
from projections.sessions import SessionRow
from projections.sql import statements

SQL = statements(__file__)
LOCKS = SQL["locks"].format(live=SQL["live"])


class Counter(View):
    """Somebody who counts, with the shelves that are his."""

    id: UUID
    name: str | None
    shelves: tuple[str, ...]


class StockTake(SessionView):
    """A stock-take with its people by name."""

    warehouse_name: str
    creator: Person
    counters: tuple[Counter, ...]
    scope: Scope
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    version: int


class LiveLock(View):
    """An item that somebody is counting; `id` is the item count's."""

    id: UUID
    item: UUID
    sku: str
    name: str
    holder: Person
    expires_at: datetime
    seconds_left: int


class Sessions(Listing):
    """Stock-takes, newest first; dates are the warehouse's own, both inclusive."""

    permission = Permission.STOCK_TAKE_READ
    warehouse: UUID | None = None
    status: Annotated[tuple[Status, ...], Meta(max_length=6)] = ()
    from_: date | None = msgspec.field(default=None, name="from")
    to: date | None = None
    mine: bool = False


class OneSession(Temporal):
    """One stock-take."""

    permission = Permission.STOCK_TAKE_READ


class Locks(Listing):
    """Locks that are live now, the next to end first."""

    permission = Permission.STOCK_TAKE_READ


class Session(msgspec.Struct, frozen=True):
    """A stock-take, and whether its figures are hidden from the caller."""

    row: SessionRow
    warehouse_name: str
    blind: bool


async def sessions(query: Sessions, reads: Reads) -> Page[StockTake]:
    """Stock-takes that match; `mine` are those that the caller made or counts in."""
    context = reads.context
    rows = await reads.fetch(
        SQL["sessions"],
        *(context.organization, query.warehouse, query.status, query.from_, query.to),
        context.actor if query.mine else None,
        *(key_of(query.cursor, tuple[datetime, UUID]) or (None, None)),
        query.limit + 1,
    )
    shown = await _views(reads, [_session(row, reads) for row in rows])
    return page(shown, query.limit, lambda session: (session.created_at, session.id))


async def session(_: OneSession, reads: Reads, id: UUID) -> StockTake:  # noqa: A002 - the path's name
    """One stock-take."""
    return (await _views(reads, [await known_session(reads, id)]))[0]


async def session_of_code(_: OneSession, reads: Reads, code: str) -> StockTake:
    """One stock-take by its code, in any case of letters (1.2)."""
    found = await _known(reads, None, code.strip().upper())
    return (await _views(reads, [found]))[0]


async def locks(query: Locks, reads: Reads, id: UUID) -> Page[LiveLock]:  # noqa: A002 - the path's name
    """Who is counting what."""
    await known_session(reads, id)
    return await live_locks(reads, id, query.limit, query.cursor)


async def known_session(reads: Reads, id_: UUID) -> Session:
    """The stock-take; another organization's is not there."""
    return await _known(reads, id_, None)


async def live_locks(
    reads: Reads, session: UUID, limit: int, cursor: str | None = None
) -> Page[LiveLock]:
    """A page of the live locks of a session."""
    context = reads.context
    after = key_of(cursor, tuple[datetime, UUID]) or (None, None)
    key = (context.now, context.organization, session, *after, limit + 1)
    rows = await reads.fetch(LOCKS, *key)
    person = await people(reads, (row["lock_holder"] for row in rows))
    found = [_lock(row, person, context.now) for row in rows]
    return page(found, limit, lambda lock: (lock.expires_at, lock.id))


async def _known(reads: Reads, id_: UUID | None, code: str | None) -> Session:
    rows = await reads.fetch(SQL["session"], reads.context.organization, id_, code)
    if not rows:
        raise NoSuchSession
    return _session(rows[0], reads)


def _session(row: Row, reads: Reads) -> Session:
    blind = row["blind"] and not reads.context.may(Permission.STOCK_TAKE_REVIEW)
    return Session(restored(SessionRow, row), row["warehouse_name"], blind)


async def _views(reads: Reads, found: list[Session]) -> list[StockTake]:
    members: Iterable[UUID] = (m for s in found for m in (s.row.creator, *s.row.counters))
    person = await people(reads, members)
    reviewing = reads.context.may(Permission.STOCK_TAKE_REVIEW)
    return [_view(session, person, reviewing=reviewing) for session in found]


def _view(session: Session, person: Callable[[UUID], Person], *, reviewing: bool) -> StockTake:
    row = session.row
    assigned: dict[UUID, tuple[str, ...]] = {}
    for shelf, counter in row.shelves.items():
        assigned[counter] = (*assigned.get(counter, ()), shelf)
    return StockTake(
        id=row.id,
        code=row.code,
        status=row.status,
        warehouse=row.warehouse,
        name=row.name,
        notes=row.notes,
        is_multi_user=row.is_multi_user,
        blind=row.blind,
        claims_shelves=row.claims_shelves,
        allowed_counters=row.counters,
        assigned_shelves=assigned,
        items=row.items,
        totals=row.totals if reviewing else None,
        warehouse_name=session.warehouse_name,
        creator=person(row.creator),
        counters=tuple(
            Counter(id=member, name=person(member).name, shelves=assigned.get(member, ()))
            for member in row.counters
        ),
        scope=row.scope,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        version=row.version,
    )


def _lock(row: Row, person: Callable[[UUID], Person], now: datetime) -> LiveLock:
    return LiveLock(
        id=row["id"],
        item=row["item"],
        sku=row["sku"],
        name=row["name"],
        holder=person(row["lock_holder"]),
        expires_at=row["lock_expires_at"],
        seconds_left=ceil((row["lock_expires_at"] - now).total_seconds()),
    )
