"""A rebuild: rows folded anew from the whole log, beside the live ones, which then take them over.

Readers and the projector go on meanwhile. The rows are filled into a staging up to some position,
then the staging follows the log like any projection, and in one last transaction, while the live
checkpoints are held, it goes to the very position of the live rows and what differs is replaced.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Generic, Protocol
from uuid import UUID

import msgspec

from domain.base import Event, Recorded
from projections.engine.checkpoints import hold, standing
from projections.engine.fold import Fold
from projections.engine.follower import SPOILT, Follower, Pages
from projections.engine.parking import park, parked
from projections.engine.projection import Key, Projection, R
from projections.engine.shard import WHOLE, Shard
from projections.engine.staging import Difference, Staging, staged
from projections.engine.tables import Table

if TYPE_CHECKING:
    from projections.sql import Connection

ROWS_IN_MEMORY = 500_000
"""With more the rows move to the staging table; one that an event needs is loaded again."""

WRITE_ROWS = 20_000

ROUNDS = 2
"""So often the staging follows the live rows before those are held: the first time over all that
came while it was filled, which may be much, then over what came during that."""


class LogRestored(Exception):
    """What was read is no longer what the log says; nothing was changed."""


class Log(Pages, Protocol):
    """The log, as a rebuild reads it."""

    @property
    def generation(self) -> int:
        """Another one once the log was restored to an earlier point."""
        ...

    async def head(self) -> int:
        """The position of the newest event."""
        ...

    def pages(
        self, up_to: int, leaves: Callable[[type[Event]], bool], shard: Shard
    ) -> AsyncIterator[tuple[int, Sequence[Recorded]]]:
        """The whole log up to a position, without events of types that the projection leaves.

        Each page comes with the position that it reaches.
        """
        ...


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a rebuild found; `parked` are streams and from which positions they are given up."""

    projection: str
    events: int
    rows: int
    seconds: float
    difference: Difference
    parked: set[tuple[UUID, int]]
    were_parked: set[tuple[UUID, int]]

    @property
    def sound(self) -> bool:
        """Whether the live rows were what the log leads to."""
        return not self.difference.rows and self.parked == self.were_parked


class Filling(Generic[R]):
    """The fold of many events at once: rows stay in memory while they fit."""

    def __init__(self, projection: Projection[R], connection: Connection) -> None:
        self._fold, self._table = Fold(projection), Table(projection)
        self._connection = connection
        self._changed: set[Key] = set()
        self._moved = False

    async def take(self, events: Sequence[Recorded]) -> None:
        """Folds a page."""
        fold = self._fold
        steps = fold.plan(events)
        if self._moved and not fold.projection.ledger:
            missing = {step.key for step in steps} - fold.rows.keys()
            fold.rows |= await self._table.load(self._connection, missing)
        self._changed |= fold.apply(steps)
        await self._table.copy_versions(self._connection, fold.versions)
        fold.versions.clear()
        if fold.projection.ledger or len(fold.rows) > ROWS_IN_MEMORY:
            await self._move()

    async def finish(self) -> None:
        """Stores what is left, and the streams that were given up."""
        await self._move()
        await park(self._connection, self._fold.projection.id, self._fold.parked.values())

    async def _move(self) -> None:
        """Empties the memory: new rows are copied, those that were stored before are replaced."""
        rows = {key: self._fold.rows[key] for key in self._changed}
        if self._fold.projection.ledger or not self._moved:
            new = [row for row in rows.values() if row is not None]
            await self._table.copy(self._connection, new)
        else:
            keys = list(rows)
            for first in range(0, len(keys), WRITE_ROWS):
                part = {key: rows[key] for key in keys[first : first + WRITE_ROWS]}
                await self._table.write(self._connection, part)
        self._fold.rows.clear()
        self._changed.clear()
        self._moved = True


async def fill(  # noqa: PLR0913 - a worker is told all of it
    projection: Projection[R],
    connection: Connection,
    log: Log,
    up_to: int,
    shard: Shard = WHOLE,
    told: Callable[[int], None] = lambda _: None,
) -> None:
    """Fills an empty staging with the rows of a shard's organizations; `told` hears how far."""
    filling, generation = Filling(projection, connection), log.generation
    async for position, events in log.pages(up_to, projection.leaves, shard):
        await filling.take(events)
        told(position)
    await filling.finish()
    if log.generation != generation:
        raise LogRestored("the log was restored to an earlier point meanwhile: begin again")


Fill = Callable[[Projection[R], int], Awaitable[None]]
"""Fills a staging up to a position, in this process or in several."""


async def rebuild(
    live: Projection[R], connection: Connection, log: Log, filled: Fill[R], *, check: bool
) -> Report:
    """Makes the rows anew and replaces what differs; a check changes nothing.

    The connection is the administrator's. Raises RebuildRunning, and NoCheckpoint for a projection
    that was never installed.
    """
    started = perf_counter()
    async with staged(connection, live) as staging:
        stood = await standing(connection, live.id)
        new = not check and not min(stood.values())
        start = await log.head() if new else min(stood.values())
        start = await _filled(staging, connection, filled, start)
        await staging.begin(connection, start)
        followers = [Follower(staging.projection, shard) for shard in stood]
        for follower in followers:
            await follower.load(connection)
        for _ in range(ROUNDS):
            await _join(followers, connection, log, await standing(connection, live.id))
        async with connection.transaction(isolation="repeatable_read" if check else None):
            if not check:
                await hold(connection, live.id)
            await _join(followers, connection, log, await standing(connection, live.id))
            report = await _compared(staging, connection)
            if not check and (new or not report.sound):
                await staging.replace(connection)
        return msgspec.structs.replace(
            report, events=max(one.position for one in followers), seconds=perf_counter() - started
        )


async def _join(
    followers: Sequence[Follower[R]], connection: Connection, log: Log, stand: Mapping[Shard, int]
) -> None:
    """Follows the log to where the live rows stand, in each shard."""
    for follower in followers:
        await follower.reach(connection, log, stand[follower.shard])


async def _filled(staging: Staging[R], connection: Connection, filled: Fill[R], up_to: int) -> int:
    """How far the staging was filled: not at all where the database refuses a row.

    Then the staging follows the log from its beginning, and finds and parks the event at fault.
    """
    try:
        await filled(staging.projection, up_to)
    except SPOILT:
        await staging.empty(connection)
        return 0
    return up_to


async def _compared(staging: Staging[R], connection: Connection) -> Report:
    return Report(
        projection=staging.live.id,
        events=0,
        rows=await staging.rows(connection),
        seconds=0,
        difference=await staging.difference(connection),
        parked=await _given_up(connection, staging.projection),
        were_parked=await _given_up(connection, staging.live),
    )


async def _given_up(connection: Connection, projection: Projection[R]) -> set[tuple[UUID, int]]:
    streams = await parked(connection, projection.id)
    return {(one.stream, one.position) for one in streams.values()}
