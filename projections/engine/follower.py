"""One projection on its way through the log: events in, rows and checkpoint out, exactly once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Generic, Protocol
from uuid import UUID

import msgspec
import structlog
from asyncpg.exceptions import DataError, IntegrityConstraintViolationError

from domain.base import Event, Recorded
from projections.engine.checkpoints import Checkpoint, advance, checkpoint, restart
from projections.engine.fold import ATTEMPTS, Fold
from projections.engine.parking import Parked, park, parked
from projections.engine.projection import Projection, R
from projections.engine.shard import WHOLE, Shard
from projections.engine.tables import Table

if TYPE_CHECKING:
    from projections.sql import Connection

logger = structlog.get_logger()

SPOILT = (
    DataError,
    IntegrityConstraintViolationError,
    ArithmeticError,
    NotImplementedError,
    TypeError,
    ValueError,
)
"""The database, or the way there, refuses the values themselves: trying again changes nothing."""

PAGE_EVENTS = 2_000
"""Of the log, in one transaction. With pages of 500 catching up takes a tenth more CPU, and a
sixth to a third more time on a busy machine; with 5,000 no less (measured, all projections)."""


class Gap(Exception):
    """Events are missing between the checkpoint and what came."""


class Pages(Protocol):
    """The log, page by page."""

    async def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """The events behind a position in order, at most `limit` of them."""
        ...


class Follower(Generic[R]):
    """A projection with its checkpoint and its parked streams, as the last commit left them.

    It passes over the events of organizations that its shard does not cover.
    """

    def __init__(self, projection: Projection[R], shard: Shard = WHOLE) -> None:
        self.projection, self.shard = projection, shard
        self.checkpoint = Checkpoint(projection.id, -1)
        self.parked: dict[UUID, Parked] = {}
        self._table = Table(projection)

    async def load(self, connection: Connection) -> None:
        """Finds the checkpoint and the parked streams, which an unknown commit may have moved.

        What was projected from events that the log has lost is dropped: it begins anew.
        """
        if await restart(connection, self.projection, self.shard):
            logger.warning("projection_restarted", projection=self.projection.id)
        self.checkpoint = await checkpoint(connection, self.projection.id, self.shard)
        self.parked = await parked(connection, self.projection.id)

    @property
    def position(self) -> int:
        """How far it has come."""
        return self.checkpoint.position

    def passed(self, position: int) -> None:
        """Its checkpoint was moved there."""
        self.checkpoint = msgspec.structs.replace(self.checkpoint, position=position)

    def untouched(self, kinds: Collection[type[Event]]) -> bool:
        """Whether events of these types leave the rows alone."""
        return all(self.projection.leaves(kind) for kind in kinds)

    def news(self, events: Sequence[Recorded]) -> Sequence[Recorded]:
        """Those behind the checkpoint; raises Gap unless they follow on it one by one."""
        news = [recorded for recorded in events if recorded.position > self.position]
        for expected, recorded in enumerate(news, self.position + 1):
            if recorded.position != expected:
                raise Gap(f"{self.projection.id} expected {expected}, got {recorded.position}")
        return news

    async def follow(self, connection: Connection, events: Sequence[Recorded]) -> None:
        """Applies what is behind the checkpoint, in one transaction; raises Fenced or Gap.

        An event whose row the database refuses is found by halving, and then parked.
        """
        news = self.news(events)
        if not news:
            return
        try:
            await self._commit(connection, news)
        except SPOILT as error:
            if len(news) == 1:
                await self._judge(connection, news[0], error)
                return
            half = len(news) // 2
            await self.follow(connection, news[:half])
            await self.follow(connection, news[half:])

    async def reach(self, connection: Connection, log: Pages, position: int) -> None:
        """Follows the log to a position that it has."""
        while self.position < position:
            page = await log.read(self.position, min(PAGE_EVENTS, position - self.position))
            await self.follow(connection, page)

    async def _commit(
        self, connection: Connection, events: Sequence[Recorded], refused: str = ""
    ) -> None:
        fold = Fold(self.projection, self.parked)
        if refused:
            fold.park(events[0], refused)
        async with connection.transaction():
            await advance(connection, self.shard, [self.checkpoint], events[-1])
            await self._fold(connection, fold, events)
        self.passed(events[-1].position)
        self.parked = fold.parked

    async def _fold(
        self, connection: Connection, fold: Fold[R], events: Sequence[Recorded]
    ) -> None:
        steps = fold.plan(self.shard.share(events))
        if not self.projection.ledger:
            fold.rows = await self._table.load(connection, {step.key for step in steps})
        changed = fold.apply(steps)
        await self._table.write(connection, {key: fold.rows[key] for key in changed})
        await self._table.keep(connection, fold.versions)
        if given_up := fold.parked.keys() - self.parked.keys():
            await park(connection, self.projection.id, [fold.parked[one] for one in given_up])

    async def _judge(self, connection: Connection, event: Recorded, error: Exception) -> None:
        for _ in range(ATTEMPTS - 1):
            try:
                await self._commit(connection, [event])
            except SPOILT as again:
                error = again
            else:
                return
        await self._commit(connection, [event], refused=repr(error))
