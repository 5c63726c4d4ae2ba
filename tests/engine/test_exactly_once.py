"""Whatever happens to a projector, its rows are the replay of the log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.base import NOBODY, Event, Recorded
from projections.engine.checkpoints import Fenced
from projections.engine.fold import replay
from projections.engine.follower import Follower, Gap
from projections.engine.projection import Projection
from projections.engine.temporal import Past
from tests.engine.toy import (
    BALANCES,
    MOVEMENTS,
    Closed,
    Deposited,
    Forgotten,
    Remarked,
    Withdrawn,
    recorded,
    rows,
)

OWNERS = st.sampled_from(["Ada", "Bo"])
AMOUNTS = st.integers(0, 3).map(Decimal)
BANKS = st.integers(1, 3).map(lambda number: UUID(int=number))
EVENTS = st.one_of(
    st.builds(Deposited, owner=OWNERS, amount=AMOUNTS),
    st.builds(Withdrawn, owner=OWNERS, amount=AMOUNTS),
    st.builds(Closed, owner=OWNERS),
    st.builds(Remarked, owner=OWNERS),
    st.builds(Forgotten, owner=OWNERS),
)
HISTORIES = st.lists(st.tuples(BANKS, EVENTS), min_size=1, max_size=30).map(recorded)
CRASH_STEPS = 12
"""More than a transaction of the engine has."""


class Crash(Exception):
    """The process ended here."""


class Mortal:
    """A connection that dies before a given step: a statement, a commit, or the commit's reply."""

    def __init__(self, connection: Any, steps: int) -> None:
        self._connection, self._steps = connection, steps

    def _step(self) -> None:
        self._steps -= 1
        if self._steps == 0:
            raise Crash

    def __getattr__(self, name: str) -> Any:
        async def call(*arguments: Any) -> Any:
            self._step()
            return await getattr(self._connection, name)(*arguments)

        return call

    @asynccontextmanager
    async def transaction(self, **options: Any) -> AsyncIterator[None]:
        self._step()
        async with self._connection.transaction(**options):
            yield
            self._step()
        self._step()


async def live(
    pool: asyncpg.Pool,
    projection: Projection[Any],
    log: Sequence[Recorded],
    batches: list[int],
    crashes: list[int],
) -> None:
    """Follows the log to its end, in batches and with crashes of those sizes and at those steps."""
    while True:
        crash = crashes.pop() if crashes else 0
        async with pool.acquire() as connection:
            follower = Follower(projection)
            try:
                mortal: Any = Mortal(connection, crash)
                await follower.load(mortal)
                while follower.position < len(log):
                    size = batches.pop() if batches else len(log)
                    overlap = max(follower.position - size, 0)
                    await follower.follow(mortal, log[overlap : follower.position + size])
            except Crash:
                continue
            return


async def reset(pool: asyncpg.Pool, projection: Projection[Any]) -> None:
    """Takes the projection back to empty tables."""
    tables = [projection.table, projection.versions] if projection.temporal else [projection.table]
    await pool.execute(f"TRUNCATE {', '.join(tables)}")
    await pool.execute("DELETE FROM read.parked")
    await pool.execute("UPDATE read.checkpoints SET position = 0")


@pytest.mark.parametrize("projection", [BALANCES, MOVEMENTS], ids=lambda one: one.name)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    log=HISTORIES,
    batches=st.lists(st.integers(1, 10), max_size=10),
    crashes=st.lists(st.integers(1, CRASH_STEPS), max_size=6),
    position=st.integers(0, 30),
)
async def test_rows_of_any_position_are_the_replay_for_any_batches_and_crashes(
    bank: asyncpg.Pool,
    projection: Projection[Any],
    log: list[Recorded],
    batches: list[int],
    crashes: list[int],
    position: int,
) -> None:
    """No event is applied twice or left out, wherever the process ended; nor of what was."""
    await reset(bank, projection)
    await live(bank, projection, log, batches, crashes)
    all_rows = f"SELECT * FROM {projection.table} AS t"  # noqa: S608 - a name of ours
    assert rows(projection, await bank.fetch(all_rows)) == replay(projection, log)
    text, arguments = Past([projection]).at(position, NOBODY, all_rows, ())
    assert rows(projection, await bank.fetch(text, *arguments)) == replay(
        projection, log[:position]
    )


