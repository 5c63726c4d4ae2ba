"""Events that were decided and never stored: nothing else may come to stand on them."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from api.aggregates import Aggregates
from api.commands import Answer, PreconditionFailed
from api.unit_of_work import Unit
from domain.base import NotFound
from tests.faults.conftest import Lock
from tests.faults.tally import Process, Tally, TooMuch, taking


async def _outcomes(*runs: asyncio.Task[Answer]) -> list[Answer | BaseException]:
    return await asyncio.gather(*runs, return_exceptions=True)


async def test_a_chain_that_another_process_overtook_is_decided_again(
    here: Process, there: Process, stream: UUID
) -> None:
    """The second link expects the version that the other's event has by now, and is no follower."""
    await there.take(stream, 9)
    runs = [asyncio.create_task(here.take(stream, 4)) for _ in range(2)]
    assert [type(outcome) for outcome in await _outcomes(*runs)] == [TooMuch, TooMuch]
    assert await here.amounts(stream) == [1, 9]


async def test_a_chain_over_two_calls_that_another_process_overtook_is_decided_again(
    here: Process, there: Process, stream: UUID, lock: Lock
) -> None:
    """The first link is refused in one call, before the second one is sent in the next."""
    await there.take(stream, 9)
    await lock.hold()
    first = asyncio.create_task(here.take(stream, 4))
    await lock.waited_for()
    second = asyncio.create_task(here.take(stream, 4))
    await asyncio.sleep(0)
    await lock.release()
    assert [type(outcome) for outcome in await _outcomes(first, second)] == [TooMuch, TooMuch]
    assert await here.amounts(stream) == [1, 9]


async def test_a_link_on_a_loser_does_not_chain_on_the_winner(here: Process, stream: UUID) -> None:
    """Two copies of an aggregate are in use; what follows on either has the same version."""
    gate = asyncio.Event()
    old = asyncio.create_task(here.run(taking(stream, 4, gate)))
    await asyncio.sleep(0)
    copy = await here.aggregates.get(Tally, [stream])
    here.aggregates.evict(copy)
    with pytest.raises(TooMuch):  # another copy is loaded
        await here.take(stream, 100)
    winner = asyncio.create_task(here.take(stream, 9))
    await asyncio.sleep(0)
    gate.set()
    await asyncio.sleep(0)
    follower = asyncio.create_task(here.take(stream, 4))
    outcomes = await _outcomes(winner, old, follower)
    assert [type(outcome) for outcome in outcomes] == [Answer, TooMuch, TooMuch]
    assert await here.amounts(stream) == [1, 9]


@pytest.mark.parametrize("fault", ["a rule", "If-Match", "a mistake"])
async def test_what_a_failed_command_had_recorded_is_not_written_by_another(
    here: Process, stream: UUID, fault: str
) -> None:
    """The other one had loaded the aggregate before, and decides after it."""
    gate = asyncio.Event()
    other = asyncio.create_task(here.run(taking(stream, 5, gate)))
    await asyncio.sleep(0)
    failure = {"a rule": TooMuch(), "a mistake": KeyError("x")}.get(fault)
    with pytest.raises((TooMuch, KeyError, PreconditionFailed)):
        await here.run(taking(stream, 9, fail=failure), 77 if fault == "If-Match" else None)
    gate.set()
    assert (await other).version == 2
    assert await here.amounts(stream) == [1, 5]


async def test_what_a_cancelled_command_had_queued_is_forgotten_if_the_log_refuses_it(
    here: Process, there: Process, stream: UUID, lock: Lock
) -> None:
    """Its client is gone, and nobody is left to clean up behind it."""
    await there.take(stream, 1)
    await lock.hold()
    gone = asyncio.create_task(here.take(stream, 8))
    await lock.waited_for()
    gone.cancel()
    await lock.release()
    await asyncio.wait([gone])
    assert (await here.take(stream, 8)).version == 3
    assert await here.amounts(stream) == [1, 1, 8]


async def test_leaving_while_a_refusal_is_confirmed_does_not_end_the_append_it_waits_for(
    here: Process, stream: UUID, lock: Lock
) -> None:
    """The append belongs to another client."""
    await lock.hold()
    taker = asyncio.create_task(here.take(stream, 9))
    await lock.waited_for()
    refused = asyncio.create_task(here.take(stream, 1))
    await asyncio.sleep(0)
    refused.cancel()
    await asyncio.wait([refused])
    await lock.release()
    assert (await taker).version == 2


async def test_nothing_is_decided_on_a_thing_whose_beginning_was_refused(
    here: Process, stream: UUID, lock: Lock
) -> None:
    """It was only looked at, which no guard protects once it is in the log."""
    begun, other = uuid4(), uuid4()

    async def begin(unit: Unit) -> Tally:
        tally = await unit.load(Tally, begun)
        tally.take(1, unit.context)
        unit.take("tag", "7", begun, TooMuch)
        return tally

    async def look(unit: Unit) -> Tally:
        tally = await unit.load(Tally, other)
        await unit.look(Tally, begun)
        tally.take(1, unit.context)
        return tally

    async def claim(unit: Unit) -> Tally:
        tally = await unit.load(Tally, stream)
        tally.take(1, unit.context)
        unit.take("tag", "7", stream, None)
        return tally

    await here.run(claim)  # the tag is the stream's from now on
    await lock.hold()
    filler = asyncio.create_task(here.take(uuid4(), 1))
    await lock.waited_for()
    runs = [asyncio.create_task(here.run(begin))]
    await asyncio.sleep(0.01)
    runs.append(asyncio.create_task(here.run(look)))
    await asyncio.sleep(0.01)
    await lock.release()
    assert [type(outcome) for outcome in await _outcomes(*runs)] == [TooMuch, NotFound]
    await filler
    assert await here.amounts(other) == []


async def test_the_cache_keeps_what_was_used_last(here: Process) -> None:
    """A thing that is read all the time stays, however many others come by."""
    often, *others = (uuid4() for _ in range(4))
    for one in (often, *others):
        await here.take(one, 1)
    cache = Aggregates(here.log, limit=2)
    kept = (await cache.get(Tally, [often]))[0]
    for one in others:
        await cache.get(Tally, [one])
        assert (await cache.get(Tally, [often]))[0] is kept


async def test_what_is_loaded_twice_is_one_though_the_cache_forgot_it_meanwhile(
    here: Process, stream: UUID
) -> None:
    """Both changes go in: one on a copy of its own would be lost, and acknowledged."""

    async def twice(unit: Unit) -> Tally:
        first = await unit.load(Tally, stream)
        here.aggregates.evict(await here.aggregates.get(Tally, [stream]))
        second = await unit.load(Tally, stream)
        first.take(2, unit.context)
        second.take(3, unit.context)
        return second

    assert (await here.run(twice)).version == 3
    assert await here.amounts(stream) == [1, 2, 3]
