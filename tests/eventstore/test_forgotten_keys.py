"""Answers to repeated requests are kept for 30 days, and not for ever."""

from __future__ import annotations

from datetime import timedelta

import asyncpg

from adapters.postgres.log import PostgresLog

KEYS = """
INSERT INTO es.idempotency_keys
SELECT gen_random_uuid(), gen_random_uuid(), 'key', '', gen_random_uuid(), 1, 1, now() - age
  FROM unnest($1::interval[]) AS age
"""
LEFT = "SELECT (now() - recorded_at) < interval '30 days' FROM es.idempotency_keys"


async def test_old_keys_are_forgotten_some_at_a_time(
    log: PostgresLog, admin: asyncpg.Connection
) -> None:
    """Not a day too early, whatever the application asks for."""
    ages = [timedelta(days=days, minutes=5) for days in (0, 29, 30, 31, 400)]
    await admin.execute(KEYS, ages)
    assert [await log.forget_keys(2) for _ in range(3)] == [2, 1, 0]
    assert [row[0] for row in await admin.fetch(LEFT)] == [True, True]
