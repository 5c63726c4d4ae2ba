"""Connections that are used again: quickly as long as all goes well, and reset after all else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from random import Random

import asyncpg
import pytest

from adapters.postgres.connection import connect, create_pool
from tests.conftest import Database

LAST = """
SELECT query FROM pg_stat_activity
 WHERE datname = current_database() AND application_name = 'tried'
"""
LOCKS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 77"


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[asyncpg.Pool]:
    """A pool of one connection."""
    pool = await create_pool(database.app_url, size=1, application="tried")
    yield pool
    await pool.close()


async def _isolated(pool: asyncpg.Pool) -> None:
    """A transaction that must not be inside of another."""
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        assert await connection.fetchval("SELECT 1") == 1


async def test_what_went_well_costs_no_second_round_trip(
    pool: asyncpg.Pool, admin: asyncpg.Connection
) -> None:
    """The statement is the last one that the server heard of, also after an earlier failure."""
    with pytest.raises(asyncpg.DivisionByZeroError):
        await pool.fetch("SELECT 1/0")
    await pool.fetch("SELECT 4711")
    assert await admin.fetchval(LAST) == "SELECT 4711"


async def test_a_statement_that_was_prepared_and_not_sent_leaves_nothing_open(
    pool: asyncpg.Pool,
) -> None:
    """An argument that is none is noticed after the statement was prepared."""
    with pytest.raises(asyncpg.DataError):
        await pool.fetch("SELECT $1::uuid", "none")
    await _isolated(pool)


@pytest.mark.parametrize("steps", range(12))
async def test_a_statement_that_was_cancelled_leaves_nothing_open(
    pool: asyncpg.Pool, steps: int
) -> None:
    """At whatever step of its way."""
    await pool.fetch("SELECT 1")
    task = asyncio.ensure_future(pool.fetch("SELECT $1::bigint + 1", 1))
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    await _isolated(pool)


async def test_a_transaction_in_a_single_statement_is_rolled_back(pool: asyncpg.Pool) -> None:
    """Whatever it was good for."""
    await pool.fetch("BEGIN")
    await _isolated(pool)


async def test_more_than_one_statement_is_always_reset(
    pool: asyncpg.Pool, admin: asyncpg.Connection
) -> None:
    """Session locks are given back, also by the use that follows on a spotless one."""
    await pool.fetch("SELECT 1")
    async with pool.acquire() as connection:
        await connection.execute("SELECT pg_advisory_lock(77, 1)")
    assert await admin.fetchval(LOCKS) == 0


async def test_under_load_and_cancellations_every_answer_is_the_askers_own(
    database: Database,
) -> None:
    """Statements and transactions in turn over few connections, each cancelled at a random step."""
    pool = await create_pool(database.app_url, size=3, application="tried")
    random = Random(4711)  # noqa: S311 - no secret
    answered = 0

    async def ask(number: int) -> None:
        nonlocal answered
        if number % 3:
            asked = await pool.fetch("SELECT $1::bigint AS number", number)
            assert [row["number"] for row in asked] == [number]
        else:
            await _isolated(pool)
        answered += 1

    for _ in range(200):
        tasks = [asyncio.ensure_future(ask(number)) for number in range(6)]
        for _ in range(random.randrange(20)):
            await asyncio.sleep(0)
        for task in random.sample(tasks, 3):
            task.cancel()
        await asyncio.wait(tasks)
        for task in tasks:
            assert task.cancelled() or task.exception() is None, task.exception()
    assert answered >= 600
    await pool.close()


@pytest.mark.parametrize("patient", [True, False])
async def test_only_a_patient_connection_waits_for_ever(
    database: Database, monkeypatch: pytest.MonkeyPatch, *, patient: bool
) -> None:
    """A rebuild's last step writes millions of rows; a request must not wait for such."""
    monkeypatch.setattr("adapters.postgres.connection.COMMAND_TIMEOUT_SECONDS", 0.05)
    connection = await connect(database.admin_url, patient=patient)
    waited = "in time"
    try:
        await connection.execute("SELECT pg_sleep(0.5)")
    except TimeoutError:
        waited = "too late"
    assert waited == ("in time" if patient else "too late")
    connection.terminate()
