"""Bare inserts: arrays into a table like the log's, with its two indexes and nothing else."""

from __future__ import annotations

from typing import Any, Self
from uuid import uuid4

import asyncpg
from uuid_utils.compat import uuid7

from domain.base import Recorded
from domain.registry import Registry
from projections.sql import statements
from tests.benchmarks.world import ORGANIZATION

SQL = statements(__file__)


class Inserts:
    """One connection that inserts."""

    def __init__(self, connection: asyncpg.Connection, registry: Registry) -> None:
        self._connection, self._registry = connection, registry

    @classmethod
    async def open(cls, url: str, registry: Registry) -> Self:
        """Makes the table with as many rows as the log has."""
        connection = await asyncpg.connect(url)
        for statement in SQL["make"].split(";\n"):
            await connection.execute(statement)
        return cls(connection, registry)

    async def close(self) -> None:
        """Disconnects."""
        await self._connection.close()

    async def insert(self, recorded: Recorded, rows: int) -> None:
        """The event in so many streams of its own, encoded each time as it would have to be."""
        columns = zip(*[self._row(recorded) for _ in range(rows)], strict=True)
        await self._connection.execute(SQL["insert"], *columns)

    def _row(self, recorded: Recorded) -> tuple[Any, ...]:
        name, schema, payload = self._registry.encode(recorded.event)
        event, stream = uuid7(), uuid4()
        key = (recorded.occurred_at, ORGANIZATION, stream, 1, schema, "pool_stock", name)
        return (*key, event, event, None, recorded.actor, payload)
