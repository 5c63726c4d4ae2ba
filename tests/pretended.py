"""A log that has events at given positions and times, and nothing else that is true of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import asyncpg

INSERT = """
INSERT INTO es.events
SELECT position, recorded_at, recorded_at, gen_random_uuid(), gen_random_uuid(), 1, 1,
       'test', 'test.pretended', gen_random_uuid(), gen_random_uuid(), NULL, gen_random_uuid(), ''
  FROM unnest($1::bigint[], $2::timestamptz[]) AS e (position, recorded_at)
ON CONFLICT DO NOTHING
"""


async def pretend(admin: asyncpg.Connection, events: Sequence[tuple[int, datetime]]) -> None:
    """Puts them in, as a projection follows no event that its log does not have."""
    positions, times = zip(*events, strict=True)
    await admin.execute(INSERT, positions, times)
