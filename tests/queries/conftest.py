"""An organization with a warehouse and people, on a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from adapters.identity import Identity
from adapters.postgres.log import PostgresLog
from domain.registry import Registry
from projections.all import PROJECTIONS
from projections.engine.tables import install
from tests.conftest import Database
from tests.queries.world import World


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    """The warehouse MAIN, the auditor Eve, the counters Ann and Bob."""
    admin = await asyncpg.connect(database.admin_url)
    await install(admin, PROJECTIONS)
    await admin.close()
    log = await PostgresLog.open(database.app_url, Registry())
    async with asyncpg.create_pool(database.app_url, min_size=1, max_size=4) as pool:
        identity = Identity(pool, b"x" * 32)
        people = {"organization": await identity.create_organization("Nairobi")}
        for name in ("Eve", "Ann", "Bob"):
            people[name] = await identity.create_member(people["organization"], name)
        world = World(log, pool, people)
        await world.open()
        yield world
    await log.close()