async def test_the_later_of_two_projectors_changes_nothing_and_stops(bank: asyncpg.Pool) -> None:
    """The checkpoint in the transaction fences it."""
    log = recorded([(UUID(int=1), Deposited(owner="Ada", amount=Decimal(1)))] * 2)
    first, second = Follower(BALANCES), Follower(BALANCES)
    async with bank.acquire() as connection:
        await first.load(connection)
        await second.load(connection)
        await first.follow(connection, log)
        with pytest.raises(Fenced):
            await second.follow(connection, log[:1])
    stored = await bank.fetch(f"SELECT * FROM {BALANCES.table}")  # noqa: S608 - a name of ours
    assert rows(BALANCES, stored) == replay(BALANCES, log)


async def test_a_missing_event_is_refused(bank: asyncpg.Pool) -> None:
    """The checkpoint never jumps over a position."""
    log = recorded([(UUID(int=1), Remarked(owner="Ada"))] * 3)
    follower = Follower(BALANCES)
    async with bank.acquire() as connection:
        await follower.load(connection)
        with pytest.raises(Gap):
            await follower.follow(connection, [log[0], log[2]])
    assert follower.position == 0


@pytest.mark.parametrize(
    ("failing", "error"),
    [
        (Withdrawn(owner="Ada", amount=Decimal(5)), "overdrawn"),
        (Forgotten(owner="Ada"), "Undeclared"),
        (Deposited(owner="Ada", amount=Decimal(1000000)), "toy_balance_bounded"),
        (Deposited(owner="a\0b", amount=Decimal(1)), "0x00"),
    ],
    ids=["its handler", "its author", "a constraint", "a value"],
)
async def test_an_event_that_always_fails_parks_its_stream_and_no_other(
    bank: asyncpg.Pool, failing: Event, error: str
) -> None:
    """The failure is written down with its position; the stream's rows stay as they were."""
    small = Deposited(owner="Ada", amount=Decimal(1))
    sick, well = UUID(int=1), UUID(int=2)
    log = recorded([(sick, small), (well, small), (sick, failing), (sick, small), (well, small)])
    await live(bank, BALANCES, log, [], [])
    stored = await bank.fetch(f"SELECT * FROM {BALANCES.table}")  # noqa: S608 - a name of ours
    expected = replay(BALANCES, [log[0], log[1], log[4]])
    assert rows(BALANCES, stored) == expected
    (parked,) = await bank.fetch("SELECT * FROM read.parked")
    assert (parked["projection"], parked["stream_id"]) == (BALANCES.id, sick)
    assert parked["position"] == 3
    assert error in parked["error"]


async def test_a_row_that_the_database_refuses_is_found_in_few_steps(bank: asyncpg.Pool) -> None:
    """A page may have thousands of events, and each transaction is a way to the database."""
    small = Deposited(owner="Ada", amount=Decimal(1))
    events: list[tuple[UUID, Event]] = [(UUID(int=number), small) for number in range(1, 201)]
    events.insert(77, (UUID(int=1), Deposited(owner="Ada", amount=Decimal(10**6))))
    log, begun = recorded(events), []

    class Counted(Follower[Any]):
        """It notes how many events each transaction was begun with."""

        async def _commit(
            self, connection: Any, events: Sequence[Recorded], refused: str = ""
        ) -> None:
            begun.append(len(events))
            await super()._commit(connection, events, refused)

    follower = Counted(BALANCES)
    async with bank.acquire() as connection:
        await follower.load(connection)
        await follower.follow(connection, log)
    assert [(one.stream.int, one.position) for one in follower.parked.values()] == [(1, 78)]
    assert follower.position == len(log)
    assert len(begun) < 25
