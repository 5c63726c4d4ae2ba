"""Commands in process: many pools beside the library's application, one hot pool beside CRUD."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

from uuid_utils.compat import uuid7

from adapters.postgres.log import PostgresLog
from api.aggregates import Aggregates
from api.commands import Answer, Commands, Task
from api.unit_of_work import Unit
from domain.books import Books
from domain.quantity import Quantity
from domain.registry import Registry
from domain.stock.pool_commands import IssueStock
from domain.stock.pool_stock import PoolStock
from tests.benchmarks.harness import Bench, Database, Figure
from tests.benchmarks.peers.crud import Crud
from tests.benchmarks.peers.library import Library
from tests.benchmarks.world import context

WORKING_SET = 1_000


class Store:
    """Issues of stock, each loaded, decided and appended by the product's own unit of work."""

    def __init__(self, log: PostgresLog, member: UUID) -> None:
        self._member = member
        self._commands = Commands(log, Aggregates(log), _no_books)

    async def issue(self, pool: UUID) -> Answer:
        """One of the pool's pieces goes to the member."""
        command = IssueStock(quantity=Quantity("1.000"), member=self._member, reason="work")

        async def decide(unit: Unit) -> PoolStock:
            stock = await unit.load(PoolStock, pool)
            stock.issue(command, unit.context)
            return stock

        now = datetime.now(UTC)
        return await self._commands.run(
            Task(decide, PoolStock, context(self._member, now, uuid7()))
        )


def _no_books(_: UUID) -> Books:
    return cast("Books", None)  # an issue asks for none


@asynccontextmanager
async def stored(database: Database) -> AsyncIterator[Store]:
    """The store over the database's log."""
    log = await PostgresLog.open(database.app_url, Registry())
    try:
        yield Store(log, database.world.member)
    finally:
        await log.close()


async def command_vs_eventsourcing(bench: Bench) -> dict[str, Figure]:
    """Issues over 1,000 pools, 64 callers, against the library's application in 8 threads."""
    async with bench.database() as database, stored(database) as store:
        pools = database.world.pools[:WORKING_SET]
        library = await Library.open(database, bench.size)

        async def ours() -> float:
            return await bench.rate(lambda _: store.issue(random.choice(pools)))  # noqa: S311 - no secret

        async def peer() -> float:
            return await library.rate(len(pools), bench.size.seconds)

        try:
            return {"command_vs_eventsourcing": await bench.pairs(ours, peer, "commands/s")}
        finally:
            library.close()


async def hot_stream_vs_crud(bench: Bench) -> dict[str, Figure]:
    """Issues of one pool, 64 callers, against a guarded UPDATE with its audit row per call."""
    async with bench.database() as database, stored(database) as store:
        pool, member = database.world.pools[0], database.world.member
        crud = await Crud.open(database)

        async def ours() -> float:
            return await bench.rate(lambda _: store.issue(pool))

        async def peer() -> float:
            return await bench.rate(lambda _: crud.issue(pool, member))

        try:
            return {"hot_stream_vs_crud": await bench.pairs(ours, peer, "commands/s")}
        finally:
            await crud.close()
