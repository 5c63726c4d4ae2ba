"""The smallest aggregate that can run out: what the machinery is tried on, away from any domain."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import msgspec

from adapters.postgres.log import PostgresLog
from api.aggregates import Aggregates
from api.commands import Answer, Commands, Task
from api.unit_of_work import Unit
from domain.base import Aggregate, Conflicting, Context, Event, View
from domain.registry import Registry

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OURS, THEIRS, ANNA = UUID(int=1), UUID(int=2), UUID(int=11)
STOCK = 10


class Taken(Event, frozen=True):
    """So much was taken; without a tag, so that no projection has to declare it."""

    amount: int

    def apply(self, tally: Tally, /) -> None:
        """It is gone."""
        tally.left -= self.amount


class TooMuch(Conflicting, code="TOO_MUCH"):
    """There is not so much left."""


class Left(View):
    """What is left."""

    left: int


class Tally(Aggregate):
    """Ten of something, and never less than none."""

    name = "tally"
    events = Taken

    def __init__(self) -> None:
        self.left = STOCK

    def take(self, amount: int, context: Context) -> None:
        """Takes some."""
        if amount > self.left:
            raise TooMuch
        self.record(Taken(amount=amount), context)

    def view(self, context: Context) -> Left:
        """What is left."""
        return Left(left=self.left)


class Tallies(Registry):
    """Knows `Taken` only."""

    def encode(self, event: Event) -> tuple[str, int, bytes]:
        """The amount."""
        return "test.taken", 1, msgspec.json.encode(event)

    def decode(self, name: str, schema: int, payload: bytes) -> Event:
        """The amount again."""
        return msgspec.json.decode(payload, type=Taken)


class Process:
    """What an API process runs commands with: a log, a cache and a loop of its own retries."""

    def __init__(self, log: PostgresLog) -> None:
        self.log, self.aggregates = log, Aggregates(log)
        self.commands = Commands(log, self.aggregates, lambda _: None)  # type: ignore[arg-type,return-value]  # no books here

    @classmethod
    async def start(cls, url: str) -> Process:
        """Connects."""
        return cls(await PostgresLog.open(url, Tallies()))

    async def run(
        self, decide: Callable[[Unit], Awaitable[Aggregate]], expected: int | None = None
    ) -> Answer:
        """The command's answer."""
        context = Context(organization=OURS, actor=ANNA, now=NOW, fresh=uuid4())
        return await self.commands.run(Task(decide, Tally, context, expected=expected))

    async def take(self, stream: UUID, amount: int, expected: int | None = None) -> Answer:
        """Takes some from one tally."""
        return await self.run(taking(stream, amount), expected)

    async def amounts(self, stream: UUID) -> list[int]:
        """What the log says was taken."""
        return [e.event.amount for e in await self.log.load([stream]) if isinstance(e.event, Taken)]


def taking(
    stream: UUID, amount: int, gate: asyncio.Event | None = None, fail: Exception | None = None
) -> Callable[[Unit], Awaitable[Tally]]:
    """A decision; with a gate it waits there with the tally in hand, and it may fail at its end."""

    async def decide(unit: Unit) -> Tally:
        tally = await unit.load(Tally, stream)
        if gate:
            await gate.wait()
        tally.take(amount, unit.context)
        if fail:
            raise fail
        return tally

    return decide
