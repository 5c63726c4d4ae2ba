"""A log, its projections, and projectors that follow it without NATS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from prometheus_client import CollectorRegistry

from adapters.metrics import Metrics
from adapters.nats.feed import Feed
from adapters.nats.hints import Hints
from adapters.nats.stream import connected
from adapters.postgres.checkpoints import Checkpoints, Health
from adapters.postgres.epochs import Epochs
from adapters.postgres.log import PostgresLog
from domain.registry import Registry
from projections.engine.checkpoints import Fenced
from projections.engine.crew import ended
from projections.engine.fold import replay
from projections.engine.projection import Projection
from projections.engine.projector import Projector
from projections.engine.tables import install
from tests.conftest import Database
from tests.engine.toy import rows
from tests.nats.conftest import eventually

NO_NATS = "nats://127.0.0.1:1"


class Hall:
    """A log, its projections and whatever projectors a test starts."""

    def __init__(self, database: Database, log: PostgresLog, pool: asyncpg.Pool) -> None:
        self.database, self.log, self.pool = database, log, pool
        self.registry = CollectorRegistry()
        self.checkpoints = Checkpoints(pool)

    async def install(self, *projections: Projection[Any]) -> None:
        """Makes their tables."""
        admin = await asyncpg.connect(self.database.admin_url)
        await install(admin, projections)
        await admin.close()

    @asynccontextmanager
    async def projecting(
        self, *projections: Projection[Any], log: PostgresLog | None = None
    ) -> AsyncIterator[asyncio.Task[None]]:
        """A projector runs meanwhile; Fenced is all that may end it."""
        self.registry = CollectorRegistry()
        async with connected(NO_NATS) as client:
            source = log or self.log
            projector = Projector(
                projections,
                log=source,
                feed=Feed(source, client, Registry()),
                pool=self.pool,
                hints=Hints(client, Epochs()),
                metrics=Metrics(self.registry),
            )
            task = asyncio.create_task(projector.run())
            try:
                yield task
            finally:
                await ended([task])
            assert task.cancelled() or isinstance(task.exception(), Fenced)

    async def health(self) -> Mapping[str, Health]:
        """Every projection's standing."""
        return {one.projection: one for one in await self.checkpoints.health()}

    async def caught_up(self, *projections: Projection[Any]) -> None:
        """Waits until they have reached the log's head."""

        async def there() -> bool:
            health = await self.health()
            return all(health[projection.id].behind == 0 for projection in projections)

        await eventually(there)

    async def rows(self, projection: Projection[Any]) -> dict[tuple[Any, ...], Any]:
        """The rows as they are stored."""
        stored = await self.pool.fetch(f"SELECT * FROM {projection.table}")  # noqa: S608 - ours
        return rows(projection, stored)

    async def replayed(self, projection: Projection[Any]) -> dict[tuple[Any, ...], Any]:
        """The rows as they ought to be."""
        return replay(projection, await self.log.read(0, 100_000))
