"""A projector keeps all its projections up with the log; what ails one does not hold up another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from prometheus_client import CollectorRegistry

from adapters.metrics import Metrics
from adapters.nats.feed import Feed
from adapters.nats.hints import Hints
from adapters.nats.stream import connected
from adapters.postgres.epochs import Epochs
from adapters.postgres.log import PostgresLog
from domain.base import Event, Recorded
from domain.registry import Registry
from projections.engine.checkpoints import Fenced
from projections.engine.projector import Projector
from projections.engine.sharding import TURN
from tests.engine.hall import NO_NATS, Hall
from tests.engine.places import ALL, BLIND, DELICATE, LINES, SICK, WELL
from tests.nats.conftest import append, eventually


async def test_every_projection_reaches_the_head_whether_events_concern_it_or_not(
    hall: Hall,
) -> None:
    """Rows are the replay; a checkpoint moves without rows as well."""
    await hall.install(*ALL)
    await append(hall.log, 2_100)
    async with hall.projecting(*ALL):
        await hall.caught_up(*ALL)
        for _ in range(5):
            await append(hall.log, 3)
        await hall.caught_up(*ALL)
    for projection in (WELL, DELICATE, LINES):
        assert await hall.rows(projection) == await hall.replayed(projection)
    assert await hall.rows(BLIND) == {}


async def test_a_new_projection_catches_up_beside_those_that_are_live(hall: Hall) -> None:
    """It reads the log by itself and then joins them."""
    await hall.install(WELL)
    await append(hall.log, 4_100)
    async with hall.projecting(WELL):
        await hall.caught_up(WELL)
    await hall.install(WELL, LINES)
    async with hall.projecting(WELL, LINES):
        await append(hall.log, 5)
        await hall.caught_up(WELL, LINES)
        await append(hall.log, 5)
        await hall.caught_up(WELL, LINES)
    assert len(await hall.rows(LINES)) == 4_110
    assert await hall.rows(WELL) == await hall.replayed(WELL)


async def test_a_locked_table_holds_up_its_own_projection_only(hall: Hall) -> None:
    """It is tried again until it works, and counted."""
    await hall.install(WELL, LINES)
    async with hall.projecting(WELL, LINES):
        await append(hall.log, 2)
        await hall.caught_up(WELL, LINES)
        holder = await asyncpg.connect(hall.database.admin_url)
        async with holder.transaction():
            await holder.execute(f"LOCK TABLE {LINES.table} IN ACCESS EXCLUSIVE MODE")
            await append(hall.log, 2)
            await hall.caught_up(WELL)
            await eventually(lambda: _counted(hall, "tallybook_retries_total", what=LINES.id))
            await append(hall.log, 2)
            await hall.caught_up(WELL)
            assert (await hall.health())[LINES.id].behind > 0
        await holder.close()
        await hall.caught_up(LINES)
    assert await hall.rows(LINES) == await hall.replayed(LINES)


async def test_lost_connections_cost_neither_an_event_nor_a_doubled_one(hall: Hall) -> None:
    """Whatever was in flight is looked up in the checkpoint."""
    await hall.install(*ALL)
    async with hall.projecting(*ALL):
        for _ in range(10):
            await append(hall.log, 20)
            await hall.pool.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND query ~ 'read\\.'"
            )
        await hall.caught_up(*ALL)
    for projection in (WELL, DELICATE, LINES):
        assert await hall.rows(projection) == await hall.replayed(projection)


async def test_an_event_that_always_fails_parks_its_stream_in_sight_of_all(hall: Hall) -> None:
    """Health and metrics say so; other streams and other projections go on."""
    await hall.install(WELL, DELICATE)
    sick = uuid4()
    async with hall.projecting(WELL, DELICATE):
        await append(hall.log, 2)
        await append(hall.log, 1, sick, code=SICK)
        await append(hall.log, 2)
        await hall.caught_up(WELL, DELICATE)
        assert await _counted(hall, "tallybook_parked_streams", projection=DELICATE.id, shard="1/1")
    assert (await hall.health())[DELICATE.id].parked == 1
    (parked,) = await hall.checkpoints.parked()
    assert (parked.projection, parked.stream, parked.position) == (DELICATE.id, sick, 3)
    assert SICK in parked.error
    assert (sick,) not in await hall.rows(DELICATE)
    assert len(await hall.rows(WELL)) == 3
    assert await hall.rows(DELICATE) == await hall.replayed(DELICATE)


class FromTomorrow(Registry):
    """A registry that knows no event."""

    def decode(self, name: str, schema: int, payload: bytes) -> Event:
        """Refuses every name."""
        raise KeyError(name)


async def test_an_event_that_no_code_knows_parks_its_stream_where_it_might_matter(
    hall: Hall,
) -> None:
    """Only who ignores every event can do without it."""
    await hall.install(WELL, BLIND)
    ignorant = await PostgresLog.open(hall.database.app_url, FromTomorrow())
    await append(hall.log, 2)
    async with hall.projecting(WELL, BLIND, log=ignorant):
        await hall.caught_up(WELL, BLIND)
    await ignorant.close()
    (parked,) = await hall.checkpoints.parked()
    assert (parked.projection, parked.position) == (WELL.id, 1)
    assert "place.opened" in parked.error


class Busy:
    """A pool that has no connection left while it is told so."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self.full = False

    def acquire(self, *, timeout: float) -> Any:
        """A connection; raises TimeoutError as a pool does whose time has run out."""
        if self.full:
            raise TimeoutError
        return self._pool.acquire(timeout=timeout)

    async def release(self, connection: Any) -> None:
        """Takes it back."""
        await self._pool.release(connection)


