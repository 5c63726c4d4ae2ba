"""A cluster of three servers keeps the feed going when any one of them dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from nats.aio.client import Client

from adapters.metrics import Metrics
from adapters.nats.feed import STALLS
from adapters.nats.stream import connected
from adapters.postgres.log import PostgresLog
from domain.registry import Registry
from tests.conftest import Database
from tests.nats.cluster import cluster, leader
from tests.nats.conftest import MortalNats, append, eventually, relaying
from tests.nats.test_feed import Frozen, Reader, has_consumer, reading, same
from tests.nats.test_relay import reaches

COPIES, WHILE_SECONDS = 3, 0.5


@pytest.fixture
async def servers_of_three(tmp_path: Path) -> AsyncIterator[dict[str, MortalNats]]:
    """All three."""
    with cluster(tmp_path) as members:
        yield members


async def test_the_feed_goes_on_through_jetstream_when_the_leader_dies(
    database: Database,
    log: PostgresLog,
    metrics: Metrics,
    servers_of_three: dict[str, MortalNats],
) -> None:
    """The log shows the reader nothing new: what comes has come from the two that are left."""
    url = ",".join(member.url for member in servers_of_three.values())
    frozen = await Frozen.open(database.app_url, Registry())
    async with (
        relaying(database, url, metrics, replicas=COPIES),
        connected(url) as client,
        reading(frozen, url) as reader,
    ):
        await append(log, 3)
        await reaches(client, 3)
        await eventually(lambda: has_consumer(client))
        dead = await _kill_leader(client, servers_of_three)

        await eventually(lambda: _through_jetstream(log, frozen, reader))
        assert await same(reader, log)
        dead.start()
        await append(log, 3)
        await reaches(client, await log.head())
    await frozen.close()


async def _through_jetstream(log: PostgresLog, frozen: Frozen, reader: Reader) -> bool:
    """Whether events come that the log does not show; else it shows a few, which is noticed."""
    frozen.newest = await log.head()
    await append(log, 20)
    with suppress(TimeoutError):
        async with asyncio.timeout(WHILE_SECONDS):
            await reader.reaches(frozen.newest + 20)
        return True
    frozen.newest = Frozen.newest
    for _ in range(STALLS):
        await reader.reaches((await append(log, 1)).last_position)
    return False


async def _kill_leader(client: Client, members: dict[str, MortalNats]) -> MortalNats:
    first = await leader(client)
    assert first is not None
    members[first].kill()

    async def another() -> bool:
        return await leader(client) not in (None, first)

    await eventually(another)
    return members[first]
