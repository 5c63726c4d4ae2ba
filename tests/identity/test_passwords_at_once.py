"""Nobody comes in by an old password once another one is in force, however they race."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from adapters import identity, log_in_sessions
from adapters.tokens import Unauthenticated

if TYPE_CHECKING:
    from tests.identity.conftest import People

NOW = datetime(2025, 3, 25, 9, tzinfo=UTC)
PATIENCE_SECONDS = 20
WAITING = """
SELECT count(*) FROM pg_stat_activity
 WHERE $1 = ANY (pg_blocking_pids(pid))
"""


async def until_blocked(people: People, pid: int) -> None:
    """Somebody waits for that connection."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await people.pool.fetchval(WAITING, pid):  # noqa: ASYNC110 - in another process
            await asyncio.sleep(0.01)


async def test_a_log_in_that_was_sooner_is_ended_by_the_change(people: People) -> None:
    """The change waits for it and sees its session."""
    checked = await people.identity.check(people.username, people.password)
    session = uuid4()
    values = (session, people.member, NOW, NOW + timedelta(days=30), checked.password_hash, None)
    hashed = await people.identity.hashed("violet anchor")
    async with people.pool.acquire() as first:
        async with first.transaction():
            await first.execute(log_in_sessions.SQL["start"], *values)
            changing = asyncio.ensure_future(
                people.identity.replace_password(people.member, hashed, NOW)
            )
            await until_blocked(people, first.get_server_pid())
        await changing
    with pytest.raises(Unauthenticated):
        await people.process.sessions.live(session, NOW)


async def test_a_log_in_that_was_later_finds_another_password(people: People) -> None:
    """It was checked against the old one, waits for the change, and is refused."""
    checked = await people.identity.check(people.username, people.password)
    settings = await people.process.door.settings(people.organization)
    async with people.pool.acquire() as first:
        async with first.transaction():
            await first.execute(identity.SQL["replace_password"], people.member, "another hash")
            starting = asyncio.ensure_future(
                people.process.sessions.start(checked, uuid4(), settings, NOW)
            )
            await until_blocked(people, first.get_server_pid())
        with pytest.raises(Unauthenticated):
            await starting
