"""Two processes on one log, and its lock in a test's hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.conftest import Database
from tests.faults.tally import Process

WAITING = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND application_name LIKE 'tallybook append%'
   AND wait_event_type = 'Lock'
"""


class Lock:
    """The append lock: while it is held, appends are in flight."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def hold(self) -> None:
        """From now on no append gets through."""
        await self._connection.execute("SELECT pg_advisory_lock(7236001)")

    async def waited_for(self) -> None:
        """Returns once an append is in flight."""
        async with asyncio.timeout(5):
            while not await self._connection.fetchval(WAITING):  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.005)

    async def release(self) -> None:
        """Lets them through."""
        await self._connection.execute("SELECT pg_advisory_unlock(7236001)")


@pytest.fixture
async def lock(database: Database) -> AsyncIterator[Lock]:
    """The lock of this test's log."""
    connection = await asyncpg.connect(database.admin_url)
    yield Lock(connection)
    await connection.close()


@pytest.fixture
async def here(database: Database) -> AsyncIterator[Process]:
    """One process."""
    process = await Process.start(database.app_url)
    yield process
    await process.log.close()


@pytest.fixture
async def there(database: Database) -> AsyncIterator[Process]:
    """Another one."""
    process = await Process.start(database.app_url)
    yield process
    await process.log.close()


@pytest.fixture
async def stream(here: Process, there: Process) -> UUID:
    """A tally of nine that both processes have in memory."""
    stream = uuid4()
    await here.take(stream, 1)
    with pytest.raises(Exception, match="not so much"):
        await there.take(stream, 10)
    return stream