async def test_an_event_that_came_while_no_connection_was_free_is_not_left_for_the_next(
    hall: Hall,
) -> None:
    """Nobody may ever append another one."""
    await hall.install(WELL, BLIND)
    pool, busy = hall.pool, Busy(hall.pool)
    hall.pool = busy  # type: ignore[assignment]  # all that a projector asks of one
    async with hall.projecting(WELL, BLIND):
        hall.pool = pool
        await append(hall.log, 1)
        await hall.caught_up(WELL, BLIND)
        busy.full = True
        await append(hall.log, 1)
        await eventually(lambda: _counted(hall, "tallybook_retries_total", what="feed"))
        busy.full = False
        await hall.caught_up(WELL, BLIND)
    assert await hall.rows(WELL) == await hall.replayed(WELL)


async def test_a_second_projector_waits_and_takes_over(hall: Hall) -> None:
    """It is quiet while the first one lives."""
    await hall.install(WELL, LINES)
    async with AsyncExitStack() as first:
        await first.enter_async_context(hall.projecting(WELL, LINES))
        await append(hall.log, 2)
        await hall.caught_up(WELL, LINES)
        async with hall.projecting(LINES, WELL) as second:
            await append(hall.log, 2)
            await hall.caught_up(WELL, LINES)
            await first.aclose()
            await append(hall.log, 2)
            await hall.caught_up(WELL, LINES)
            assert not second.done()
    for projection in (WELL, LINES):
        assert await hall.rows(projection) == await hall.replayed(projection)


async def test_a_projector_whose_checkpoint_was_moved_stops(hall: Hall) -> None:
    """Somebody else writes these rows, or rebuilds them."""
    await hall.install(WELL, LINES)
    async with hall.projecting(WELL, LINES) as projector:
        await append(hall.log, 5)
        await hall.caught_up(WELL, LINES)
        await hall.pool.execute(
            "UPDATE read.checkpoints SET position = 2 WHERE projection = $1", LINES.id
        )
        await append(hall.log, 1)
        with pytest.raises(Fenced, match=LINES.id):
            await projector


async def test_a_projector_that_lost_its_turn_unnoticed_stops_as_any_other(hall: Hall) -> None:
    """Its locks went with their connection: there is nothing to give back."""
    await hall.install(LINES)
    async with hall.projecting(LINES) as projector:
        await append(hall.log, 5)
        await hall.caught_up(LINES)
        await hall.pool.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks"
            " WHERE locktype = 'advisory' AND classid = $1",
            TURN,
        )
        await hall.pool.execute("UPDATE read.checkpoints SET position = 2")
        await append(hall.log, 1)
        with pytest.raises(Fenced, match=LINES.id):
            await projector


async def test_a_gap_in_what_a_feed_gives_is_filled_from_the_log(hall: Hall) -> None:
    """A feed is not believed: positions are counted again."""
    await hall.install(LINES)
    await append(hall.log, 10)

    class Leaky(Feed):
        """It keeps every other event to itself."""

        async def batches(self, after: int) -> AsyncGenerator[list[Recorded], None]:
            """What is left."""
            async for batch in super().batches(after):
                yield batch[1::2]

    async with connected(NO_NATS) as client:
        projector = Projector(
            [LINES],
            log=hall.log,
            feed=Leaky(hall.log, client, Registry()),
            pool=hall.pool,
            hints=Hints(client, Epochs()),
            metrics=Metrics(CollectorRegistry()),
        )
        task = asyncio.create_task(projector.run())
        await hall.caught_up(LINES)
        task.cancel()
        await asyncio.wait([task])
    assert await hall.rows(LINES) == await hall.replayed(LINES)


async def _counted(hall: Hall, name: str, **labels: str) -> bool:
    return bool(hall.registry.get_sample_value(name, labels))
