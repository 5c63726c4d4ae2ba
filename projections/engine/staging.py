"""Staging tables: a projection's rows made anew under another name, until they take their place.

To the engine a staging is a projection like any other: it has tables, checkpoints and parked
streams of its own. Nobody else reads it, and its name is never used twice, so that what is left of
a rebuild that was killed harms nothing: the next rebuild drops it.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Generic

import msgspec

from projections.engine.projection import Projection, R
from projections.engine.tables import drop
from projections.sql import statements

if TYPE_CHECKING:
    from projections.sql import Connection

SQL = statements(__file__)
REBUILD = 7236021
"""The advisory locks of rebuilds, one for each projection by its name."""


class RebuildRunning(Exception):
    """The projection is being rebuilt by somebody else; the message names it."""


class Difference(msgspec.Struct, frozen=True):
    """What tells two tables apart: rows that are missing, too many, or of other values."""

    missing: int = 0
    surplus: int = 0
    wrong: int = 0

    def __add__(self, other: Difference) -> Difference:
        return Difference(
            self.missing + other.missing, self.surplus + other.surplus, self.wrong + other.wrong
        )

    @property
    def rows(self) -> int:
        """How many rows differ."""
        return self.missing + self.surplus + self.wrong


class Pair(msgspec.Struct, frozen=True):
    """A table, its staging table, and what their rows consist of."""

    live: str
    staging: str
    keys: Sequence[str]
    columns: Sequence[str]

    def sql(self, name: str) -> str:
        """The named statement over both tables: s is the staged one, l the live one."""
        return SQL[name].format(
            live=self.live,
            staging=self.staging,
            key=self.keys[0],
            keys=_listed(self.keys),
            columns=_listed(self.columns),
            matches=" AND ".join(f's."{key}" = l."{key}"' for key in self.keys),
            staged_row=_listed(self.columns, "s."),
            live_row=_listed(self.columns, "l."),
        )


class Staging(Generic[R]):
    """A projection and its staging, with the statements that lead from one to the other."""

    def __init__(self, live: Projection[R], token: str) -> None:
        self.live = live
        self.projection = msgspec.structs.replace(live, name=f"{live.name}_rebuild_{token}")
        columns = live.row.__struct_fields__
        self._pairs = [Pair(live.table, self.projection.table, live.keys, columns)]
        if live.temporal:
            versions = (live.versions, self.projection.versions)
            self._pairs.append(Pair(*versions, (*live.keys, "as_of"), (*columns, "as_of", "gone")))

    async def create(self, connection: Connection) -> None:
        """Makes empty tables; a crash of the database empties them again."""
        for pair in self._pairs:
            await connection.execute(pair.sql("stage"))

    async def empty(self, connection: Connection) -> None:
        """Takes back all that was filled in."""
        for pair in self._pairs:
            await connection.execute(f"TRUNCATE {pair.staging}")
        await connection.execute(SQL["unpark"], self.projection.id)

    async def begin(self, connection: Connection, position: int) -> None:
        """It is filled up to there, in the same shards as the live one, and can be followed."""
        for pair in self._pairs:
            await connection.execute(f"ANALYZE {pair.staging}")
        await connection.execute(SQL["begin"], self.projection.id, self.live.id, position)

    async def rows(self, connection: Connection) -> int:
        """How many rows were made."""
        counting = f"SELECT count(*) FROM {self.projection.table}"  # noqa: S608 - a name of ours
        return int(await connection.fetchval(counting))

    async def difference(self, connection: Connection) -> Difference:
        """How the live rows differ from those made anew."""
        found = Difference()
        for pair in self._pairs:
            row = await connection.fetchrow(pair.sql("compare"))
            found += Difference(**dict(row or {}))
        return found

    async def replace(self, connection: Connection) -> None:
        """Makes the live rows the staged ones, with a new generation, within a transaction.

        Rows that are right stay untouched, and readers see all of it at once.
        """
        await connection.execute(SQL["by_hash"])
        for pair in self._pairs:
            await connection.execute(pair.sql("remove"))
            await connection.execute(pair.sql("add"))
        for name in ("unpark", "repark", "regenerate"):
            arguments = [self.live.id] if name == "unpark" else [self.live.id, self.projection.id]
            await connection.execute(SQL[name], *arguments)


async def take_rebuild(connection: Connection, live: Projection[Any]) -> bool:
    """Takes the projection's lock, unless somebody rebuilds it."""
    return bool(await connection.fetchval(SQL["rebuilding"], REBUILD, live.id))


@asynccontextmanager
async def staged(connection: Connection, live: Projection[R]) -> AsyncIterator[Staging[R]]:
    """An empty staging, gone at the end, as is what killed rebuilds left; raises RebuildRunning."""
    if not await take_rebuild(connection, live):
        raise RebuildRunning(f"{live.id} is being rebuilt already")
    await _sweep(connection, live)
    staging = Staging(live, secrets.token_hex(4))
    try:
        await staging.create(connection)
        yield staging
    finally:
        if not connection.is_closed():
            await _sweep(connection, live)
            await connection.execute(SQL["rebuilt"], REBUILD, live.id)


async def _sweep(connection: Connection, live: Projection[Any]) -> None:
    await drop(connection, rf"{live.name}_rebuild_[0-9a-f]{{8}}_v{live.version}")


def _listed(names: Sequence[str], of: str = "") -> str:
    return ", ".join(f'{of}"{name}"' for name in names)
