"""What a crash takes back of read models nobody takes for known."""

from __future__ import annotations

from contextlib import suppress
from uuid import uuid4

import asyncpg
import pytest

from adapters.nats.hints import Lagging, Positions
from adapters.nats.stream import connected, online
from adapters.postgres.checkpoints import Checkpoints
from adapters.postgres.connection import create_pool
from adapters.postgres.epochs import Epochs
from adapters.postgres.log import PostgresLog
from domain.registry import Registry
from projections.engine.follower import Follower
from projections.engine.tables import install
from tests.engine.places import WELL
from tests.nats.conftest import MortalNats, append, eventually
from tests.restored.servers import MortalPostgres

ORGANIZATION = uuid4()
CHECKPOINT = "SELECT position FROM read.checkpoints WHERE projection = $1"


@pytest.mark.parametrize("victim", ["server", "backend"])
async def test_a_checkpoint_that_a_crash_took_back_is_waited_for_again(
    mortal_postgres: MortalPostgres, mortal_nats: MortalNats, victim: str
) -> None:
    """Its commit does not wait for the disk, and readers had heard of it."""
    admin = await asyncpg.connect(mortal_postgres.admin_url)
    await install(admin, [WELL])
    await admin.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
    await admin.execute("SELECT pg_reload_conf()")
    epochs = Epochs()
    log = await PostgresLog.open(mortal_postgres.app_url, Registry(), epochs=epochs)
    pool = await create_pool(mortal_postgres.app_url, enter=epochs.enter)
    async with (
        connected(mortal_nats.url) as client,
        Positions(Checkpoints(pool), client, epochs).listening() as positions,
    ):
        await online(client)
        follower = Follower(WELL)
        async with pool.acquire() as connection:
            await follower.load(connection)
            await append(log, 1)
            await follower.follow(connection, await log.read(0, 10))
        await positions.reached([WELL.id], 1, ORGANIZATION)
        if victim == "server":
            mortal_postgres.crash()
            mortal_postgres.start()
        else:
            mortal_postgres.crash_backend(await admin.fetchval("SELECT pg_backend_pid()"))

        async def taken_back() -> bool:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                return [row[0] for row in await pool.fetch(CHECKPOINT, WELL.id)] == [0]
            return False

        await eventually(taken_back)
        with pytest.raises(Lagging):
            await positions.reached([WELL.id], 1, ORGANIZATION, timeout_seconds=0.2)
    await pool.close()
    await log.close()
