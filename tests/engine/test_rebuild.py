"""Rows made anew from the log take the place of live ones, whatever those are and whoever reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.base import Event, Recorded
from projections.engine import rebuild as engine
from projections.engine.checkpoints import Fenced
from projections.engine.fold import replay
from projections.engine.follower import Follower
from projections.engine.projection import Projection
from projections.engine.rebuild import Report, fill, rebuild
from projections.engine.shard import Shard
from projections.engine.staging import RebuildRunning, staged
from tests.conftest import Database
from tests.engine.test_exactly_once import (
    HISTORIES,
    Crash,
    Mortal,
    live,
    reset,
)
from tests.engine.toy import BALANCES, MOVEMENTS, Deposited, Withdrawn, recorded, rows

PAGE = 7
STEPS = 60
"""More than a rebuild has."""


class Listed:
    """A log in memory, with small pages."""

    generation = 0

    def __init__(self, events: Sequence[Recorded]) -> None:
        self.events = list(events)

    async def head(self) -> int:
        """Its length."""
        return len(self.events)

    async def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Some of it."""
        return self.events[after : after + limit]

    async def pages(
        self, up_to: int, leaves: Callable[[type[Event]], bool], shard: Shard
    ) -> AsyncIterator[tuple[int, Sequence[Recorded]]]:
        """All of it, as the real one gives it."""
        for first in range(0, up_to, PAGE):
            page = shard.share(self.events[first : min(first + PAGE, up_to)])
            yield first + PAGE, [event for event in page if not leaves(type(event.event))]


class Killed(Mortal):
    """A process that is gone once its step has come: it cleans nothing up."""

    def is_closed(self) -> bool:
        """Whether it is gone."""
        return self._steps <= 0


async def rebuilt(
    admin: Any, projection: Projection[Any], log: Sequence[Recorded], *, check: bool = False
) -> Report:
    """A rebuild in this process."""
    listed = Listed(log)
    return await rebuild(
        projection,
        admin,
        listed,
        lambda staging, up_to: fill(staging, admin, listed, up_to),
        check=check,
    )


async def stored(pool: Any, projection: Projection[Any]) -> dict[tuple[Any, ...], Any]:
    """The rows as they are stored."""
    return rows(projection, await pool.fetch(f"SELECT * FROM {projection.table}"))  # noqa: S608 - ours


async def left_over(pool: Any) -> list[str]:
    """What a rebuild made and did not take away."""
    asked = """SELECT relname FROM pg_class WHERE relname ~ '_rebuild_' AND relkind = 'r'
               UNION ALL SELECT projection FROM read.checkpoints WHERE projection ~ '_rebuild_'
               UNION ALL SELECT projection FROM read.parked WHERE projection ~ '_rebuild_'"""
    return [row[0] for row in await pool.fetch(asked)]


@pytest.mark.parametrize("projection", [BALANCES, MOVEMENTS], ids=lambda one: one.name)
@pytest.mark.parametrize("in_memory", [1, 500_000])
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(log=HISTORIES, followed=st.integers(0, 30))
async def test_rebuilt_rows_are_the_live_ones_and_the_replay(
    bank: asyncpg.Pool,
    admin: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    in_memory: int,
    projection: Projection[Any],
    log: list[Recorded],
    followed: int,
) -> None:
    """However few rows fit into memory, and wherever the live ones stand; versions as well."""
    monkeypatch.setattr(engine, "ROWS_IN_MEMORY", in_memory)
    await reset(bank, projection)
    await live(bank, projection, log[:followed], [], [])
    report = await rebuilt(admin, projection, log, check=True)
    assert report.sound
    await bank.execute(f"TRUNCATE {projection.table}")
    await rebuilt(admin, projection, log)
    reached = followed if 0 < followed < len(log) else len(log)
    assert await stored(bank, projection) == replay(projection, log[:reached])
    await live(bank, projection, log, [], [])
    assert await stored(bank, projection) == replay(projection, log)
    assert (await rebuilt(admin, projection, log, check=True)).sound
    assert await left_over(bank) == []


async def test_a_check_tells_every_row_that_differs_and_changes_nothing(
    bank: asyncpg.Pool, admin: asyncpg.Connection
) -> None:
    """The auditor's proof; the rebuild after it mends just those rows."""
    owners = [Deposited(owner=name, amount=Decimal(5)) for name in "ABCDE"]
    log = recorded([(UUID(int=1), event) for event in owners])
    await live(bank, BALANCES, log, [], [])
    await bank.execute(
        f"""DELETE FROM {BALANCES.table} WHERE owner = 'A';
            UPDATE {BALANCES.table} SET balance = 6 WHERE owner IN ('B', 'C');
            INSERT INTO {BALANCES.table}
            SELECT bank, organization, 'F', balance, since, amounts, position, largest
              FROM {BALANCES.table} WHERE owner = 'D'"""  # noqa: S608 - names of ours
    )
    forged = await stored(bank, BALANCES)
    untouched = await bank.fetchval(f"SELECT xmin FROM {BALANCES.table} WHERE owner = 'E'")  # noqa: S608
    report = await rebuilt(admin, BALANCES, log, check=True)
    found = report.difference
    assert (found.missing, found.wrong, found.surplus, report.rows) == (1, 2, 1, 5)
    assert await stored(bank, BALANCES) == forged
    await rebuilt(admin, BALANCES, log)
    assert await stored(bank, BALANCES) == replay(BALANCES, log)
    after = await bank.fetchval(f"SELECT xmin FROM {BALANCES.table} WHERE owner = 'E'")  # noqa: S608
    assert after == untouched


