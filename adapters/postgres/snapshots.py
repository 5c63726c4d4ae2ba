"""Snapshots of aggregates in Postgres, each for the very code that folded it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

import domain
from projections.sql import statements

if TYPE_CHECKING:
    import asyncpg

SQL = statements(__file__)
FORGET_ROWS = 1_000


class Snapshot(msgspec.Struct, frozen=True):
    """A stream's state at a version."""

    stream: UUID
    version: int
    organization: UUID
    state: bytes


def code_version() -> str:
    """A fingerprint of the rules: another line of code may fold to another state."""
    fingerprint = hashlib.sha256()
    for path in sorted(Path(str(domain.__file__)).parent.rglob("*.py")):
        fingerprint.update(path.read_bytes())
    return fingerprint.hexdigest()


class PostgresSnapshots:
    """Kept and found by stream, for one version of the code."""

    def __init__(self, pool: asyncpg.Pool, code: str) -> None:
        self._pool, self._code = pool, code

    async def newest(self, streams: Sequence[UUID], up_to: int) -> list[Snapshot]:
        """The streams' snapshots not beyond a version, as far as there are any."""
        rows = await self._pool.fetch(SQL["newest"], streams, self._code, up_to)
        return [Snapshot(*row) for row in rows]

    async def keep(self, snapshot: Snapshot, recorded_at: datetime) -> None:
        """Keeps it unless there is a later one; `recorded_at` is that of its last event."""
        await self._pool.execute(
            SQL["keep"],
            *(snapshot.stream, self._code, snapshot.version, recorded_at),
            *(snapshot.organization, snapshot.state),
        )

    async def forget_others(self) -> None:
        """Deletes some of what other versions of the code have kept."""
        await self._pool.execute(SQL["forget"], self._code, FORGET_ROWS)
