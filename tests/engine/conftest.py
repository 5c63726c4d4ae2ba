"""A database with the toy projections' tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import asyncpg
import pytest

from adapters.postgres.log import PostgresLog
from domain.registry import Registry
from projections.engine.tables import install
from tests.conftest import Database
from tests.engine.hall import Hall
from tests.engine.toy import BALANCES, MOVEMENTS, START
from tests.pretended import pretend

LENGTH = 1_000
"""More than any log of the toy's has."""


@pytest.fixture
async def bank(database: Database) -> AsyncIterator[asyncpg.Pool]:
    """The application's connections to a database with the toy's log and projections at 0."""
    admin = await asyncpg.connect(database.admin_url)
    try:
        await install(admin, [BALANCES, MOVEMENTS])
        log = [(n, START + timedelta(seconds=n)) for n in range(1, LENGTH + 1)]
        await pretend(admin, log)
    finally:
        await admin.close()
    async with asyncpg.create_pool(database.app_url, min_size=1, max_size=4) as pool:
        yield pool


@pytest.fixture
async def hall(database: Database) -> AsyncIterator[Hall]:
    """An empty log and no projection."""
    async with AsyncExitStack() as stack:
        log = await PostgresLog.open(database.app_url, Registry())
        stack.push_async_callback(log.close)
        pool = await stack.enter_async_context(asyncpg.create_pool(database.app_url, min_size=1))
        yield Hall(database, log, pool)
