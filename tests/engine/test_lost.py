"""What the log does not have is in no row: neither newly, nor from before it was restored."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest

from domain.base import Recorded
from projections.engine.checkpoints import Fenced
from projections.engine.fold import replay
from projections.engine.follower import Follower
from tests.engine.toy import BALANCES, Deposited, Withdrawn, recorded, rows

BANK = UUID(int=1)
LOG = recorded(
    [(BANK, Deposited(owner="Ada", amount=Decimal(5))) for _ in range(3)]
    + [(UUID(int=2), Withdrawn(owner="Bob", amount=Decimal(1)))]
)
TABLES = (BALANCES.table, BALANCES.versions, "read.parked")


def of_another_future(one: Recorded) -> Recorded:
    """The event as it was in a log that went another way."""
    where = (one.stream, one.version, one.occurred_at, one.actor, one.event, one.organization)
    return Recorded(*where, one.position, one.recorded_at + timedelta(microseconds=1))


async def sizes(bank: asyncpg.Pool) -> list[int]:
    """How many rows, versions and parked streams there are."""
    return [await bank.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES]  # noqa: S608 - names of ours


async def test_an_event_that_the_log_does_not_have_is_followed_by_nobody(
    bank: asyncpg.Pool,
) -> None:
    """As a message of a lost future is still on its way; the projector then begins again."""
    async with bank.acquire() as connection:
        follower = Follower(BALANCES)
        await follower.load(connection)
        await follower.follow(connection, LOG[:1])
        before = await sizes(bank)
        for news in ([of_another_future(LOG[1])], [LOG[1], of_another_future(LOG[2])]):
            with pytest.raises(Fenced):
                await follower.follow(connection, news)
        assert await sizes(bank) == before
        await follower.load(connection)
        assert follower.position == 1


async def test_rows_of_a_lost_future_are_dropped_with_all_that_belongs_to_them(
    bank: asyncpg.Pool,
) -> None:
    """Versions and parked streams too; whoever still follows the old ones is fenced."""
    async with bank.acquire() as connection:
        former, follower = Follower(BALANCES), Follower(BALANCES)
        await former.load(connection)
        await former.follow(connection, LOG)
        assert await sizes(bank) == [1, 3, 1]
        lost = of_another_future(LOG[-1]).recorded_at
        await connection.execute("UPDATE read.checkpoints SET recorded_at = $1", lost)
        await follower.load(connection)
        assert (follower.position, follower.parked, await sizes(bank)) == (0, {}, [0, 0, 0])
        with pytest.raises(Fenced):
            await former.follow(connection, recorded([(BANK, LOG[0].event)] * 5))
        await follower.follow(connection, LOG)
        stored = await connection.fetch(f"SELECT * FROM {BALANCES.table}")  # noqa: S608 - a name of ours
    assert rows(BALANCES, stored) == replay(BALANCES, LOG)


async def test_a_checkpoint_beyond_the_log_is_lost(bank: asyncpg.Pool) -> None:
    """Also one of a release that did not note the time of its event."""
    async with bank.acquire() as connection:
        follower = Follower(BALANCES)
        await follower.load(connection)
        await follower.follow(connection, LOG)
        await connection.execute("UPDATE read.checkpoints SET recorded_at = NULL")
        await follower.load(connection)
        assert follower.position == len(LOG)
        await connection.execute("UPDATE read.checkpoints SET position = 1000000")
        await follower.load(connection)
        assert follower.position == 0
