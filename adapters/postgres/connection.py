"""Connections to Postgres as the adapters want them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, cast

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolAcquireContext

    from projections.queries.base import Fetch

CONNECT_TIMEOUT_SECONDS = 5.0
ACQUIRE_TIMEOUT_SECONDS = 2.0
COMMAND_TIMEOUT_SECONDS = 8.0
"""Longer than the role's statement_timeout, so that a server that can still answer does."""
POOL_SIZE = 8


class NoDatabase(Exception):
    """At the start PostgreSQL could not be reached, or let nobody in by that URL."""


@contextmanager
def first_connection() -> Iterator[None]:
    """Raises NoDatabase for whatever goes wrong inside; later losses are mended, not reported."""
    try:
        yield
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise NoDatabase(str(error) or type(error).__name__) from error


Enter = Callable[[asyncpg.Connection], Coroutine[Any, Any, None]]
"""Looks at a new connection before anybody uses it."""


async def connect(
    url: str,
    *,
    application: str = "tallybook",
    enter: Enter | None = None,
    patient: bool = False,
) -> asyncpg.Connection:
    """A connection of one's own; `application` is what pg_stat_activity shows.

    A patient one waits for its statements however long they take.
    """
    connection = await asyncpg.connect(
        url,
        timeout=CONNECT_TIMEOUT_SECONDS,
        command_timeout=None if patient else COMMAND_TIMEOUT_SECONDS,
        server_settings={"application_name": application},
    )
    if enter is not None:
        try:
            await enter(connection)
        except BaseException:
            connection.terminate()
            raise
    return connection


class Reused(asyncpg.Connection):
    """A pool's connection: it is reset after a use unless that was a single finished statement."""

    spotless = False

    def leave(self) -> None:
        """What was done leaves nothing behind."""
        self.spotless = True

    async def reset(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncpg's
        """Makes it as good as new: a round trip that costs as much as a statement."""
        spotless, self.spotless = self.spotless, False
        if not spotless or self.is_in_transaction():
            await super().reset(timeout=timeout)


class BoundedPool(asyncpg.Pool):
    """A pool that raises TimeoutError when no connection becomes free; asyncpg's waits for ever."""

    def acquire(self, *, timeout: float | None = None) -> PoolAcquireContext:
        """A connection, to be awaited or entered."""
        return super().acquire(timeout=timeout or ACQUIRE_TIMEOUT_SECONDS)

    async def fetch(self, query: str, *args: object, **options: Any) -> list[Any]:
        """A single statement, which may change no setting and take no lock of the session.

        Once it is answered to its end nothing is left of it. One that failed or was cancelled may
        have been prepared and not sent, which leaves a transaction open.
        """
        async with self.acquire() as connection:
            rows: list[Any] = await connection.fetch(query, *args, **options)
            cast("Reused", connection).leave()
            return rows


async def create_pool(
    url: str,
    *,
    size: int = POOL_SIZE,
    application: str = "tallybook",
    enter: Enter | None = None,
) -> asyncpg.Pool:
    """A pool of at most that many connections, opened as they are needed."""
    pool = BoundedPool(
        url,
        min_size=0,
        max_size=size,
        max_queries=50_000,
        max_inactive_connection_lifetime=300.0,
        loop=None,
        init=enter,
        connection_class=Reused,
        record_class=asyncpg.Record,
        timeout=CONNECT_TIMEOUT_SECONDS,
        command_timeout=COMMAND_TIMEOUT_SECONDS,
        server_settings={"application_name": application},
    )
    return await pool


@asynccontextmanager
async def snapshot(pool: asyncpg.Pool) -> AsyncIterator[Fetch]:
    """Asks statements that all see one state of the database."""
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield connection.fetch
