"""Rate limits that hold across processes: Postgres counts hits in windows of fixed length."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from domain.base import Refused
from projections.sql import statements

if TYPE_CHECKING:
    import asyncpg

SQL = statements(__file__)
LONGEST_WINDOW = timedelta(hours=1)
FORGET_ROWS = 1_000


class RateLimited(Refused, code="RATE_LIMITED"):
    """Too many tries; wait a while."""


class Limit(msgspec.Struct, frozen=True):
    """At most so many hits of a key in each window of so many seconds."""

    key: str
    hits: int
    seconds: int

    def began(self, now: datetime) -> datetime:
        """The start of the window that `now` is in."""
        return datetime.fromtimestamp(now.timestamp() // self.seconds * self.seconds, UTC)


class RateLimits:
    """Counts hits; the moment of each is passed in."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        self._pool = pool

    async def hit(self, limits: Sequence[Limit], now: datetime) -> list[int]:
        """Counts one hit of each key and returns how many there are in its window."""
        began = [limit.began(now) for limit in limits]
        rows = await self._pool.fetch(SQL["hit"], [limit.key for limit in limits], began)
        hits = {row["key"]: int(row["hits"]) for row in rows}
        return [hits[limit.key] for limit in limits]

    async def check(self, limits: Sequence[Limit], now: datetime) -> None:
        """Counts one hit of each key; raises RateLimited if one of them is over its limit."""
        hits = await self.hit(limits, now)
        over = [limit for limit, found in zip(limits, hits, strict=True) if found > limit.hits]
        if over:
            ends = max(limit.began(now) + timedelta(seconds=limit.seconds) for limit in over)
            raise RateLimited(retry_after=max((ends - now).total_seconds(), 1.0))

    async def forget(self, now: datetime) -> None:
        """Deletes some of the windows that are over."""
        await self._pool.execute(SQL["forget"], now - 2 * LONGEST_WINDOW, FORGET_ROWS)
