"""The feed gives every event once and in order, whatever becomes of NATS."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import asyncpg
import pytest
from nats.aio.client import Client
from nats.errors import Error

from adapters.metrics import Metrics
from adapters.nats.feed import Feed
from adapters.nats.stream import NAME, Offline, Stream, connected, online
from adapters.postgres.log import PostgresLog
from domain.base import Recorded
from domain.registry import Registry
from tests.conftest import Database
from tests.nats.conftest import MortalNats, append, eventually, relaying, running


class Reader:
    """What a feed has given since a position."""

    def __init__(self) -> None:
        self.events: list[Recorded] = []

    async def follow(self, feed: Feed, after: int) -> None:
        """Reads for ever."""
        async with aclosing(feed.batches(after)) as batches:
            async for batch in batches:
                self.events.extend(batch)

    async def reaches(self, position: int) -> None:
        """Waits until the feed has given that position."""

        async def there() -> bool:
            return bool(self.events) and self.events[-1].position >= position

        await eventually(there)


@asynccontextmanager
async def reading(log: PostgresLog, url: str, after: int = 0) -> AsyncIterator[Reader]:
    """A reader follows a feed meanwhile."""
    reader = Reader()
    async with (
        connected(url) as client,
        running(reader.follow(Feed(log, client, Registry()), after)),
    ):
        yield reader


async def same(reader: Reader, log: PostgresLog, after: int = 0) -> bool:
    """Whether the feed gave just what the log has."""
    in_log = await log.read(after, 10_000)
    return [_shape(one) for one in reader.events] == [_shape(one) for one in in_log]


def _shape(one: Recorded) -> tuple[object, ...]:
    return one.position, one.stream, one.version, one.recorded_at, one.event, one.actor


async def test_without_nats_the_log_is_the_feed(log: PostgresLog, mortal_nats: MortalNats) -> None:
    """It was never started."""
    await append(log, 3)
    async with reading(log, mortal_nats.url, after=1) as reader:
        await reader.reaches(3)
        await append(log, 2_100)
        await reader.reaches(2_103)
        assert await same(reader, log, after=1)


class Frozen(PostgresLog):
    """A log that shows its readers nothing new from some moment on."""

    newest = 2**62

    async def read(self, after: int, limit: int) -> list[Recorded]:
        """The events that were there at that moment."""
        page = await super().read(after, limit)
        return [event for event in page if event.position <= self.newest]


async def test_live_events_come_through_jetstream(
    database: Database, log: PostgresLog, mortal_nats: MortalNats, metrics: Metrics
) -> None:
    """Once it is attached, a feed hears of events without reading them in the log."""
    mortal_nats.start()
    frozen = await Frozen.open(database.app_url, Registry())
    async with (
        relaying(database, mortal_nats.url, metrics),
        connected(mortal_nats.url) as client,
        reading(frozen, mortal_nats.url) as reader,
    ):
        await append(log, 3)
        await eventually(lambda: has_consumer(client))
        frozen.newest = 3
        await append(log, 600)
        await reader.reaches(603)
        assert await same(reader, log)
    await frozen.close()


@pytest.mark.parametrize("wiped", [False, True], ids=["kept", "wiped"])
async def test_a_killed_and_restarted_server_costs_no_event(
    database: Database, log: PostgresLog, mortal_nats: MortalNats, metrics: Metrics, wiped: bool
) -> None:
    """The log goes on, and JetStream takes over again."""
    mortal_nats.start()
    async with (
        relaying(database, mortal_nats.url, metrics),
        connected(mortal_nats.url) as client,
        reading(log, mortal_nats.url) as reader,
    ):
        await append(log, 3)
        await eventually(lambda: has_consumer(client))
        mortal_nats.kill()
        await append(log, 3)
        await reader.reaches(6)
        if wiped:
            mortal_nats.wipe()
        mortal_nats.start()
        await append(log, 3)
        await reader.reaches(9)
        await eventually(lambda: has_consumer(client))
        await append(log, 3)
        await reader.reaches(12)
        assert await same(reader, log)


async def test_a_relay_that_stopped_is_noticed(
    database: Database, log: PostgresLog, mortal_nats: MortalNats, metrics: Metrics
) -> None:
    """JetStream is up but behind: the log helps out."""
    mortal_nats.start()
    async with connected(mortal_nats.url) as client, reading(log, mortal_nats.url) as reader:
        async with relaying(database, mortal_nats.url, metrics):
            await append(log, 3)
            await eventually(lambda: has_consumer(client))
        for last in range(4, 12):
            await append(log, 1)
            await reader.reaches(last)
        assert await same(reader, log)


async def test_messages_of_somebody_else_are_never_events(
    database: Database, log: PostgresLog, mortal_nats: MortalNats, metrics: Metrics
) -> None:
    """A foreign message is no event, and the relay takes the stream back."""
    mortal_nats.start()
    async with (
        relaying(database, mortal_nats.url, metrics),
        connected(mortal_nats.url) as client,
        reading(log, mortal_nats.url) as reader,
    ):
        await append(log, 3)
        await eventually(lambda: has_consumer(client))
        await Stream(client).jetstream.publish("tallybook.a.b.c", b"intruder")
        await append(log, 3)
        await reader.reaches(6)
        await append(log, 3)
        await reader.reaches(9)
        assert await same(reader, log)


async def test_what_a_relay_sends_that_slept_over_a_new_epoch_is_no_event(
    database: Database, log: PostgresLog, mortal_nats: MortalNats, metrics: Metrics
) -> None:
    """The position is free in the new stream, but the event is of the lost future."""
    mortal_nats.start()
    async with (
        relaying(database, mortal_nats.url, metrics),
        connected(mortal_nats.url) as client,
        reading(log, mortal_nats.url) as reader,
    ):
        await append(log, 3)
        await eventually(lambda: has_consumer(client))
        late = {**_forged(4), "ce-epoch": "0"}
        await Stream(client).jetstream.publish("tallybook.a.b.c", b"{}", headers=late)
        await append(log, 1)
        await reader.reaches(4)
        await append(log, 3)
        await reader.reaches(7)
        assert await same(reader, log)
    begun = await asyncpg.connect(database.app_url)
    assert await begun.fetchval("SELECT count(*) FROM es.epochs") == 1
    await begun.close()


async def test_a_stream_beyond_the_log_is_not_followed(
    log: PostgresLog, mortal_nats: MortalNats
) -> None:
    """The log was restored to an earlier point, and no relay has noticed yet."""
    mortal_nats.start()
    async with connected(mortal_nats.url) as client:
        await online(client)
        await Stream(client).create(1)
        await append(log, 2)
        for position in range(1, 6):
            await Stream(client).jetstream.publish(
                "tallybook.a.b.c", b"{}", headers=_forged(position)
            )
        async with reading(log, mortal_nats.url) as reader:
            await reader.reaches(2)
            await append(log, 2)
            await reader.reaches(4)
            assert await same(reader, log)


def _forged(position: int) -> dict[str, str]:
    nobody = "00000000-0000-0000-0000-000000000000"
    return {
        "ce-subject": nobody,
        "ce-version": "1",
        "ce-time": "2025-01-01T00:00:00+00:00",
        "ce-recordedtime": "2025-01-01T00:00:00+00:00",
        "ce-actor": nobody,
        "ce-organization": nobody,
        "ce-type": "place.opened",
        "ce-schema": "1",
        "ce-position": str(position),
    }


async def has_consumer(client: Client) -> bool:
    """Whether a feed is attached to the stream."""
    try:
        info = await Stream(client).jetstream.stream_info(NAME)
    except (Offline, Error):
        return False
    return bool(info.state.consumer_count)
