"""The log as it lies in its table, page by page, not through the product's own reader."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import msgspec

from domain.base import Recorded
from domain.registry import Registry

PAGE = 5_000
FOLLOWING = """
SELECT * FROM es.events WHERE position > $1 ORDER BY position LIMIT $2
"""


class Stored(msgspec.Struct, frozen=True):
    """An event with all of its row that the product's readers leave out."""

    recorded: Recorded
    stream_type: str
    event_type: str
    event_id: UUID
    correlation: UUID
    payload: bytes


async def following(
    connection: asyncpg.Connection, after: int, registry: Registry
) -> AsyncIterator[list[Stored]]:
    """Everything behind a position."""
    while rows := await connection.fetch(FOLLOWING, after, PAGE):
        yield [_stored(row, registry) for row in rows]
        after = rows[-1]["position"]


def _stored(row: asyncpg.Record, registry: Registry) -> Stored:
    recorded = Recorded(
        row["stream_id"],
        row["version"],
        row["occurred_at"],
        row["actor"],
        registry.read(row["event_type"], row["event_schema"], row["payload"]),
        row["organization_id"],
        row["position"],
        row["recorded_at"],
    )
    kind, id_, correlation = row["event_type"], row["event_id"], row["correlation_id"]
    return Stored(recorded, row["stream_type"], kind, id_, correlation, row["payload"])