async def test_rows_are_replaced_by_hash_whatever_the_planner_expects(
    bank: asyncpg.Pool, admin: asyncpg.Connection
) -> None:
    """Of a table last analysed empty it expects nothing, and would scan it for each row added."""
    async with staged(admin, BALANCES) as staging:
        async with admin.transaction():
            await staging.replace(admin)
            assert await admin.fetchval("SHOW enable_nestloop") == "off"
        assert await admin.fetchval("SHOW enable_nestloop") == "on"


async def test_a_rebuild_after_the_fix_cures_a_parked_stream_and_fences_who_follows(
    bank: asyncpg.Pool, admin: asyncpg.Connection
) -> None:
    """Who had given the stream up would go on leaving it out."""
    bad, good = UUID(int=1), UUID(int=2)
    few = [Withdrawn(owner="Ada", amount=Decimal(3)), Deposited(owner="Ada", amount=Decimal(9))]
    log = recorded([(bad, few[0]), (good, few[1]), (bad, few[1]), (good, few[0])])
    follower = Follower(BALANCES)
    async with bank.acquire() as connection:
        await follower.load(connection)
        await follower.follow(connection, log[:3])
    handlers: dict[Any, Any] = {**BALANCES.handlers, Withdrawn: lambda row, _: row}
    mended = msgspec.structs.replace(BALANCES, handlers=handlers)
    report = await rebuilt(admin, mended, log)
    assert (len(report.were_parked), len(report.parked)) == (1, 0)
    assert await bank.fetch("SELECT * FROM read.parked") == []
    assert await stored(bank, BALANCES) == replay(mended, log[:3])
    async with bank.acquire() as connection:
        with pytest.raises(Fenced):
            await follower.follow(connection, log)
    await live(bank, mended, log, [], [])
    assert await stored(bank, BALANCES) == replay(mended, log)


async def test_a_row_that_the_database_refuses_parks_its_stream_in_a_rebuild_too(
    bank: asyncpg.Pool, admin: asyncpg.Connection
) -> None:
    """The event at fault is found, and no other stream suffers."""
    small, big = (
        Deposited(owner="Ada", amount=Decimal(1)),
        Deposited(owner="a", amount=Decimal(10**6)),
    )
    log = recorded([(UUID(int=1), small), (UUID(int=2), small), (UUID(int=1), big)])
    await live(bank, BALANCES, log, [], [])
    before = await stored(bank, BALANCES)
    assert (await rebuilt(admin, BALANCES, log, check=True)).sound
    await bank.execute(f"TRUNCATE {BALANCES.table}")
    await rebuilt(admin, BALANCES, log)
    assert await stored(bank, BALANCES) == before
    (parked,) = await bank.fetch("SELECT stream_id, position FROM read.parked")
    assert tuple(parked) == (UUID(int=1), 3)


@pytest.mark.parametrize("projection", [BALANCES, MOVEMENTS], ids=lambda one: one.name)
async def test_a_rebuild_that_dies_at_any_step_harms_nothing(
    bank: asyncpg.Pool, database: Database, projection: Projection[Any]
) -> None:
    """The rows are those from before or the right ones, and the next rebuild finds all well."""
    event = Deposited(owner="Ada", amount=Decimal(1))
    log = recorded([(UUID(int=number % 5), event) for number in range(20)])
    await live(bank, projection, log[:15], [], [])
    await bank.execute(f"UPDATE {projection.table} SET owner = 'Eve' WHERE position = 11")  # noqa: S608
    forged, right = await stored(bank, projection), replay(projection, log[:15])
    died = 0
    for steps in range(1, STEPS):
        connection = await asyncpg.connect(database.admin_url)
        try:
            await rebuilt(Killed(connection, steps), projection, log)
        except Crash:
            died += 1
        await connection.close()
        assert await stored(bank, projection) in (forged, right)
    assert 10 < died < STEPS - 1
    assert await stored(bank, projection) == right
    await live(bank, projection, log, [], [])
    assert await stored(bank, projection) == replay(projection, log)
    assert await left_over(bank) == []


async def test_a_projection_is_rebuilt_by_one_at_a_time(
    bank: asyncpg.Pool, admin: asyncpg.Connection, database: Database
) -> None:
    """The second is told so; other projections may be rebuilt meanwhile."""
    other = await asyncpg.connect(database.admin_url)
    async with staged(admin, BALANCES):
        with pytest.raises(RebuildRunning, match=BALANCES.id):
            await rebuilt(other, BALANCES, [])
        await rebuilt(other, MOVEMENTS, [])
    await rebuilt(other, BALANCES, [])
    await other.close()
