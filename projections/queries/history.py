"""The auditor's replay: all that happened to a stock-take and its items, as it is in the log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from domain.base import Context, View
from domain.ids import item_count_id
from domain.permissions import Permission
from domain.stock_take.posting import tolerance
from projections.movements import MOVEMENTS
from projections.queries.base import (
    Fetch,
    Listing,
    Page,
    Person,
    Reads,
    Row,
    key_of,
    page,
    people,
)
from projections.queries.evidence import load
from projections.queries.figures import Figures, figures
from projections.queries.sessions import known_session
from projections.replay import REPLAY
from projections.sql import statements

SQL = statements(__file__)
FOLLOWED = (MOVEMENTS.id, REPLAY.id)
EventType = Annotated[str, Meta(max_length=100)]


class HistoryEntry(View):
    """An event in its place in the log; `item` is null for what concerns the whole session.

    `variance` is the item's as it stood right after the event, where one item is asked for.
    """

    position: int
    type: str
    stream_type: str
    stream: UUID
    version: int
    item: UUID | None
    sku: str | None
    actor: Person
    occurred_at: datetime
    recorded_at: datetime
    payload: msgspec.Raw
    variance: Figures | None


class History(Listing):
    """In the order of the log; `up_to` is the last position to show."""

    permission = Permission.STOCK_TAKE_REVIEW
    item: UUID | None = None
    types: Annotated[tuple[EventType, ...], Meta(max_length=50)] = ()
    up_to: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None


async def history(query: History, reads: Reads, id: UUID) -> Page[HistoryEntry]:  # noqa: A002 - the path's name
    """Every event of the session's streams, and every movement of its items while it lasted."""
    await known_session(reads, id)
    (after,) = key_of(query.cursor, tuple[int]) or (0,)
    async with reads.snapshot() as fetch:
        reached = (await fetch(SQL["reached"], FOLLOWED, reads.context.organization))[0]["position"]
        last = reached if query.up_to is None else min(query.up_to, reached)
        key = (reads.context.organization, id, query.item, query.types, after, last)
        rows = await fetch(SQL["entries"], *key, query.limit + 1)
        stood = await _variances(fetch, id, query.item, rows, reads.context)
    person = await people(reads, (row["actor"] for row in rows))
    found = [_entry(row, person, stood.get(row["position"])) for row in rows]
    return page(found, query.limit, lambda entry: (entry.position,))


async def _variances(
    fetch: Fetch, session: UUID, item: UUID | None, rows: Sequence[Row], context: Context
) -> dict[int, Figures]:
    """The item's figures right after each of the events, from one reading."""
    if item is None or not rows:
        return {}
    positions = [row["position"] for row in rows]
    stream = item_count_id(session, item)
    known = await load(fetch, session, [stream], positions[0], positions[-1])
    bound = tolerance(context)
    return {
        at: figures(one.at(at), bound)
        for one in known
        for at in positions
        if at >= one.events[0][0]
    }


def _entry(row: Row, person: Callable[[UUID], Person], variance: Figures | None) -> HistoryEntry:
    return HistoryEntry(
        position=row["position"],
        type=row["event_type"],
        stream_type=row["stream_type"],
        stream=row["stream_id"],
        version=row["version"],
        item=row["item"],
        sku=row["sku"],
        actor=person(row["actor"]),
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
        payload=msgspec.Raw(row["payload"]),
        variance=variance,
    )
