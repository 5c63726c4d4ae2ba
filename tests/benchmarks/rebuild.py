"""A projection made anew from the whole log, beside a plain read of the same events."""

from __future__ import annotations

import time

import asyncpg

from adapters.configuration import Configuration
from api.rebuilding import rebuilt
from projections.stock import STOCK_LEVELS
from tests.benchmarks.harness import Bench, Figure
from tests.benchmarks.project import begin_at

FETCHED = 5_000


async def rebuild_vs_read(bench: Bench) -> dict[str, Figure]:
    """Stock levels rebuilt, in one process, against a cursor over the log that does nothing."""
    async with bench.database() as database:
        admin, app = database.admin_url, database.app_url
        configuration = Configuration(
            database_url=app, admin_database_url=admin, nats_url=bench.servers.nats_url
        )

        async def ours() -> float:
            await begin_at(admin, 0)
            started = time.perf_counter()
            report = await rebuilt(configuration, STOCK_LEVELS, check=False)
            return report.events / (time.perf_counter() - started)

        return {"rebuild_vs_read": await bench.pairs(ours, lambda: _read(app), "events/s")}


async def _read(url: str) -> float:
    connection = await asyncpg.connect(url, server_settings={"transaction_timeout": "0"})
    try:
        started, events = time.perf_counter(), 0
        asked = "SELECT * FROM es.events ORDER BY position"
        async with connection.transaction():
            cursor = await connection.cursor(asked)
            while rows := await cursor.fetch(FETCHED):
                events += len(rows)
        return events / (time.perf_counter() - started)
    finally:
        await connection.close()
