"""A stock-take is posted while its stock keeps moving, whoever else posts it (domain.md 1.8)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import CollectorRegistry

from adapters.configuration import Configuration
from adapters.metrics import Metrics
from api.commands import Task
from api.services import Services, services, system
from api.timers import Timers
from api.unit_of_work import Unit
from domain.processes import post_stock_take
from domain.quantity import Quantity
from domain.stock.pool_commands import AdjustStock
from domain.stock.pool_stock import PoolStock
from projections.engine.crew import ended
from tests.api.takes import Take, started
from tests.conftest import Database
from tests.system import Company

ITEMS, TRADED, SOLD = 60, 12, Quantity("-1")
SKUS = [f"SKU-{number:02}" for number in range(ITEMS)]
BETWEEN_SALES_SECONDS = 0.02
PATIENCE_SECONDS = 60


@asynccontextmanager
async def process(database: Database, nats: str, home: Path) -> AsyncIterator[Services]:
    """What another process has: a memory and a connection of its own."""
    where = Configuration(home=home, database_url=database.app_url, nats_url=nats)
    async with services(where, Metrics(CollectorRegistry())) as parts:
        yield parts


@pytest.fixture
async def shop(shared_database: Database, nats: str, tmp_path: Path) -> AsyncIterator[Services]:
    """The process that sells."""
    async with process(shared_database, nats, tmp_path) as parts:
        yield parts


@pytest.fixture
async def second_timers(
    shared_database: Database, nats: str, tmp_path: Path
) -> AsyncIterator[None]:
    """Timers beside those of the system."""
    async with process(shared_database, nats, tmp_path) as parts:
        timers = asyncio.create_task(Timers(parts).run())
        yield
        await ended([timers])


class Trade:
    """Sells from pools, each one again and again, and knows how much."""

    def __init__(self, parts: Services, organization: UUID) -> None:
        self._parts, self._organization = parts, organization
        self.sold: Counter[UUID] = Counter()
        self.open = True

    async def go_on(self, pool: UUID) -> None:
        """Until the shop closes."""

        async def decide(unit: Unit) -> PoolStock:
            stock = await unit.load(PoolStock, pool)
            stock.adjust(AdjustStock(quantity=SOLD, reason="sale"), unit.context)
            return stock

        while self.open:
            task = Task(decide, PoolStock, system(self._organization))
            await self._parts.commands.run(task)
            self.sold[pool] += 1
            await asyncio.sleep(BETWEEN_SALES_SECONDS)


async def counted(company: Company) -> Take:
    """Of each item two are missing."""
    take = await started(company, {sku: {"A1": 10_000} for sku in SKUS})
    for sku in SKUS:
        await take.counted("counter1", sku, "A1", 9_998)
    return take


async def completed(take: Take) -> Any:
    """The session once it is completed, in bounded time."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        await take.act("auditor", "complete")
        while True:
            session = await take.company["auditor"].done(take.path, None, "GET")
            if session["status"] != "POSTING":
                return session
            await asyncio.sleep(0.05)


async def left(take: Take, parts: Services) -> dict[str, int]:
    """What each item's pool has, by the log."""
    found = {}
    for sku in SKUS:
        pool = UUID(str(take.pools[sku, "A1"]["id"]))
        stock = PoolStock.blank(pool)
        for recorded in await parts.log.load([pool]):
            recorded.mutate(stock)
        found[sku] = int(stock.on_hand)
    return found


@pytest.mark.usefixtures("second_timers")
async def test_posting_comes_to_its_end_while_the_counted_stock_is_sold(
    company: Company, shop: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes post, a third one sells all the time: each item is posted exactly once."""
    monkeypatch.setattr(post_stock_take, "CHUNK", 25)
    take = await counted(company)
    pools = {sku: UUID(str(take.pools[sku, "A1"]["id"])) for sku in SKUS}
    trade = Trade(shop, company.id)
    sellers = [asyncio.create_task(trade.go_on(pools[sku])) for sku in SKUS[:TRADED]]
    try:
        session = await completed(take)
    finally:
        trade.open = False
        await asyncio.gather(*sellers)

    assert session["status"] == "COMPLETED"
    worth = {"net_value": f"-{ITEMS * 5}.00", "gross_value": f"{ITEMS * 5}.00"}
    counts = {"items": ITEMS, "posted": ITEMS, "uncounted": 0, "left_out": 0}
    assert session["totals"] == {**counts, **worth}
    assert all(trade.sold.values())
    assert await left(take, shop) == {
        sku: 10_000 - 2 - trade.sold[pool] for sku, pool in pools.items()
    }
