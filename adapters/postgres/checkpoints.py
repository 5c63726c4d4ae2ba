"""How far the projections are and what they gave up on, as other processes see it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from projections.engine.shard import Shard
from projections.sql import statements

if TYPE_CHECKING:
    import asyncpg

SQL = statements(__file__)
SHOWN = 100


class Lag(msgspec.Struct, frozen=True):
    """How many events somebody lacks, and for how many seconds the oldest has been in the log."""

    behind: int
    seconds: float


class Health(msgspec.Struct, frozen=True):
    """A shard (k/N) of a projection: its checkpoint, what it lacks, the streams parked in all.

    `seconds` is how long the oldest event that it lacks has been in the log.
    """

    projection: str
    shard: str
    position: int
    behind: int
    seconds: float
    updated_at: datetime
    parked: int


class Kept(msgspec.Struct, frozen=True):
    """The tables of a projection of any release, and about how many rows there are."""

    projection: str
    rows: int
    bytes: int


class ParkedStream(msgspec.Struct, frozen=True):
    """A stream whose events from `position` on are missing in a projection's rows."""

    projection: str
    stream: UUID
    position: int
    error: str
    since: datetime


class Checkpoints:
    """Reads only; projectors move checkpoints, in the transactions that write rows."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def positions(self) -> dict[Shard, dict[str, int]]:
        """Every checkpoint, by shard and by `Projection.id`."""
        found: dict[Shard, dict[str, int]] = {}
        for number, of, projection, position in await self._pool.fetch(SQL["positions"]):
            found.setdefault(Shard(number, of), {})[projection] = position
        return found

    async def health(self) -> list[Health]:
        """The standing of every shard of every projection, of earlier releases too."""
        return [Health(*row) for row in await self._pool.fetch(SQL["health"])]

    async def tables(self) -> list[Kept]:
        """What is kept of every projection."""
        return [Kept(*row) for row in await self._pool.fetch(SQL["tables"])]

    async def lag(self, position: int) -> Lag:
        """What lies behind a position."""
        (row,) = await self._pool.fetch(SQL["lag"], position)
        return Lag(*row)

    async def parked(self) -> list[ParkedStream]:
        """The oldest parked streams, at most `SHOWN`."""
        return [ParkedStream(*row) for row in await self._pool.fetch(SQL["parked"], SHOWN)]
