"""How far a projection has come, moved in the transaction that writes its rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from domain.base import Recorded
from projections.engine.projection import Projection
from projections.engine.shard import WHOLE, Shard
from projections.sql import statements

if TYPE_CHECKING:
    from projections.sql import Connection

SQL = statements(__file__)
INSTALLATION = 7236003
"""The advisory lock of who makes tables or empties them, beside the log's and the migrations'."""


class Fenced(Exception):
    """Somebody else moved the checkpoint or changed the rows: this transaction is undone."""


class NoCheckpoint(LookupError):
    """The projection is not followed in such shards; the message says what to do."""


class Checkpoint(msgspec.Struct, frozen=True):
    """Where a projection's shard stands, and which generation its rows are of.

    A generation ends when a rebuild changes rows, so whoever followed the old one is fenced.
    """

    projection: str
    position: int
    generation: int = 0


async def checkpoint(connection: Connection, projection: str, shard: Shard) -> Checkpoint:
    """Where it stands; raises NoCheckpoint."""
    row = await connection.fetchrow(SQL["checkpoint"], projection, shard.number, shard.of)
    if row is None:
        raise NoCheckpoint(
            f"{projection} is not followed as shard {shard}: `tallybook projections list` shows "
            f"its shards, `tallybook projections shard {shard.of}` changes them"
        )
    return Checkpoint(projection, row["position"], row["generation"])


async def standing(connection: Connection, projection: str) -> dict[Shard, int]:
    """The position of each of its shards; raises NoCheckpoint."""
    rows = await connection.fetch(SQL["standing"], projection)
    if not rows:
        raise NoCheckpoint(f"{projection} was never installed: run `tallybook migrate`")
    return {Shard(row["shard"], row["shards"]): row["position"] for row in rows}


async def hold(connection: Connection, projection: str) -> None:
    """Keeps its projectors waiting until the transaction ends."""
    await connection.execute(SQL["hold"], projection)


async def advance(
    connection: Connection, shard: Shard, known: Iterable[Checkpoint], last: Recorded
) -> None:
    """Moves a shard's checkpoints from where they are known to be to an event; raises Fenced.

    Called first in a transaction: of two projectors the later waits here, and loses.
    """
    columns = zip(*map(msgspec.structs.astuple, known), strict=True)
    names, positions, generations = columns
    moved = await connection.fetch(
        SQL["advance"],
        *(last.position, names, positions, generations),
        *(shard.number, shard.of, last.recorded_at),
    )
    if len(moved) != len(names):
        others = sorted(set(names) - {row["projection"] for row in moved})
        msg = f"moved by another projector, or {last.position} is lost: {', '.join(others)}"
        raise Fenced(msg)


async def restart(
    connection: Connection, projection: Projection[Any], shard: Shard = WHOLE
) -> bool:
    """Empties the projection where the log has lost what the shard's checkpoint stands on."""
    asked = (SQL["lost"], projection.id, shard.number, shard.of)
    if not await connection.fetchval(*asked):
        return False
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", INSTALLATION)
        if await connection.fetchval(*asked):  # no other shard was faster
            await empty(connection, projection)
    return True


async def empty(connection: Connection, projection: Projection[Any]) -> None:
    """Takes the projection back to the log's beginning, within a transaction."""
    tables = [projection.table, *([projection.versions] if projection.temporal else ())]
    names = {"id": projection.id, "tables": ", ".join(tables)}
    await connection.execute(SQL["restart"].format(**names))
