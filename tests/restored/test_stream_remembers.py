"""Only JetStream remembers the lost future: every process was started anew."""

from __future__ import annotations

import asyncpg
import pytest
from nats.aio.client import Client

from adapters.metrics import Metrics
from adapters.nats.stream import Offline, Stream, connected, online
from adapters.postgres.log import PostgresLog
from domain.registry import Registry
from tests.conftest import Database
from tests.nats.conftest import MortalNats, append, eventually, metrics, relaying
from tests.restored.servers import MortalPostgres

__all__ = ["metrics"]
INTRUDER = "tallybook.a.b.c"


async def reasons(database: Database) -> list[str]:
    """Why each epoch began."""
    admin = await asyncpg.connect(database.admin_url)
    rows = await admin.fetch("SELECT reason FROM es.epochs ORDER BY epoch")
    await admin.close()
    return [str(row["reason"]) for row in rows]


async def reaches(client: Client, position: int, event_id: object) -> None:
    """Waits until JetStream's newest message is that event at that position."""

    async def there() -> bool:
        try:
            state = await Stream(client).state()
        except Offline:
            return False
        return state is not None and (state.last, (state.headers or {}).get("ce-id")) == (
            position,
            str(event_id),
        )

    await eventually(there)


async def newest(database: Database) -> object:
    """The id of the log's last event."""
    admin = await asyncpg.connect(database.admin_url)
    found = await admin.fetchval("SELECT event_id FROM es.events ORDER BY position DESC LIMIT 1")
    await admin.close()
    return found


async def appended(database: Database, events: int) -> object:
    """Appends that many by a process of that moment; the id of the last."""
    log = await PostgresLog.open(database.app_url, Registry())
    await append(log, events)
    await log.close()
    return await newest(database)


@pytest.mark.parametrize("regrown", [0, 2, 7], ids=["behind", "level", "beyond"])
async def test_a_stream_of_a_lost_future_begins_an_epoch_and_is_made_anew(
    mortal_postgres: MortalPostgres, mortal_nats: MortalNats, metrics: Metrics, regrown: int
) -> None:
    """Whether or not the log has come as far again."""
    database = Database(mortal_postgres.admin_url, mortal_postgres.app_url)
    async with connected(mortal_nats.url) as client:
        await online(client)
        kept = await appended(database, 3)
        mortal_postgres.stop()
        copy = mortal_postgres.copy()
        mortal_postgres.start()
        lost = await appended(database, 2)
        async with relaying(database, mortal_nats.url, metrics):
            await reaches(client, 5, lost)
        mortal_postgres.stop()
        mortal_postgres.put_back(copy)
        mortal_postgres.start()
        last = await appended(database, regrown) if regrown else kept
        async with relaying(database, mortal_nats.url, metrics):
            await reaches(client, 3 + regrown, last)
            begun = await reasons(database)
            assert begun == ["the first", "JetStream knows position 5 of epoch 1"]
        async with relaying(database, mortal_nats.url, metrics):
            await reaches(client, 4 + regrown, await appended(database, 1))
        assert await reasons(database) == begun


async def test_a_stream_that_is_younger_or_of_somebody_else_begins_no_epoch(
    mortal_postgres: MortalPostgres, mortal_nats: MortalNats, metrics: Metrics
) -> None:
    """It is made anew, or goes on, and nothing else."""
    database = Database(mortal_postgres.admin_url, mortal_postgres.app_url)
    async with connected(mortal_nats.url) as client:
        await online(client)
        for step in ("unmarked", "another log's", "intruded", "wiped"):
            stream = Stream(client)
            if step == "unmarked":
                await stream.create(100)
            elif step == "another log's":
                await stream.create(100, origin={"tallybook-log": "x", "tallybook-epoch": "9"})
            elif step == "intruded":
                await stream.jetstream.publish(INTRUDER, b"intruder")
            else:
                mortal_nats.kill()
                mortal_nats.wipe()
                mortal_nats.start()
                await online(client)
            last = await appended(database, 2)
            async with relaying(database, mortal_nats.url, metrics):
                head = await _head(database)
                await reaches(client, head, last)
            assert await reasons(database) == ["the first"], step


async def _head(database: Database) -> int:
    admin = await asyncpg.connect(database.admin_url)
    head = await admin.fetchval("SELECT max(position) FROM es.events")
    await admin.close()
    return int(head)
