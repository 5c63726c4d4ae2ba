"""Whether rows are what the log leads to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from domain.base import Recorded
from domain.ports import Log
from projections.engine.fold import replay
from projections.engine.projection import Projection
from projections.engine.tables import Table

PAGE = 1_000


async def whole(log: Log) -> list[Recorded]:
    """Every event there is."""
    events: list[Recorded] = []
    while page := await log.read(events[-1].position if events else 0, PAGE):
        events += page
    return events


async def is_replay(
    pool: asyncpg.Pool,
    projection: Projection[Any],
    log: Sequence[Recorded],
    organization: UUID | None = None,
) -> bool:
    """Whether the table (or an organization's part of it) holds just the rows of a fresh fold."""
    ours = [event for event in log if organization in (None, event.organization)]
    expected = replay(projection, ours)
    counting = (
        f"SELECT count(*) FROM {projection.table} WHERE $1::uuid IS NULL OR organization = $1"  # noqa: S608 - a name of ours
    )
    async with pool.acquire() as connection:
        stored = await Table(projection).load(connection, list(expected))
        number = await connection.fetchval(counting, organization)
    return bool(number == len(expected) and stored == expected)
