"""Read models against a fold of the log that nothing disturbs."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from projections.all import PROJECTIONS
from projections.engine.fold import Fold
from projections.engine.tables import Table
from tests.campaign.oracle.events import Stored

CHUNK = 20_000
PARKED = "SELECT projection, stream_id, position FROM read.parked"


class Rows:
    """A fold of each projection, as far as the log was read."""

    def __init__(self) -> None:
        self._folds = {projection.id: Fold(projection) for projection in PROJECTIONS}
        self.compared = 0
        self.diverged: list[str] = []

    def take(self, page: Sequence[Stored]) -> None:
        """The next events, one by one."""
        for fold in self._folds.values():
            for stored in page:
                fold.apply(fold.plan([stored.recorded]))

    @property
    def parked(self) -> set[UUID]:
        """The streams that any projection has to give up on."""
        return {stream for fold in self._folds.values() for stream in fold.parked}

    @property
    def parked_by(self) -> dict[str, int]:
        """How many streams each projection has to give up on."""
        return {name: len(fold.parked) for name, fold in self._folds.items()}

    async def compare(self, connection: asyncpg.Connection) -> None:
        """Every row of every projection, and every parked stream."""
        self.compared = 0
        for name, fold in self._folds.items():
            await self._compare(connection, name, fold)
        expected = {
            (name, stream, parked.position)
            for name, fold in self._folds.items()
            for stream, parked in fold.parked.items()
        }
        found = {tuple(row) for row in await connection.fetch(PARKED)}
        self.diverged += [f"parked: {one}" for one in expected ^ found]

    async def _compare(self, connection: asyncpg.Connection, name: str, fold: Fold) -> None:  # type: ignore[type-arg]
        table = Table(fold.projection)
        rows = {key: row for key, row in fold.rows.items() if row is not None}
        keys = [*rows]
        for first in range(0, len(keys), CHUNK):
            stored = await table.load(connection, keys[first : first + CHUNK])
            for key in keys[first : first + CHUNK]:
                if stored.get(key) != rows[key]:
                    self.diverged.append(f"{name} {key}: {stored.get(key)} is not {rows[key]}")
        count = f"SELECT count(*) FROM {fold.projection.table}"  # noqa: S608 - a name of ours
        number = int(await connection.fetchval(count))
        if number != len(rows):
            self.diverged.append(f"{name}: {number} rows instead of {len(rows)}")
        self.compared += number
