"""The projector: one feed drives all projections, each with its own checkpoint and transactions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import structlog

from domain.base import Recorded
from projections.engine.checkpoints import Fenced, advance
from projections.engine.crew import Crew
from projections.engine.follower import PAGE_EVENTS, Follower
from projections.engine.projection import Projection
from projections.engine.shard import WHOLE, Shard
from projections.engine.sharding import take_turn

if TYPE_CHECKING:
    from asyncpg import Pool
    from asyncpg.pool import PoolConnectionProxy

    from domain.ports import Log
    from projections.sql import Connection

TURN_SECONDS = 1.0
ACQUIRE_SECONDS = 10.0
FIRST_RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 5.0
MEASURE_SECONDS = 1.0

T = TypeVar("T")
logger = structlog.get_logger()


class Feed(Protocol):
    """The log's events as they come."""

    def batches(self, after: int) -> AsyncGenerator[list[Recorded], None]:
        """Everything behind a position, in order and without a gap, for ever."""
        ...


class Hints(Protocol):
    """Where readers hear of news."""

    async def projected(self, shard: Shard, positions: Mapping[str, int]) -> None:
        """Says how far projections have come in a shard; never fails."""
        ...


class Metrics(Protocol):
    """What the projector counts."""

    def projected(self, projection: str, events: int) -> None:
        """So many events are in the rows."""
        ...

    def lag(self, projection: str, positions: int) -> None:
        """So far it is behind the log."""
        ...

    def parked(self, projection: str, streams: int) -> None:
        """So many streams are given up."""
        ...

    def retried(self, what: str) -> None:
        """Something failed and is tried again."""
        ...


