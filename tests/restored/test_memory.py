"""What a process remembers of a future that the log has lost leads to nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import asyncpg
import pytest

from adapters.postgres.epochs import Epochs, begin
from domain.ports import VersionConflict
from tests.faults.tally import Process, TooMuch, taking
from tests.nats.conftest import eventually
from tests.restored.servers import MortalPostgres


async def epochs(postgres: MortalPostgres) -> list[tuple[int, int]]:
    """Each epoch with the position that it began after."""
    admin = await asyncpg.connect(postgres.admin_url)
    rows = await admin.fetch("SELECT epoch, began_after FROM es.epochs ORDER BY epoch")
    await admin.close()
    return [tuple(row) for row in rows]


async def recovered(postgres: MortalPostgres) -> None:
    """Waits for the end of the recovery: until then a server admits readers only."""
    admin = await asyncpg.connect(postgres.admin_url)
    await eventually(lambda: admin.fetchval("SELECT NOT pg_is_in_recovery()"))
    await admin.close()


async def diverted(postgres: MortalPostgres, survivor: Process, streams: Sequence[UUID]) -> Process:
    """Another process, on a log that has 1 and 8 of each stream; the survivor took 1 and 2."""
    for stream in streams:
        await survivor.take(stream, 1)
    postgres.stop()
    copy = postgres.copy()
    postgres.start()
    for stream in streams:
        await survivor.take(stream, 2)
    postgres.stop()
    postgres.put_back(copy)
    postgres.start()
    other = await Process.start(postgres.app_url)
    for stream in streams:
        await other.take(stream, 8)
    return other


async def test_a_remembered_aggregate_does_not_outlive_its_events(
    mortal_postgres: MortalPostgres,
) -> None:
    """Even where the stream has come to the same version another way."""
    survivor, streams = await Process.start(mortal_postgres.app_url), [uuid4() for _ in range(3)]
    other = await diverted(mortal_postgres, survivor, streams)
    gate = asyncio.Event()
    deciding = asyncio.create_task(survivor.run(taking(streams[2], 2, gate)))
    await asyncio.sleep(0)  # it has the tally in hand
    for stream in streams[:2]:  # one tells of the loss, one is in memory still
        with pytest.raises(TooMuch):  # of the seven that were left in the lost future
            await survivor.take(stream, 2)
    gate.set()
    with pytest.raises(TooMuch):
        await deciding
    for stream in streams:
        assert (await survivor.take(stream, 1)).version == 3
        assert await other.amounts(stream) == [1, 8, 1]
    assert [began_after for _, began_after in await epochs(mortal_postgres)] == [0, 6]
    await survivor.log.close()
    await other.log.close()


async def test_appends_that_waited_for_the_server_are_decided_again(
    mortal_postgres: MortalPostgres,
) -> None:
    """They expect the version that the stream has, but were decided on what is lost."""
    survivor, streams = await Process.start(mortal_postgres.app_url), [uuid4(), uuid4()]
    other = await diverted(mortal_postgres, survivor, streams)
    await other.log.close()
    mortal_postgres.stop()
    waiting = []
    for stream in (*streams, *streams):  # one in flight, the others behind it
        waiting.append(asyncio.create_task(survivor.take(stream, 2)))
        await asyncio.sleep(0.01)
    mortal_postgres.start()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(one, TooMuch | VersionConflict) for one in outcomes), outcomes
    for stream in streams:
        await survivor.take(stream, 1)
        assert await survivor.amounts(stream) == [1, 8, 1]
    assert len(await epochs(mortal_postgres)) == 2
    await survivor.log.close()


async def test_a_server_that_only_started_again_has_lost_nothing(
    mortal_postgres: MortalPostgres,
) -> None:
    """Also after a crash: the epoch goes on, and what waited goes in as it was."""
    survivor, stream = await Process.start(mortal_postgres.app_url), uuid4()
    await survivor.take(stream, 1)
    mortal_postgres.crash()
    waiting = asyncio.create_task(survivor.take(stream, 2))
    await asyncio.sleep(0)
    mortal_postgres.start()
    assert (await waiting).version == 2
    assert await survivor.amounts(stream) == [1, 2]
    assert len(await epochs(mortal_postgres)) == 1
    await survivor.log.close()


async def test_everybody_hears_of_a_new_epoch_before_the_next_append(
    mortal_postgres: MortalPostgres,
) -> None:
    """One that loses nothing as well: others are disconnected, and find it when they return."""
    here, there = [await Process.start(mortal_postgres.app_url) for _ in range(2)]
    stream = uuid4()
    await here.take(stream, 1)
    await there.take(stream, 1)
    connection = await asyncpg.connect(mortal_postgres.app_url)
    await begin(connection, 1, "a test")
    await begin(connection, 1, "a test that comes too late")
    await connection.close()
    before = here.log.generation
    assert [(await one.take(stream, 1)).version for one in (here, there)] == [3, 4]
    assert (here.log.generation, there.log.generation) == (before + 1, before + 1)
    assert [after for _, after in await epochs(mortal_postgres)] == [0, 2]
    for one in (here, there):
        await one.log.close()


async def test_a_position_is_of_the_epoch_that_has_it(mortal_postgres: MortalPostgres) -> None:
    """Up to where the next epoch began; of an epoch that the log does not know none is."""
    process, stream = await Process.start(mortal_postgres.app_url), uuid4()
    await process.take(stream, 1)
    connection = await asyncpg.connect(mortal_postgres.app_url)
    await begin(connection, 1, "a test")
    known = Epochs()
    await known.enter(connection)
    newest = known.current
    assert newest > 1_700_000_000
    lost = [(1, 1), (1, 2), (2, 1), (newest, 2), (newest + 1, 1)]
    assert [known.lost(*one) for one in lost] == [False, True, True, False, True]
    await connection.close()
    await process.log.close()


async def test_a_recovered_server_is_another_one(mortal_postgres: MortalPostgres) -> None:
    """Nobody remembers anything, but the server went another way than the log's last epoch."""
    before, stream = await Process.start(mortal_postgres.app_url), uuid4()
    await before.take(stream, 1)
    await before.log.close()
    mortal_postgres.stop()
    mortal_postgres.recover()
    mortal_postgres.start()
    await recovered(mortal_postgres)
    after = await Process.start(mortal_postgres.app_url)
    assert [began_after for _, began_after in await epochs(mortal_postgres)] == [0, 1]
    assert (await after.take(stream, 1)).version == 2
    await after.log.close()
    again = await Process.start(mortal_postgres.app_url)
    assert len(await epochs(mortal_postgres)) == 2
    await again.log.close()
