"""Group commit: while one call of es.append is in flight appends queue, then all go in the next."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import asyncpg
import structlog

from adapters.postgres.batch import Batch, Outcome, Waiting
from adapters.postgres.connection import connect
from adapters.postgres.epochs import Epochs
from adapters.postgres.packing import Prepared, pack
from domain.ports import (
    Appended,
    AppendRefused,
    ClaimTaken,
    ForeignStream,
    GuardFailed,
    KeyReused,
    QueueFull,
    Replayed,
    Unavailable,
    VersionConflict,
)
from projections.sql import statements

SQL = statements(Path(__file__).with_name("log.sql"))

logger = structlog.get_logger()

MAX_QUEUE = 10_000
CALL_TIMEOUT_SECONDS = 8.0
"""Longer than the role's transaction_timeout, so that a server that can still answer does."""
PATIENCE_SECONDS = 10.0
FIRST_PAUSE_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 1.0

SPOILT = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    OverflowError,
    TypeError,
    ValueError,
)
"""A value that cannot be stored: it fails the whole call, nothing of which is written."""


class Call(NamedTuple):
    """Until when a batch is tried, and in which generation of the epochs it was decided."""

    deadline: float
    generation: int


class Batcher:
    """The one writer of a process, on a connection of its own."""

    def __init__(
        self,
        url: str,
        *,
        max_queue: int = MAX_QUEUE,
        committed: Callable[[], None] = lambda: None,
        epochs: Epochs | None = None,
    ) -> None:
        """`committed` is told after each call that may have written; it must not fail or wait."""
        self._url, self._committed = url, committed
        self._epochs = epochs or Epochs()
        self._generation = self._epochs.generation  # of what is queued
        self._max_queue = max_queue
        self._application = f"tallybook append {uuid4()}"
        self._connection: asyncpg.Connection | None = None
        self._queue: deque[Waiting] = deque()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    async def open(self) -> None:
        """Connects; later the connection is replaced whenever it is lost."""
        self._connection = await connect(
            self._url, application=self._application, enter=self._epochs.enter
        )

    async def close(self) -> None:
        """Answers what is queued, then disconnects."""
        self._closed = True
        if self._task:
            await asyncio.wait([self._task])
        if self._connection:
            await self._connection.close()

    def append(self, prepared: Prepared) -> asyncio.Future[Appended | Replayed]:
        """Queues the append at once; the future ends definitely or in Unavailable."""
        self._forget_lost()
        loop = asyncio.get_running_loop()
        waiting = Waiting(prepared, loop.create_future())
        if self._closed:
            waiting.answer(Unavailable("the log is closed"))
        elif len(self._queue) >= self._max_queue:
            waiting.answer(QueueFull(f"{self._max_queue} appends are waiting"))
        else:
            self._queue.append(waiting)
            self._task = self._task or loop.create_task(self._drain())
        return waiting.future

    async def _drain(self) -> None:
        try:
            while self._queue:
                self._forget_lost()
                batch = Batch.take(self._queue)
                if batch.waiting:
                    await self._settle(batch)
        finally:
            self._task = None

    def _forget_lost(self) -> None:
        """Refuses what was decided before the epoch changed, so that it is decided again."""
        if self._generation != self._epochs.generation:
            self._generation = self._epochs.generation
            for waiting in self._queue:
                waiting.answer(_decided_on_lost(waiting.prepared))
            self._queue.clear()

    async def _settle(self, batch: Batch) -> None:
        call = Call(asyncio.get_running_loop().time() + PATIENCE_SECONDS, self._generation)
        try:
            outcomes = await self._outcomes([w.prepared for w in batch.waiting], call)
        except Unavailable as error:
            # Who queued behind them has waited as long, and would fail the same way.
            for waiting in (*batch.waiting, *(held for held, _ in batch.held), *self._queue):
                waiting.answer(Unavailable(*error.args))
            self._queue.clear()
            return
        for waiting, outcome in zip(batch.waiting, outcomes, strict=True):
            waiting.answer(outcome)
        for waiting in reversed(list(batch.unanswered(outcomes))):
            if call.generation == self._epochs.generation:
                self._queue.appendleft(waiting)
            else:
                waiting.answer(_decided_on_lost(waiting.prepared))
        self._committed()

    async def _outcomes(
        self, batch: list[Prepared], call: Call, *, in_doubt: bool = False
    ) -> list[Outcome]:
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                return await self._attempt(batch, call, in_doubt=in_doubt)
            except SPOILT as error:
                if len(batch) == 1:
                    return [error]
                return [await self._alone(one, call, in_doubt=in_doubt) for one in batch]
            except Exception as error:
                if not in_doubt and _nothing_written(error):
                    raise Unavailable(f"the log is too busy: {error}") from error
                if asyncio.get_running_loop().time() + pause > call.deadline:
                    raise Unavailable(f"the log cannot be reached: {error}") from error
                if not in_doubt:
                    logger.warning("append_retrying", error=repr(error))
                in_doubt = True
                if self._connection:
                    self._connection.terminate()
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _alone(self, one: Prepared, call: Call, *, in_doubt: bool) -> Outcome:
        try:
            return (await self._outcomes([one], call, in_doubt=in_doubt))[0]
        except Unavailable as error:
            return error

    async def _attempt(self, batch: list[Prepared], call: Call, *, in_doubt: bool) -> list[Outcome]:
        if self._connection is None or self._connection.is_closed():
            await self.open()
        connection = self._connection
        assert connection  # noqa: S101 - open() has set it
        if in_doubt:
            await connection.execute(SQL["end_others"], self._application)
        outcomes: list[Outcome]
        if call.generation == self._epochs.generation:
            outcomes = await self._call(connection, batch)
        else:
            outcomes = [_decided_on_lost(prepared) for prepared in batch]
        if in_doubt:
            await _recognise(connection, batch, outcomes)
        return outcomes

    async def _call(self, connection: asyncpg.Connection, batch: list[Prepared]) -> list[Outcome]:
        rows = await connection.fetch(SQL["append"], *pack(batch), timeout=CALL_TIMEOUT_SECONDS)
        first, at = rows[0]["position"], rows[0]["recorded_at"]
        refused = {row["append"]: row for row in rows[1:]}
        outcomes: list[Outcome] = []
        last = first
        for number, prepared in enumerate(batch, 1):
            if row := refused.get(number):
                outcomes.append(_refusal(row))
            elif count := len(prepared.events):
                recorded_at = at + timedelta(microseconds=last - first)
                outcomes.append(Appended(last + 1, last + count, recorded_at))
                last += count
            else:
                outcomes.append(Appended(last, last, at))
        if last > first:
            self._epochs.saw(last, at + timedelta(microseconds=last - first - 1))
        return outcomes


