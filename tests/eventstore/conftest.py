"""Connections to a fresh log."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from adapters.postgres.log import PostgresLog
from tests.conftest import Database
from tests.eventstore.specimens import REGISTRY


@pytest.fixture
async def log(database: Database) -> AsyncIterator[PostgresLog]:
    """The log as the application has it."""
    log = await PostgresLog.open(database.app_url, REGISTRY)
    yield log
    await log.close()


@pytest.fixture
async def application(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the application's role."""
    connection = await asyncpg.connect(database.app_url)
    yield connection
    await connection.close()
