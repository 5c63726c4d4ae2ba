"""How far the projections are and what they gave up on, as other processes see it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from adapters.postgres.connection import statements

if TYPE_CHECKING:
    import asyncpg

SQL = statements(Path(__file__).with_suffix(".sql"))
SHOWN = 100


class Lag(msgspec.Struct, frozen=True):
    """How many events somebody lacks, and for how many seconds the oldest has been in the log."""

    behind: int
    seconds: float


class Health(msgspec.Struct, frozen=True):
    """One projection: its checkpoint, what it lacks, its parked streams.

    `seconds` is how long the oldest event that it lacks has been in the log.
    """

    projection: str
    position: int
    behind: int
    seconds: float
    updated_at: datetime
    parked: int


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

    async def positions(self) -> dict[str, int]:
        """Every projection's checkpoint, by `Projection.id`."""
        return {row[0]: row[1] for row in await self._pool.fetch(SQL["positions"])}

    async def health(self) -> list[Health]:
        """Every projection's standing."""
        return [Health(*row) for row in await self._pool.fetch(SQL["health"])]

    async def lag(self, position: int) -> Lag:
        """What lies behind a position."""
        (row,) = await self._pool.fetch(SQL["lag"], position)
        return Lag(*row)

    async def parked(self) -> list[ParkedStream]:
        """The oldest parked streams, at most `SHOWN`."""
        return [ParkedStream(*row) for row in await self._pool.fetch(SQL["parked"], SHOWN)]
