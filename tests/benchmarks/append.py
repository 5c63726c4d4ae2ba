"""Appends through the store, beside bare inserts of the same rows."""

from __future__ import annotations

from uuid import UUID, uuid4

from adapters.postgres.log import PostgresLog
from domain.base import Recorded
from domain.ports import Append, Write
from domain.registry import Registry
from tests.benchmarks.harness import Bench, Figure
from tests.benchmarks.peers.unnest import Inserts
from tests.benchmarks.world import ORGANIZATION, history


async def append_vs_unnest(bench: Bench) -> dict[str, Figure]:
    """64 callers, an event each, against inserts of 100 rows at a time; in rows per second."""
    async with bench.database() as database:
        member, registry = database.world.member, Registry()
        (*_, recorded) = (r for r in history(member, 3).collect_events() if isinstance(r, Recorded))
        log = await PostgresLog.open(database.app_url, registry)
        inserts = await Inserts.open(database.admin_url, registry)

        async def append(stream: UUID) -> None:
            new = Recorded(stream, 1, recorded.occurred_at, member, recorded.event, ORGANIZATION)
            write = Write(stream, "pool_stock", 0, (new,))
            await log.append(Append(ORGANIZATION, member, (write,)))

        async def ours() -> float:
            return await bench.rate(lambda _: append(uuid4()))

        async def peer() -> float:
            return 100 * await bench.rate(lambda _: inserts.insert(recorded, 100), callers=1)

        try:
            return {"append_vs_unnest": await bench.pairs(ours, peer, "rows/s")}
        finally:
            await inserts.close()
            await log.close()
