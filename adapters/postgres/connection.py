"""Connections to Postgres as the adapters want them, and the named statements that they send."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from asyncpg.pool import PoolAcquireContext

T = TypeVar("T")
CONNECT_TIMEOUT_SECONDS = 5.0
ACQUIRE_TIMEOUT_SECONDS = 2.0
COMMAND_TIMEOUT_SECONDS = 8.0
"""Longer than the role's statement_timeout, so that a server that can still answer does."""
POOL_SIZE = 8


def statements(path: Path) -> dict[str, str]:
    """The statements of a .sql file, by the name in the `-- name:` line above each."""
    blocks = path.read_text(encoding="utf-8").split("-- name: ")[1:]
    return {
        name.strip(): sql.strip() for name, _, sql in (block.partition("\n") for block in blocks)
    }


async def connect(url: str, *, application: str = "tallybook") -> asyncpg.Connection:
    """A connection of one's own; `application` is what pg_stat_activity shows."""
    return await asyncpg.connect(
        url, timeout=CONNECT_TIMEOUT_SECONDS, server_settings={"application_name": application}
    )


class Lasting(asyncpg.Connection):
    """A connection that is not reset after each use, which would cost as much as the use itself.

    Who takes session locks or changes settings has to undo it. After a failure or a cancellation it
    is reset: a statement that was prepared and not sent leaves a transaction open.
    """

    doubtful = False

    async def reset(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as asyncpg has it
        """Does nothing unless something went wrong."""
        if self.doubtful or self.is_in_transaction():
            await super().reset(timeout=timeout)
            self.doubtful = False

    async def fetch(self, query: str, *args: Any, **options: Any) -> list[Any]:
        """The rows of a statement."""
        return await self._noted(super().fetch(query, *args, **options))

    async def fetchval(self, query: str, *args: Any, **options: Any) -> Any:
        """The first value of the first row."""
        return await self._noted(super().fetchval(query, *args, **options))

    async def execute(self, query: str, *args: Any, **options: Any) -> str:
        """The status of a statement."""
        return await self._noted(super().execute(query, *args, **options))

    async def executemany(self, command: str, args: Any, **options: Any) -> None:
        """A statement for each of the arguments."""
        await self._noted(super().executemany(command, args, **options))

    async def _noted(self, work: Awaitable[T]) -> T:
        doubtful, self.doubtful = self.doubtful, True
        done = await work
        self.doubtful = doubtful
        return done


class BoundedPool(asyncpg.Pool):
    """A pool that raises TimeoutError when no connection becomes free; asyncpg's waits for ever."""

    def acquire(self, *, timeout: float | None = None) -> PoolAcquireContext:
        """A connection, to be awaited or entered."""
        return super().acquire(timeout=timeout or ACQUIRE_TIMEOUT_SECONDS)


async def create_pool(
    url: str, *, size: int = POOL_SIZE, application: str = "tallybook"
) -> asyncpg.Pool:
    """A pool of at most that many connections, opened as they are needed."""
    pool = BoundedPool(
        url,
        min_size=0,
        max_size=size,
        max_queries=50_000,
        max_inactive_connection_lifetime=300.0,
        loop=None,
        connection_class=Lasting,
        record_class=asyncpg.Record,
        timeout=CONNECT_TIMEOUT_SECONDS,
        command_timeout=COMMAND_TIMEOUT_SECONDS,
        server_settings={"application_name": application},
    )
    return await pool
