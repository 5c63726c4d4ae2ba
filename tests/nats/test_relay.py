"""JetStream becomes a copy of the log, whatever happens to either."""

from __future__ import annotations

import asyncpg
import pytest
from nats.aio.client import Client
from nats.errors import Error

from adapters.metrics import Metrics
from adapters.nats.stream import NAME, Offline, State, Stream, connected, online
from adapters.postgres.log import PostgresLog
from tests.conftest import Database
from tests.nats.conftest import MortalNats, append, eventually, relaying


async def state(client: Client) -> State | None:
    """What JetStream holds; nothing while it is away."""
    try:
        return await Stream(client).state()
    except (Offline, Error):
        return None


async def reaches(client: Client, position: int) -> None:
    """Waits until JetStream's last sequence is that position."""

    async def there() -> bool:
        found = await state(client)
        return found is not None and found.last == position

    await eventually(there)


async def copied(client: Client, database: Database, first: int, last: int) -> bool:
    """Whether JetStream's messages are the log's events: ids in order, and payloads."""
    connection = await asyncpg.connect(database.app_url)
    try:
        rows = await connection.fetch("SELECT * FROM es.events ORDER BY position")
    finally:
        await connection.close()
    for row in rows[first - 1 : last]:
        message = await Stream(client).jetstream.get_msg(NAME, row["position"])
        if (message.headers or {})["ce-id"] != str(row["event_id"]):
            return False
        if message.data != row["payload"]:
            return False
    return len(rows) >= last


async def test_what_is_appended_is_published_under_its_position(
    database: Database, log: PostgresLog, mortal_nats: MortalNats, metrics: Metrics
) -> None:
    """Before the relay came and after."""
    mortal_nats.start()
    await append(log, 3)
    async with (
        connected(mortal_nats.url) as client,
        relaying(database, mortal_nats.url, metrics),
    ):
        await reaches(client, 3)
        await append(log, 4)
        await reaches(client, 7)
        assert await copied(client, database, 1, 7)


async def test_two_relays_publish_nothing_twice(
    database: Database, log: PostgresLog, mortal_nats: MortalNats, metrics: Metrics
) -> None:
    """The second waits its turn and takes over when the first is gone."""
    mortal_nats.start()
    async with connected(mortal_nats.url) as client:
        async with relaying(database, mortal_nats.url, metrics):
            async with relaying(database, mortal_nats.url, metrics):
                await append(log, 5)
                await reaches(client, 5)
            await append(log, 5)
            await reaches(client, 10)
        async with relaying(database, mortal_nats.url, metrics):
            await append(log, 5)
            await reaches(client, 15)
        assert await copied(client, database, 1, 15)


async def test_relays_that_lose_their_lock_do_no_harm(
    database: Database, log: PostgresLog, mortal_nats: MortalNats, metrics: Metrics
) -> None:
    """Two may then publish for a moment: JetStream takes each position once."""
    mortal_nats.start()
    admin = await asyncpg.connect(database.admin_url)
    async with (
        connected(mortal_nats.url) as client,
        relaying(database, mortal_nats.url, metrics),
        relaying(database, mortal_nats.url, metrics),
    ):
        await append(log, 1)
        await reaches(client, 1)
        for _ in range(5):
            await append(log, 300)
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'tallybook relay' AND datname = current_database()"
            )
        await reaches(client, 1501)
        assert await copied(client, database, 1, 1501)
    await admin.close()


@pytest.mark.parametrize("wiped", [False, True], ids=["kept", "wiped"])
async def test_a_killed_server_gets_what_it_missed(
    database: Database, log: PostgresLog, mortal_nats: MortalNats, metrics: Metrics, wiped: bool
) -> None:
    """With its data or without."""
    mortal_nats.start()
    async with (
        connected(mortal_nats.url) as client,
        relaying(database, mortal_nats.url, metrics),
    ):
        await append(log, 3)
        await reaches(client, 3)
        mortal_nats.kill()
        if wiped:
            mortal_nats.wipe()
        await append(log, 3)
        mortal_nats.start()
        await reaches(client, 6)
        assert await copied(client, database, 1, 6)


async def test_a_new_stream_begins_with_the_recent_events_at_their_positions(
    database: Database, log: PostgresLog, mortal_nats: MortalNats, metrics: Metrics
) -> None:
    """Older ones are read in the log."""
    mortal_nats.start()
    await append(log, 5)
    async with (
        connected(mortal_nats.url) as client,
        relaying(database, mortal_nats.url, metrics, recent=2),
    ):
        await reaches(client, 5)
        info = await Stream(client).jetstream.stream_info(NAME)
        assert (info.state.first_seq, info.state.messages) == (4, 2)
        assert await copied(client, database, 4, 5)


async def test_a_stream_of_another_history_is_made_anew(
    database: Database, log: PostgresLog, mortal_nats: MortalNats, metrics: Metrics
) -> None:
    """As after the log was restored to an earlier point: JetStream has what never happened."""
    mortal_nats.start()
    await append(log, 3)
    async with connected(mortal_nats.url) as client:
        await online(client)
        await Stream(client).create(1)
        for _ in range(5):
            await Stream(client).jetstream.publish(
                "tallybook.a.b.c", b"lost", headers={"ce-id": "x"}
            )
        async with relaying(database, mortal_nats.url, metrics):
            await reaches(client, 3)
            assert await copied(client, database, 1, 3)
            await append(log, 4)
            await reaches(client, 7)
            assert await copied(client, database, 1, 7)
