"""The log's epochs, as a process knows them: a restored log is recognised before it is used."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog

from projections.engine.crew import ended
from projections.sql import statements

if TYPE_CHECKING:
    import asyncpg

SQL = statements(__file__)
logger = structlog.get_logger()


class EpochChanged(Exception):
    """The log is in another epoch than before, or its server was started anew."""


Run = tuple[int, datetime | None]
"""The epoch, and since when its server has not crashed: a crash takes back the latest commits
that did not wait for the disk, which are those of read models."""


class Epochs:
    """What one process has seen of the log, which every new connection is compared with.

    A log that still has the newest event which the process saw has all that it saw: positions have
    no gaps, and nothing in the log changes. Where that event is not what it was, or the server is
    another one, the log was restored to an earlier point and a new epoch begins. Whoever begins it
    ends all other connections, so that nobody goes on without having heard of it.
    """

    def __init__(self) -> None:
        self.generation = 0
        """How many changes of the epoch the process has lived through: what it remembers from
        before such a change may never have happened."""
        self._started: datetime | None = None
        self._began_after: dict[int, int] = {}  # by epoch, the newest first
        self._newest: tuple[int, datetime] | None = None
        self._turn = asyncio.Lock()
        self._change = asyncio.Event()

    @property
    def current(self) -> int:
        """The newest epoch; 0 before the first connection."""
        return next(iter(self._began_after), 0)

    @property
    def run(self) -> Run:
        """In which run of the server the process is."""
        return self.current, self._started

    def lost(self, epoch: int, position: int) -> bool:
        """Whether a position that was given in that epoch is none of this log's past or future."""
        followed_after = None
        for known, began_after in self._began_after.items():
            if known == epoch:
                return followed_after is not None and position > followed_after
            followed_after = began_after
        return True

    def saw(self, position: int, recorded_at: datetime) -> None:
        """Remembers an event that is in the log, if it is the newest so far."""
        if self._newest is None or position > self._newest[0]:
            self._newest = position, recorded_at

    async def unless_changed(self, work: Coroutine[Any, Any, None]) -> None:
        """Does the work; ends it and raises EpochChanged with the next change or server start."""
        doing, change = asyncio.ensure_future(work), asyncio.ensure_future(self._change.wait())
        try:
            await asyncio.wait((doing, change), return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise EpochChanged(self.current)
            doing.result()
        finally:
            change.cancel()
            await ended([doing])
            if not doing.cancelled():
                doing.exception()  # of the connections that ended with the change

    async def enter(self, connection: asyncpg.Connection) -> None:
        """Admits a new connection; begins an epoch where the log lost what this process knows."""
        async with self._turn:
            standing = await self._standing(connection)
            if reason := self._loss(standing):
                await begin(connection, standing["epoch"], reason)
                standing = await self._standing(connection)
            self._learn(standing)

    async def _standing(self, connection: asyncpg.Connection) -> asyncpg.Record:
        standing = await connection.fetchrow(SQL["standing"], *(self._newest or (None, None)))
        assert standing  # noqa: S101 - the first epoch is as old as the table
        return standing

    def _loss(self, standing: asyncpg.Record) -> str:
        """How the log shows that it lost something that nobody has noticed yet."""
        if standing["recovered"]:
            return "the server is another one, or was recovered"
        if standing["epoch"] < self.current:
            return f"epoch {self.current} is gone"
        if standing["epoch"] == self.current and not standing["kept"]:
            return f"position {self._newest and self._newest[0]} is not what it was"
        return ""

    def _learn(self, standing: asyncpg.Record) -> None:
        before, started = self.current, self._started
        self._began_after = dict(zip(standing["epochs"], standing["began_after"], strict=True))
        self._started = standing["started"]
        if before not in (0, self.current):
            logger.warning("epoch_changed", before=before, now=self.current)
            self.generation += 1
            self._newest = None
        if (before, started) not in ((0, None), (self.current, self._started)):
            self._change.set()
            self._change = asyncio.Event()


async def begin(connection: asyncpg.Connection, following: int, reason: str) -> None:
    """Begins an epoch, unless the one that follows on that has begun already.

    All others are disconnected before their next append, and hear of it when they come back.
    """
    async with connection.transaction():
        if await connection.fetchval(SQL["begin"], following, reason):
            await connection.execute(SQL["end_others"])
            logger.warning("epoch_begun", following=following, reason=reason)
