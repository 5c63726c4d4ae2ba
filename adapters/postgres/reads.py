"""The read models as one caller may see them (projections.queries.base.Reads)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from domain.base import Context
from projections.queries.base import Fetch, Row

if TYPE_CHECKING:
    from asyncpg import Pool


class Directory(Protocol):
    """Who people are."""

    async def names(self, organization: UUID, ids: Sequence[UUID]) -> dict[UUID, str]:
        """The names of those that are members of the organization."""
        ...


class PostgresReads:
    """Asks through a pool; the caller's organization and permissions are in the context."""

    def __init__(self, pool: Pool, context: Context, directory: Directory) -> None:
        self.context = context
        self._pool, self._directory = pool, directory

    async def fetch(self, sql: str, /, *arguments: object) -> Sequence[Row]:
        """The rows of a statement."""
        return await self._pool.fetch(sql, *arguments)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Fetch]:
        """Statements of one repeatable-read transaction."""
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield connection.fetch

    async def names(self, members: Sequence[UUID]) -> dict[UUID, str]:
        """What the members are called."""
        if not members:
            return {}
        return await self._directory.names(self.context.organization, members)
