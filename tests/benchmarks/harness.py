"""How a benchmark is run: our side and its peer in turn, and the medians of what came of it."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import msgspec

from adapters.embedded import Servers
from tests.administer import administer
from tests.benchmarks.world import World, built

RESULTS = Path("build", "bench.json")
Side = Callable[[], Awaitable[float]]


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How much there is, and how long is measured."""

    events: int = 1_000_000
    """In the log before the measurement."""
    pools: int = 10_000
    callers: int = 64
    rounds: int = 5
    seconds: float = 3.0
    """For each side of each round."""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """Medians over `n` rounds; the ratio is the median of the rounds' own ratios, not of these."""

    value: float
    peer: float | None = None
    ratio: float | None = None
    unit: str
    n: int
    data: str = ""
    """How much there was."""


class Database(msgspec.Struct, frozen=True):
    """A copy of the world for one benchmark alone."""

    admin_url: str
    app_url: str
    world: World


class Bench:
    """What a benchmark stands on."""

    def __init__(self, servers: Servers, size: Size) -> None:
        self.servers, self.size = servers, size

    @property
    def data(self) -> str:
        """The size of the log, for the record."""
        return f"{self.size.events:,} events, {self.size.pools:,} pools"

    @asynccontextmanager
    async def database(
        self, events: int | None = None, *, projected: bool = False
    ) -> AsyncIterator[Database]:
        """A database with so many events, built once and copied for each benchmark."""
        events = events or self.size.events
        world = await built(self.servers, events, self.size.pools, projected=projected)
        name = f"bench_{uuid4().hex}"
        # A copy of files: in the write-ahead log it would be as much again.
        making = f"CREATE DATABASE {name} TEMPLATE {world.database} STRATEGY file_copy"
        await administer(self.servers.admin_url, making)
        admin, app = (
            url.replace("/tallybook?", f"/{name}?")
            for url in (self.servers.admin_url, self.servers.database_url)
        )
        try:
            yield Database(admin, app, world)
        finally:
            gone = f"DROP DATABASE {name} WITH (FORCE)"
            await administer(self.servers.admin_url, gone)

    async def pairs(self, ours: Side, peers: Side, unit: str, *, data: str = "") -> Figure:
        """Both sides in turn, each first in every other round; more is better."""
        found: list[tuple[float, float]] = []
        for number in range(self.size.rounds):
            if number % 2:
                peer = await peers()
                found.append((await ours(), peer))
            else:
                value = await ours()
                found.append((value, await peers()))
        values, others = zip(*found, strict=True)
        return Figure(
            value=statistics.median(values),
            peer=statistics.median(others),
            ratio=statistics.median(value / peer for value, peer in found),
            unit=unit,
            n=len(found),
            data=data or self.data,
        )

    async def rate(self, call: Callable[[int], Awaitable[object]], callers: int = 0) -> float:
        """Calls per second of so many callers, each of whom waits for his answer."""
        return await rate(call, callers or self.size.callers, self.size.seconds)


async def rate(call: Callable[[int], Awaitable[object]], callers: int, seconds: float) -> float:
    """Calls per second; `call` is told which caller it is."""
    started = time.perf_counter()
    deadline = started + seconds
    done = 0

    async def caller(number: int) -> None:
        nonlocal done
        while time.perf_counter() < deadline:
            await call(number)
            done += 1

    await asyncio.gather(*map(caller, range(callers)))
    return done / (time.perf_counter() - started)


def figure(values: Iterable[float], unit: str, data: str) -> Figure:
    """The median of what has no peer."""
    found = list(values)
    return Figure(value=statistics.median(found), unit=unit, n=len(found), data=data)
