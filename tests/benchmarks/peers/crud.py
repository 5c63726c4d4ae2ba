"""The balance as a row: a guarded UPDATE and its audit row, in one statement of one round trip."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Self
from uuid import UUID

import asyncpg

from projections.sql import statements

if TYPE_CHECKING:
    from tests.benchmarks.harness import Database

SQL = statements(__file__)
CONNECTIONS = 8


async def make(admin_url: str) -> None:
    """Makes the tables and fills them with what the log has."""
    connection = await asyncpg.connect(admin_url)
    try:
        for statement in SQL["make"].split(";\n"):
            await connection.execute(statement)
    finally:
        await connection.close()


class Crud:
    """Issues through a pool of connections."""

    def __init__(self, connections: asyncpg.Pool) -> None:
        self._connections = connections

    @classmethod
    async def open(cls, database: Database) -> Self:
        """Makes the tables, connects."""
        await make(database.admin_url)
        return cls(
            await asyncpg.create_pool(
                database.admin_url, min_size=CONNECTIONS, max_size=CONNECTIONS, reset=_as_it_is
            )
        )

    async def close(self) -> None:
        """Disconnects."""
        await self._connections.close()

    async def issue(self, stock: UUID, member: UUID) -> Decimal:
        """One piece goes to the member."""
        left = await self._connections.fetchval(SQL["issue"], stock, Decimal(1), member, "work")
        if left is None:
            raise LookupError("insufficient stock")
        return Decimal(left)


async def _as_it_is(_: asyncpg.Connection) -> None:
    """Single statements leave nothing behind that a reset would have to clean up."""
