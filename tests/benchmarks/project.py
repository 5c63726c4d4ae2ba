"""Events into rows: live in batches beside one upsert for each event."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg

from adapters.postgres.connection import connect
from adapters.postgres.log import PostgresLog
from domain.base import Recorded
from domain.registry import Registry
from projections.engine.follower import Follower
from projections.engine.tables import install
from projections.stock import STOCK_LEVELS
from tests.benchmarks.harness import Bench, Figure
from tests.benchmarks.peers.upsert import Upserts

BATCH = 500


async def project_vs_upsert(bench: Bench) -> dict[str, Figure]:
    """Stock levels live, in batches of 500, against one upsert per event; decoding left out."""
    async with bench.database() as database:
        log = await PostgresLog.open(database.app_url, Registry())
        connection = await connect(database.app_url)
        peer = await Upserts.open(database.admin_url)
        first = 1 + bench.size.pools
        events = await _pages(log, first, 40 * BATCH)
        few = events[: max(len(events) // 10, 1)]

        async def batch(follower: Follower[Any], page: Sequence[Recorded]) -> None:
            await follower.follow(connection, page)

        async def ours() -> float:
            await begin_at(database.admin_url, first)
            follower = Follower(STOCK_LEVELS)
            await follower.load(connection)
            return await _rate(events, lambda page: batch(follower, page))

        async def theirs() -> float:
            await peer.clear()
            return await _rate(few, peer.follow)

        try:
            return {"project_vs_upsert": await bench.pairs(ours, theirs, "events/s")}
        finally:
            await peer.close()
            await connection.close()
            await log.close()


async def _pages(log: PostgresLog, after: int, events: int) -> list[list[Recorded]]:
    pages: list[list[Recorded]] = []
    while sum(map(len, pages)) < events and (page := await log.read(after, BATCH)):
        pages.append(page)
        after = page[-1].position
    return pages


async def begin_at(admin_url: str, position: int) -> None:
    """Empties the stock levels and puts their checkpoint there."""
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(f"TRUNCATE {STOCK_LEVELS.table}, {STOCK_LEVELS.versions}")
        await install(connection, [STOCK_LEVELS])
        moving = (
            "UPDATE read.checkpoints SET position = $1,"
            " recorded_at = (SELECT recorded_at FROM es.events WHERE position = $1)"
            " WHERE projection = $2"
        )
        await connection.execute(moving, position, STOCK_LEVELS.id)
    finally:
        await connection.close()


async def _rate(
    pages: Sequence[list[Recorded]], follow: Callable[[list[Recorded]], Awaitable[None]]
) -> float:
    started = time.perf_counter()
    for page in pages:
        await follow(page)
    return sum(map(len, pages)) / (time.perf_counter() - started)
