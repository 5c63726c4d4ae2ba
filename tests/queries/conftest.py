"""An organization with a warehouse and people, on a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from adapters.identity import Identity
from adapters.postgres.log import PostgresLog
from domain.directory import Person
from domain.registry import Registry
from projections.all import PROJECTIONS
from projections.engine.tables import install
from tests.conftest import Database
from tests.queries.world import NINE, World


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    """The warehouse MAIN, the auditor Eve, the counters Ann and Bob."""
    admin = await asyncpg.connect(database.admin_url)
    await install(admin, PROJECTIONS)
    await admin.close()
    log = await PostgresLog.open(database.app_url, Registry())
    async with asyncpg.create_pool(database.app_url, min_size=1, max_size=4) as pool:
        identity = Identity(pool)
        people = {name: uuid4() for name in ("organization", "Eve", "Ann", "Bob")}
        for name in ("Eve", "Ann", "Bob"):
            await identity.register(Person(people[name], people["organization"], name), NINE)
        world = World(log, pool, people)
        await world.open()
        yield world
    await log.close()
