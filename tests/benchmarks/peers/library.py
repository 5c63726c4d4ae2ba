"""The eventsourcing library's own application on its Postgres recorder, with its cache on."""

from __future__ import annotations

import asyncio
import random
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import asyncpg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import IntegrityError

from projections.sql import statements
from tests.benchmarks.world import STOCK

if TYPE_CHECKING:
    from tests.benchmarks.harness import Database, Size

THREADS = 8
SQL = statements(__file__)


class Insufficient(Exception):
    """There is less than was asked for."""


class Pool(Aggregate):
    """A pool of stock, written as the library's guide writes aggregates."""

    @event("Created")
    def __init__(self) -> None:
        self.on_hand = self.issued = Decimal(0)
        self.holders: dict[int, tuple[UUID, Decimal]] = {}
        self.made = 0

    @event("Received")
    def receive(self, quantity: Decimal) -> None:
        """More."""
        self.on_hand += quantity

    def issue(self, member: UUID, quantity: Decimal, reason: str) -> None:
        """Less, with a member."""
        if quantity > self.on_hand:
            raise Insufficient
        self._issued(self.made + 1, member, quantity, reason)

    @event("Issued")
    def _issued(self, number: int, member: UUID, quantity: Decimal, reason: str) -> None:
        self.made = number
        self.on_hand -= quantity
        self.issued += quantity
        self.holders[number] = (member, quantity)

    def take_back(self, number: int) -> None:
        """All that is out of one issue."""
        member, quantity = self.holders[number]
        self._returned(number, member, quantity)

    @event("Returned")
    def _returned(self, number: int, member: UUID, quantity: Decimal) -> None:
        self.on_hand += quantity
        self.issued -= quantity
        del self.holders[number]


class Library:
    """The application, and the threads that send it commands."""

    def __init__(self, application: Application[UUID], pools: list[UUID]) -> None:
        self._application, self._pools = application, pools

    @classmethod
    async def open(cls, database: Database, size: Size) -> Self:
        """Fills its table with as many events as the log has."""
        url = urlsplit(database.admin_url)
        application: Application[UUID] = Application(
            env={
                "PERSISTENCE_MODULE": "eventsourcing.postgres",
                "POSTGRES_DBNAME": url.path.strip("/"),
                "POSTGRES_HOST": parse_qs(url.query)["host"][0],
                "POSTGRES_PORT": "5432",
                "POSTGRES_USER": str(url.username),
                "POSTGRES_PASSWORD": "trusted",
                "POSTGRES_POOL_SIZE": str(THREADS),
                "AGGREGATE_CACHE_MAXSIZE": str(10 * size.pools),
            }
        )
        sample = await asyncio.to_thread(_sample, application, max(size.events // size.pools, 2))
        pools = [uuid4() for _ in range(size.pools - 1)]
        connection = await asyncpg.connect(database.admin_url)
        try:
            table = str(await connection.fetchval(SQL["table"]))
            await connection.execute(SQL["multiply"].format(table=table), pools, sample)
            await connection.execute(f"VACUUM ANALYZE {table}")
        finally:
            await connection.close()
        return cls(application, pools)

    def close(self) -> None:
        """Disconnects."""
        self._application.close()

    async def rate(self, pools: int, seconds: float) -> float:
        """Commands per second over so many of the pools."""
        chosen = self._pools[:pools]
        deadline = time.perf_counter() + seconds

        def work() -> int:
            done = 0
            while time.perf_counter() < deadline:
                self._issue(random.choice(chosen))  # noqa: S311 - no secret
                done += 1
            return done

        loop = asyncio.get_running_loop()
        started = time.perf_counter()
        with ThreadPoolExecutor(THREADS) as threads:
            works = [loop.run_in_executor(threads, work) for _ in range(THREADS)]
            done = sum(await asyncio.gather(*works))
        return done / (time.perf_counter() - started)

    def _issue(self, pool: UUID) -> None:
        """Once more when another thread was first, as its guide has it."""
        while True:
            stock: Pool = self._application.repository.get(pool)
            stock.issue(pool, Decimal(1), "work")
            try:
                self._application.save(stock)
            except IntegrityError:
                continue
            return


def _sample(application: Application[UUID], length: int) -> UUID:
    pool = Pool()
    pool.receive(Decimal(STOCK))
    while pool.version < length:
        if len(pool.holders) < 3:
            pool.issue(pool.id, Decimal(2), "work")
        else:
            pool.take_back(min(pool.holders))
    application.save(pool)
    return pool.id
