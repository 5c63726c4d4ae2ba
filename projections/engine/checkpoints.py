"""How far a projection has come, moved in the transaction that writes its rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from projections.engine.shard import Shard
from projections.engine.statements import statement

if TYPE_CHECKING:
    from projections.engine.statements import Connection


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
    row = await connection.fetchrow(statement("checkpoint"), projection, shard.number, shard.of)
    if row is None:
        raise NoCheckpoint(
            f"{projection} is not followed as shard {shard}: `tallybook projections list` shows "
            f"its shards, `tallybook projections shard {shard.of}` changes them"
        )
    return Checkpoint(projection, row["position"], row["generation"])


async def advance(
    connection: Connection, shard: Shard, known: Iterable[Checkpoint], position: int
) -> None:
    """Moves a shard's checkpoints from where they are known to be; raises Fenced.

    Called first in a transaction: of two projectors the later waits here, and loses.
    """
    columns = zip(*map(msgspec.structs.astuple, known), strict=True)
    names, positions, generations = columns
    moved = await connection.fetch(
        statement("advance"), position, names, positions, generations, shard.number, shard.of
    )
    if len(moved) != len(names):
        others = sorted(set(names) - {row["projection"] for row in moved})
        raise Fenced(f"moved by another projector: {', '.join(others)}")