def _decided_on_lost(prepared: Prepared) -> VersionConflict:
    return VersionConflict(prepared.streams[-1][0], None)


def _nothing_written(error: Exception) -> bool:
    """Whether the server said that it gave the statement up, as on a lock timeout."""
    return isinstance(error, asyncpg.PostgresError) and error.severity_en == "ERROR"


def _refusal(row: asyncpg.Record) -> Replayed | AppendRefused:
    match row["outcome"]:
        case "replayed":
            return Replayed(row["stream"], row["version"], row["position"])
        case "key_reused":
            return KeyReused()
        case "version":
            return VersionConflict(row["stream"], row["version"])
        case "guard":
            return GuardFailed(row["stream"], row["version"])
        case "claim":
            return ClaimTaken(row["kind"], row["value"], row["stream"], row["organization"])
        case _:
            return ForeignStream(row["stream"])


async def _recognise(
    connection: asyncpg.Connection, batch: list[Prepared], outcomes: list[Outcome]
) -> None:
    """Makes a refusal an acceptance where the append's own first event stood in its way."""
    looked_up = []
    for place, (prepared, outcome) in enumerate(zip(batch, outcomes, strict=True)):
        if prepared.events and not isinstance(outcome, Appended):
            stream, expected, _, _ = next(s for s in prepared.streams if s[2])
            looked_up.append((place, stream, expected + 1, prepared.events[0][3]))
    if not looked_up:
        return
    places, *arrays = zip(*looked_up, strict=True)
    for row in await connection.fetch(SQL["recognise"], *arrays):
        place, first = places[row["no"] - 1], row["position"]
        outcomes[place] = Appended(first, first + len(batch[place].events) - 1, row["recorded_at"])