class Projector:
    """Keeps projections up with the log until it is cancelled or another projector fences it.

    Projections at the feed's position are live. One that is behind, or whose transaction failed,
    reads the log by itself until it is back, so that none waits for another.
    """

    def __init__(  # noqa: PLR0913 - the composition root names them
        self,
        projections: Sequence[Projection[Any]],
        *,
        log: Log,
        feed: Feed,
        pool: Pool,
        hints: Hints,
        metrics: Metrics,
        shard: Shard = WHOLE,
    ) -> None:
        self._shard = shard
        self._followers = [Follower(projection, shard) for projection in projections]
        self._log, self._feed, self._pool = log, feed, pool
        self._hints, self._metrics = hints, metrics
        self._live: list[Follower[Any]] = []
        self._position = 0
        self._crew: Crew

    async def run(self) -> None:
        """Waits for its turn, then never returns; raises Fenced."""
        while (turn := await self._insist("turn", self._turn)) is None:  # noqa: ASYNC110 - no event
            await asyncio.sleep(TURN_SECONDS)
        self._crew = Crew()
        self._crew.add(self._work())
        try:
            await self._crew.run()
        finally:
            await self._leave(turn)

    async def _work(self) -> None:
        await self._insist("start", self._start)
        self._crew.add(self._measure())
        while True:
            await self._insist("feed", self._stream)

    async def _turn(self) -> PoolConnectionProxy | None:
        """A connection that holds the projections' locks, so that a second projector waits.

        Only the fence makes it safe: the locks are lost with the connection, unnoticed.
        """
        connection = await self._pool.acquire(timeout=ACQUIRE_SECONDS)
        ours = False
        try:
            followed = [follower.projection for follower in self._followers]
            ours = await take_turn(connection, followed, self._shard)
        finally:
            if not ours:
                await self._leave(connection)
        return connection if ours else None

    async def _leave(self, connection: PoolConnectionProxy) -> None:
        """Gives the locks back, however many were taken, unless they went with the connection."""
        try:
            await connection.execute("SELECT pg_advisory_unlock_all()")
        except Exception as error:  # noqa: BLE001 - whatever it was, the pool closes or resets it
            self._report("leave", error)
        finally:
            await self._pool.release(connection)

    async def _start(self) -> None:
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            for follower in self._followers:
                await follower.load(connection)
        self._position = max((one.position for one in self._followers), default=0)
        for follower in self._followers:
            self._crew.add(self._catch_up(follower))

    async def _stream(self) -> None:
        """Starts where the live ones are: the batch before may have come to nobody."""
        after = min([self._position, *(one.position for one in self._live)])
        async with aclosing(self._feed.batches(after)) as batches:
            async for batch in batches:
                await self._deliver(batch)

    async def _deliver(self, batch: Sequence[Recorded]) -> None:
        self._position = batch[-1].position
        kinds = {type(recorded.event) for recorded in self._shard.share(batch)}
        live = tuple(self._live)  # who joins meanwhile has read this batch in the log
        untouched = [follower for follower in live if follower.untouched(kinds)]
        touched = [follower for follower in live if follower not in untouched]
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            for follower in touched:
                step = self._follow(follower, connection, batch)
                await self._or_catch_up([follower], step)
            if untouched:
                await self._or_catch_up(untouched, self._pass(untouched, connection, batch))

    async def _or_catch_up(self, followers: Sequence[Follower[Any]], step: Awaitable[None]) -> None:
        try:
            await step
        except Fenced:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, the log is read again
            for follower in followers:
                self._report(follower.projection.id, error)
                self._live.remove(follower)
                self._crew.add(self._catch_up(follower))

    async def _catch_up(self, follower: Follower[Any]) -> None:
        await self._insist(follower.projection.id, partial(self._reload, follower))
        while follower.position < self._position:
            await self._insist(follower.projection.id, partial(self._read, follower))
        self._live.append(follower)

    async def _reload(self, follower: Follower[Any]) -> None:
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            await follower.load(connection)
        self._metrics.parked(follower.projection.id, len(follower.parked))

    async def _read(self, follower: Follower[Any]) -> None:
        try:
            page = await self._log.read(follower.position, PAGE_EVENTS)
            async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
                await self._follow(follower, connection, page)
        except Exception:
            await self._reload(follower)
            raise

    async def _follow(
        self, follower: Follower[Any], connection: Connection, events: Sequence[Recorded]
    ) -> None:
        before, parked = follower.position, len(follower.parked)
        await follower.follow(connection, events)
        name = follower.projection.id
        self._metrics.projected(name, follower.position - before)
        if len(follower.parked) > parked:
            self._metrics.parked(name, len(follower.parked))
            newest = max(follower.parked.values(), key=lambda one: one.position)
            logger.error("stream_parked", projection=name, stream=newest.stream, error=newest.error)
        await self._hints.projected(self._shard, {name: follower.position})

    async def _pass(
        self,
        followers: Sequence[Follower[Any]],
        connection: Connection,
        batch: Sequence[Recorded],
    ) -> None:
        """Moves the checkpoints of projections that the batch does not concern, all together."""
        behind = [follower for follower in followers if follower.news(batch)]
        if not behind:
            return
        last = batch[-1].position
        await advance(connection, self._shard, [one.checkpoint for one in behind], batch[-1])
        for follower in behind:
            follower.passed(last)
        await self._hints.projected(self._shard, {one.projection.id: last for one in behind})

    async def _measure(self) -> None:
        while True:
            head = await self._insist("measure", self._log.head)
            for follower in self._followers:
                self._metrics.lag(follower.projection.id, max(head - follower.position, 0))
            await asyncio.sleep(MEASURE_SECONDS)

    async def _insist(self, what: str, step: Callable[[], Awaitable[T]]) -> T:
        """Tries until it works, ever more slowly, and never in silence."""
        delay_seconds = FIRST_RETRY_SECONDS
        clock = asyncio.get_running_loop().time
        while True:
            started = clock()
            try:
                return await step()
            except Fenced:
                raise
            except Exception as error:  # noqa: BLE001 - a projection never gives up by itself
                self._report(what, error)
            if clock() - started > LONGEST_RETRY_SECONDS:
                delay_seconds = FIRST_RETRY_SECONDS
            await asyncio.sleep(delay_seconds)
            delay_seconds = min(2 * delay_seconds, LONGEST_RETRY_SECONDS)

    def _report(self, what: str, error: Exception) -> None:
        logger.warning("retrying", what=what, error=repr(error))
        self._metrics.retried(what)
