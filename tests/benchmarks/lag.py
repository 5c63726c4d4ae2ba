"""From the commit of an event to its row being visible, with all our processes up."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import deque
from uuid import UUID, uuid4

import msgspec
from nats.aio.msg import Msg
from prometheus_client import CollectorRegistry

from adapters.configuration import Configuration
from adapters.metrics import Metrics
from adapters.nats.hints import PROJECTED, Projected, heard
from adapters.postgres.log import PostgresLog
from api.services import services
from domain.base import Recorded
from domain.ports import Append, Appended, Write
from domain.stock import movement as m
from projections.stock import STOCK_LEVELS
from tests.benchmarks.harness import Bench, Database, Figure, figure
from tests.benchmarks.running import product
from tests.benchmarks.world import FIRST, ORGANIZATION, WAREHOUSE

RATES = (1_000, 5_000)
TICK_SECONDS = 0.005
LATEST_SECONDS = 60.0


class Watch:
    """Appends at a steady rate, and hears how far the stock levels are."""

    def __init__(self, log: PostgresLog, member: UUID) -> None:
        self._log, self._member = log, member
        self._committed: deque[tuple[int, float]] = deque()
        self.lags: list[float] = []

    async def heard(self, message: Msg) -> None:
        """Rows are visible up to a position: the projector says so once it has committed."""
        told = msgspec.json.decode(message.data, type=Projected)
        reached, now = told.positions.get(STOCK_LEVELS.id, 0), time.perf_counter()
        while self._committed and self._committed[0][0] <= reached:
            self.lags.append(now - self._committed.popleft()[1])

    async def append(self, rate: int, seconds: float) -> None:
        """So many events per second, evenly."""
        appends: set[asyncio.Task[None]] = set()
        started, sent = time.perf_counter(), 0
        while (passed := time.perf_counter() - started) < seconds:
            due = int(passed * rate) - sent
            appends.update(asyncio.ensure_future(self._append()) for _ in range(due))
            sent += due
            appends = {append for append in appends if not append.done()}
            await asyncio.sleep(TICK_SECONDS)
        await asyncio.gather(*appends)

    async def _append(self) -> None:
        stream = uuid4()
        event = m.PoolCreated(
            product=stream, place=WAREHOUSE, warehouse=WAREHOUSE, place_code="", whole=True
        )
        recorded = Recorded(stream, 1, FIRST, self._member, event, ORGANIZATION)
        write = Write(stream, "pool_stock", 0, (recorded,))
        appended = await self._log.append(Append(ORGANIZATION, self._member, (write,)))
        assert isinstance(appended, Appended)
        self._committed.append((appended.last_position, time.perf_counter()))


async def lag(bench: Bench) -> dict[str, Figure]:
    """Milliseconds at the median and for all but 1 %, at 1,000 and 5,000 events per second."""
    async with bench.database(projected=True) as database, product(bench, database):
        found: dict[str, list[float]] = {}
        for _ in range(bench.size.rounds):
            for rate in RATES:
                lags = sorted(await _lags(bench, database, rate))
                found.setdefault(f"lag_{rate}_p50", []).append(1_000 * statistics.median(lags))
                at = int(0.99 * (len(lags) - 1))
                found.setdefault(f"lag_{rate}_p99", []).append(1_000 * lags[at])
        return {name: figure(values, "ms", bench.data) for name, values in found.items()}


async def _lags(bench: Bench, database: Database, rate: int) -> list[float]:
    settings = Configuration(database_url=database.app_url, nats_url=bench.servers.nats_url)
    async with services(settings, Metrics(CollectorRegistry())) as running:
        watch = Watch(running.log, database.world.member)
        async with heard(running.nats, PROJECTED, watch.heard):
            await watch.append(rate, bench.size.seconds)
            head = await running.log.head()
            await running.positions.reached([STOCK_LEVELS.id], head, ORGANIZATION, LATEST_SECONDS)
            await asyncio.sleep(TICK_SECONDS)
        return watch.lags
