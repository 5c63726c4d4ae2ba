"""Bringing a database up to date: the schema, then a table for every projection."""

from __future__ import annotations

import asyncpg

from adapters.postgres.connection import first_connection
from eventstore_schema import runner
from projections.all import PROJECTIONS
from projections.engine.tables import install


async def migrate(admin_url: str) -> list[str]:
    """Applies what is missing and returns its names; a second time there is nothing.

    Raises NoDatabase.
    """
    with first_connection():
        connection = await asyncpg.connect(admin_url)
    try:
        applied = await runner.migrate(admin_url)
        await install(connection, PROJECTIONS)
    finally:
        await connection.close()
    return applied
