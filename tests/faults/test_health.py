"""What a monitor is told: who stands still, however quiet it is, and what is away."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from adapters.metrics import Metrics
from adapters.nats.relay import Relay
from adapters.nats.stream import Stream, connected, online
from adapters.postgres.checkpoints import Checkpoints
from adapters.postgres.connection import create_pool
from adapters.postgres.log import PostgresLog
from api import health
from api.health import Standing
from tests.conftest import Database
from tests.eventstore.severed import Line
from tests.nats.conftest import (
    MortalNats,
    append,
    eventually,
    log,
    metrics,
    mortal_nats,
    running,
)

__all__ = ["log", "metrics", "mortal_nats"]
APPLY = "UPDATE read.checkpoints SET position = (SELECT max(position) FROM es.events)"


class House:
    """Servers that may go away, and what is said of them."""

    def __init__(
        self, line: Line, nats: MortalNats, pool: asyncpg.Pool, standing: Standing
    ) -> None:
        self.line, self.nats, self.pool, self._standing = line, nats, pool, standing

    async def says(self, status: str, **facts: object) -> None:
        """Waits until that is what is said."""

        async def said() -> bool:
            ready = await self._standing.ready()
            return ready.status == status and all(getattr(ready, f) == v for f, v in facts.items())

        await eventually(said)

    async def lacking(self) -> int | None:
        """How many events JetStream lacks."""
        relay = (await self._standing.ready()).relay
        return None if relay is None else relay.behind


@pytest.fixture
async def house(
    database: Database, mortal_nats: MortalNats, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """Late is who lacks an event for a fifth of a second."""
    monkeypatch.setattr(health, "MOST_SECONDS", 0.2)
    mortal_nats.start()
    with tempfile.TemporaryDirectory(prefix="line-") as folder:
        async with (
            Line(database.app_url, Path(folder)) as line,
            connected(mortal_nats.url) as client,
        ):
            await online(client)
            pool = await create_pool(line.url)
            standing = Standing(Checkpoints(pool), Stream(client), lambda: client.is_connected)
            yield House(line, mortal_nats, pool, standing)
            await pool.close()


async def test_a_projector_that_stands_still_shows_by_one_event(
    house: House, log: PostgresLog, database: Database, metrics: Metrics
) -> None:
    """And not before it had time to apply it."""
    async with (
        connected(house.nats.url) as client,
        running(Relay(database.app_url, client, metrics).run()),
    ):
        await house.says("ok", broker=True, store=True)
        await append(log, 1)
        await house.says("degraded")
        await house.pool.execute(APPLY)
        await house.says("ok")


async def test_a_relay_that_stands_still_shows_by_one_event(
    house: House, log: PostgresLog, database: Database, metrics: Metrics
) -> None:
    """Though projections have it from the log."""
    async with (
        connected(house.nats.url) as client,
        running(Relay(database.app_url, client, metrics).run()),
    ):
        await house.says("ok")
    await append(log, 1)
    await house.pool.execute(APPLY)
    await house.says("degraded", broker=True)
    assert await house.lacking() == 1


async def test_without_the_broker_it_is_degraded_and_serves(house: House) -> None:
    """Nothing depends on it."""
    house.nats.kill()
    await house.says("degraded", broker=False, relay=None, store=True)


async def test_without_the_log_it_is_unavailable(house: House) -> None:
    """And says so until it is back."""
    house.line.dead = True
    house.line.cut()
    await house.says("unavailable", store=False)
    house.line.dead = False
    await house.says("degraded", store=True)  # no relay runs here


async def test_a_log_that_does_not_answer_is_unavailable_in_time(
    house: House, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A monitor waits no longer than the bound."""
    monkeypatch.setattr(health, "ASK_SECONDS", 0.1)
    await house.says("degraded")
    async with asyncio.timeout(5), admin.transaction():
        await admin.execute("LOCK TABLE read.checkpoints IN ACCESS EXCLUSIVE MODE")
        await house.says("unavailable")
