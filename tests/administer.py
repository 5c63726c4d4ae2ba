"""Databases made and dropped, by whoever administers the server."""

from __future__ import annotations

import asyncpg


async def administer(admin_url: str, statement: str) -> None:
    """Runs a statement that stands above the databases."""
    connection = await asyncpg.connect(admin_url, database="postgres")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
