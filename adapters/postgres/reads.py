"""The read models as one caller may see them (projections.queries.base.Reads)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from adapters.postgres.connection import snapshot
from adapters.postgres.together import Together
from domain.base import Context
from projections.all import PROJECTIONS
from projections.engine.temporal import Past
from projections.queries.base import Fetch, Row
from projections.queries.happened import happened

PAST = Past(PROJECTIONS)


class Directory(Protocol):
    """Who people are."""

    async def names(self, organization: UUID, ids: Sequence[UUID]) -> dict[UUID, str]:
        """The names of those that are members of the organization."""
        ...


class PostgresReads:
    """Asks through a pool; the caller's organization and permissions are in the context.

    With `as_of` every statement finds the read models as they were at that position, which they
    have to have reached; the context's `now` has to be the time of then. With `happened_by` stock
    is what it was by that instant, as known at that position: both have to be given.
    """

    def __init__(
        self,
        together: Together,
        context: Context,
        directory: Directory,
        as_of: int | None = None,
        happened_by: datetime | None = None,
    ) -> None:
        self.context = context
        self._pool, self._together, self._directory = together.pool, together, directory
        self._as_of, self._happened_by = as_of, happened_by

    async def fetch(self, sql: str, /, *arguments: object) -> Sequence[Row]:
        """The rows of a statement, as of the moment that is asked for."""
        return await self._asking(self._pool.fetch)(sql, *arguments)

    async def fetch_one(self, sql: str, one: UUID, /, *shared: object) -> Sequence[Row]:
        """The rows of an id, in one query with those of others who ask now."""
        if self._as_of is None:
            return await self._together.fetch(sql, one, *shared)
        return await self.fetch(sql, *shared, [one])

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Fetch]:
        """Statements of one repeatable-read transaction."""
        async with snapshot(self._pool) as fetch:
            yield self._asking(fetch)

    async def names(self, members: Sequence[UUID]) -> dict[UUID, str]:
        """What the members are called."""
        if not members:
            return {}
        return await self._directory.names(self.context.organization, members)

    def _asking(self, fetch: Fetch) -> Fetch:
        position, instant = self._as_of, self._happened_by
        organization = self.context.organization
        if position is None:
            return fetch

        def asked(query: str, *args: object) -> Awaitable[Sequence[Row]]:
            if instant is not None:
                query, args = happened(instant, organization, query, args)
            swapped, given = PAST.at(position, organization, query, args)
            return fetch(swapped, *given)

        return asked
