"""Readers hear of their projections' progress: at once with NATS, soon without it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from nats.aio.client import Client

from adapters.nats.hints import APPENDED, PROJECTED, Hints, Lagging, Positions
from adapters.nats.stream import connected, online
from adapters.postgres.checkpoints import Checkpoints
from adapters.postgres.epochs import Epochs
from domain.base import NOBODY
from projections.engine.shard import WHOLE
from tests.conftest import Database
from tests.nats.conftest import MortalNats, eventually

NO_NATS = "nats://127.0.0.1:1"


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[asyncpg.Pool]:
    """Two projections, at 5 and at 0."""
    async with asyncpg.create_pool(database.app_url, min_size=1, max_size=2) as opened:
        await opened.execute(
            "INSERT INTO read.checkpoints (projection, position) VALUES ('ahead', 5), ('late', 0)"
        )
        yield opened


@pytest.fixture
async def client(mortal_nats: MortalNats) -> AsyncIterator[Client]:
    """A connection to a running server."""
    mortal_nats.start()
    async with connected(mortal_nats.url) as opened:
        await online(opened)
        yield opened


async def heard_by(positions: Positions, hints: Hints) -> None:
    """Waits until hints arrive: a subscription takes a moment."""

    async def arrives() -> bool:
        await hints.projected(WHOLE, {"probe": 1})
        return await positions.changed("probe", 0, 0.05) == 1

    await eventually(arrives)


async def test_a_position_that_is_reached_is_not_waited_for(pool: asyncpg.Pool) -> None:
    """Whatever NATS does, the checkpoints say it."""
    async with (
        connected(NO_NATS) as client,
        Positions(Checkpoints(pool), client, Epochs()).listening() as positions,
    ):
        await positions.reached(["ahead"], 5, NOBODY)


async def test_without_nats_the_checkpoints_are_polled(pool: asyncpg.Pool) -> None:
    """Whoever waits hears of the commit by itself."""
    async with (
        connected(NO_NATS) as client,
        Positions(Checkpoints(pool), client, Epochs()).listening() as positions,
    ):
        waiting = [
            asyncio.create_task(positions.reached(["ahead", "late"], 5, NOBODY, timeout_seconds=20))
            for _ in range(3)
        ]
        await pool.execute("UPDATE read.checkpoints SET position = 7 WHERE projection = 'late'")
        await asyncio.gather(*waiting)


async def test_a_projection_that_is_late_is_named_when_the_time_is_over(
    pool: asyncpg.Pool,
) -> None:
    """The answer says how far it had come."""
    async with (
        connected(NO_NATS) as client,
        Positions(Checkpoints(pool), client, Epochs()).listening() as positions,
    ):
        with pytest.raises(Lagging) as lagging:
            await positions.reached(["ahead", "late"], 5, NOBODY, timeout_seconds=0.1)
        assert lagging.value.positions == {"late": 0}


async def test_a_hint_wakes_those_who_wait(pool: asyncpg.Pool, client: Client) -> None:
    """It is believed before the next poll."""
    hints = Hints(client, Epochs())
    async with Positions(Checkpoints(pool), client, Epochs()).listening() as positions:
        await heard_by(positions, hints)
        waiting = asyncio.create_task(positions.changed("late", 0, 20))
        reading = asyncio.create_task(positions.reached(["late"], 9, NOBODY, timeout_seconds=20))
        await hints.projected(WHOLE, {"late": 9})
        assert await waiting == 9
        await reading


async def test_an_older_hint_takes_nothing_back(pool: asyncpg.Pool, client: Client) -> None:
    """Hints may overtake one another."""
    hints = Hints(client, Epochs())
    async with Positions(Checkpoints(pool), client, Epochs()).listening() as positions:
        await heard_by(positions, hints)
        await hints.projected(WHOLE, {"late": 9})
        await hints.projected(WHOLE, {"late": 3, "last": 1})
        assert await positions.changed("last", 0, 20) == 1
        await positions.reached(["late"], 9, NOBODY, timeout_seconds=0.1)


async def test_nobody_waits_longer_than_he_said_for_a_change(pool: asyncpg.Pool) -> None:
    """A timer then looks for itself."""
    async with (
        connected(NO_NATS) as client,
        Positions(Checkpoints(pool), client, Epochs()).listening() as positions,
    ):
        assert await positions.changed("late", 0, 0.05) == 0


async def test_many_appends_at_once_are_one_hint(client: Client) -> None:
    """The relay reads all of them anyway."""
    heard = await client.subscribe(APPENDED)
    end = await client.subscribe(PROJECTED)
    hints = Hints(client, Epochs())
    for _ in range(100):
        hints.appended()
    await asyncio.sleep(0)
    await hints.projected(WHOLE, {})
    await end.next_msg(timeout=20)
    assert heard.pending_msgs == 1


async def test_hints_without_nats_are_nobodys_trouble() -> None:
    """Nothing is raised and nothing piles up."""
    async with connected(NO_NATS) as client:
        hints = Hints(client, Epochs())
        hints.appended()
        await hints.projected(WHOLE, {"late": 1})
        await asyncio.sleep(0)
        assert client.pending_data_size == 0
