"""What the log was at an instant: an answer that never changes again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from adapters.postgres.log import PostgresLog
from tests.eventstore.specimens import append, write

TICK = timedelta(microseconds=1)
A = UUID(int=101)
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


async def clock(admin: asyncpg.Connection) -> datetime:
    """The time by which events are recorded."""
    now = await admin.fetchval("SELECT clock_timestamp()")
    assert isinstance(now, datetime)
    return now


@pytest.mark.parametrize("size", [1, 2, 3, 20])
async def test_each_event_is_there_from_its_instant_on(log: PostgresLog, size: int) -> None:
    """Not a microsecond earlier; behind the last one nothing follows, before the first is none."""
    await log.append(append(write(A, 0, *map(str, range(size)))))
    for event in await log.load([A]):
        assert await log.recorded_at(event.position) == event.recorded_at
        assert await log.position_at(event.recorded_at) == event.position
        assert await log.position_at(event.recorded_at - TICK) == event.position - 1
    assert await log.position_at(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert await log.recorded_at(size + 1) is None


async def test_what_is_still_to_come_has_no_position(
    log: PostgresLog, admin: asyncpg.Connection
) -> None:
    """Even of an empty log; what has passed has one."""
    assert await log.position_at(await clock(admin) + timedelta(minutes=1)) is None
    assert await log.position_at(await clock(admin)) == 0
    await log.append(append(write(A, 0, "a", "b")))
    assert await log.position_at(await clock(admin) + timedelta(minutes=1)) is None
    assert await log.position_at(await clock(admin)) == 2


async def test_an_append_on_its_way_is_waited_for(
    log: PostgresLog, admin: asyncpg.Connection
) -> None:
    """It may have its time already: otherwise the same question had two answers."""
    await log.append(append(write(A, 0, "a")))
    async with admin.transaction():
        await admin.execute("SELECT pg_advisory_xact_lock(7236001)")
        asked = asyncio.ensure_future(log.position_at(await clock(admin)))
        while not await admin.fetchval(WAITING):  # noqa: ASYNC110 - another backend waits
            await asyncio.sleep(0.005)
        await admin.execute(
            "INSERT INTO es.events SELECT 2, recorded_at + interval '1 microsecond', occurred_at,"
            " organization_id, gen_random_uuid(), 1, event_schema, stream_type, event_type,"
            " gen_random_uuid(), correlation_id, causation_id, actor, payload FROM es.events"
        )
        assert not asked.done()
    assert await asked == 2
