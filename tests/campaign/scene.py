"""Where faults strike: the installation, our own hand in its log, and the load."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import asyncpg
import msgspec

from adapters.postgres.log import PostgresLog
from tests.campaign.load.workers import Load
from tests.campaign.site import Site, until

WAITING = """
SELECT count(*) > 0 FROM pg_locks JOIN pg_database d ON d.oid = database
 WHERE NOT granted AND d.datname = current_database()
"""
APPEND_LOCK = "SELECT pg_advisory_xact_lock(7236001)"
UNREACHABLE = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
"""The database is away: another fault has it."""


class Scene(msgspec.Struct):
    """All that a fault may lay its hands on."""

    site: Site
    load: Load
    log: PostgresLog
    """A log whose registry encodes what no version can read."""
    poisoned: set[UUID] = msgspec.field(default_factory=set)
    """The streams that were given an event which some projection cannot apply."""

    async def administer(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        """Runs a statement as the database's owner; raises whatever is wrong."""
        connection = await asyncpg.connect(self.site.admin_url, timeout=5, command_timeout=10)
        try:
            return await connection.fetch(statement, *arguments)
        finally:
            connection.terminate()

    @asynccontextmanager
    async def obstacle(self, statement: str) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
        """Holds a lock meanwhile; gives what says whether somebody waits for one in mid-work."""
        connection = await asyncpg.connect(self.site.admin_url, timeout=5, command_timeout=5)

        async def met() -> bool:
            return bool(await connection.fetchval(WAITING))

        try:
            async with connection.transaction():
                await connection.execute(statement)
                yield met
        finally:
            connection.terminate()

    async def database_answers(self) -> None:
        """Waits until PostgreSQL does."""
        await until(self._answers, "PostgreSQL to answer")

    async def _answers(self) -> bool:
        with suppress(*UNREACHABLE):
            return bool(await self.administer("SELECT 1"))
        return False
