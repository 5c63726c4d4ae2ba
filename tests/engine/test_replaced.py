"""The last step of a rebuild: what it compares, whom it keeps waiting, and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from domain.base import Recorded
from projections.engine.fold import replay
from projections.engine.follower import Follower
from projections.engine.projection import Projection
from projections.engine.rebuild import fill, rebuild
from projections.engine.staging import staged
from tests.engine.test_exactly_once import live
from tests.engine.test_rebuild import Listed, rebuilt, stored
from tests.engine.toy import BALANCES, Deposited, recorded


async def test_the_past_is_compared_and_mended_as_the_present_is(
    bank: asyncpg.Pool, admin: asyncpg.Connection
) -> None:
    """A forged version changes no row of today."""
    event = Deposited(owner="Ada", amount=Decimal(5))
    log = recorded([(UUID(int=1), event), (UUID(int=1), event)])
    await live(bank, BALANCES, log, [], [])
    await bank.execute(f"UPDATE {BALANCES.versions} SET balance = 6 WHERE as_of = 1")  # noqa: S608 - ours
    found = (await rebuilt(admin, BALANCES, log, check=True)).difference
    assert (found.missing, found.wrong, found.surplus) == (0, 1, 0)
    await rebuilt(admin, BALANCES, log)
    assert (await rebuilt(admin, BALANCES, log, check=True)).sound


async def test_what_was_appended_during_a_long_rebuild_does_not_hold_up_the_projector(
    bank: asyncpg.Pool, admin: asyncpg.Connection
) -> None:
    """Live rows are held for what came at the very end only."""
    event = Deposited(owner="Ada", amount=Decimal(1))
    log = recorded([(UUID(int=number), event) for number in range(1, 31)])
    await live(bank, BALANCES, log[:10], [], [])
    held = []

    class Watched(Listed):
        """It notes what is read of it while the projector has to wait."""

        async def read(self, after: int, limit: int) -> Sequence[Recorded]:
            """Some of it."""
            free = "SELECT FROM read.checkpoints WHERE projection = $1 FOR UPDATE SKIP LOCKED"
            if not await bank.fetch(free, BALANCES.id):
                held.append(after)
            return await super().read(after, limit)

    watched = Watched(log)

    async def filled(staging: Projection[Any], up_to: int) -> None:
        await fill(staging, admin, watched, up_to)
        await live(bank, BALANCES, log, [], [])

    assert (await rebuild(BALANCES, admin, watched, filled, check=False)).sound
    assert held == []


async def test_what_a_rebuild_has_told_of_outlives_a_crash(
    bank: asyncpg.Pool, admin: asyncpg.Connection
) -> None:
    """A projector's commits need not wait for the disk, as they are made again; this one is not."""
    log = recorded([(UUID(int=1), Deposited(owner="Ada", amount=Decimal(1)))])
    async with staged(admin, BALANCES) as staging:
        await staging.begin(admin, 0)
        follower = Follower(staging.projection)
        await follower.load(admin)
        async with admin.transaction():
            await follower.follow(admin, log)
            assert await admin.fetchval("SHOW synchronous_commit") == "off"
            await staging.replace(admin)
            assert await admin.fetchval("SHOW synchronous_commit") == "on"
    assert await stored(bank, BALANCES) == replay(BALANCES, log)
