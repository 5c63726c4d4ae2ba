"""Streams that a projection gave up on: a named gap in its rows, never a silent one.

A parked stream is cured by rebuilding the projection after the fix.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from projections.sql import statements

if TYPE_CHECKING:
    from projections.sql import Connection

SQL = statements(__file__)
ERROR_CHARACTERS = 2000


class Parked(msgspec.Struct, frozen=True):
    """A stream whose events from `position` on are missing in a projection's rows."""

    stream: UUID
    position: int
    error: str


async def park(connection: Connection, projection: str, streams: Iterable[Parked]) -> None:
    """Writes them down, in the transaction that skips their events."""
    rows = [(projection, one.stream, one.position, _printable(one.error)) for one in streams]
    await connection.executemany(SQL["park"], rows)


async def parked(connection: Connection, projection: str) -> dict[UUID, Parked]:
    """All that the projection has given up on."""
    rows = await connection.fetch(SQL["parked"], projection)
    return {row["stream_id"]: Parked(*row) for row in rows}


def _printable(error: str) -> str:
    """PostgreSQL's text has no NUL."""
    return error.replace("\0", "\\0")[:ERROR_CHARACTERS]
