"""Organizations are shared out anew without a projection passing over an event of theirs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest

from domain.base import Recorded
from projections.engine.checkpoints import standing
from projections.engine.fold import replay
from projections.engine.follower import Follower
from projections.engine.shard import Shard
from projections.engine.sharding import ProjectorRunning, share_out
from tests.engine.test_rebuild import Listed, stored
from tests.engine.toy import BALANCES, Deposited, recorded

ODD, EVEN = Shard(2, 2), Shard(1, 2)


class Interrupted(Listed):
    """A log whose first reader is made to wait for somebody else's step."""

    def __init__(self, events: Sequence[Recorded], step: Callable[[], Awaitable[None]]) -> None:
        super().__init__(events)
        self._steps = [step]

    async def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Some of it, as soon as the step is done."""
        while self._steps:
            await self._steps.pop()()
        return await super().read(after, limit)


async def test_a_projector_that_lost_its_turn_unnoticed_makes_no_shard_skip_an_event(
    bank: asyncpg.Pool,
) -> None:
    """It goes on until it is fenced, and may move its shard while the others are brought there."""
    event = Deposited(owner="Ada", amount=Decimal(1))
    log = recorded([(UUID(int=number), event) for number in range(1, 11)])
    for one in log:
        one.organization = UUID(int=one.position % 2)
    async with bank.acquire() as connection, bank.acquire() as elsewhere:
        await share_out(connection, [BALANCES], Listed(log), 2)
        unnoticed = Follower(BALANCES, ODD)
        await unnoticed.load(elsewhere)
        await unnoticed.follow(elsewhere, log[:5])
        step = Interrupted(log, lambda: unnoticed.follow(elsewhere, log))
        with pytest.raises(ProjectorRunning, match=BALANCES.id):
            await share_out(connection, [BALANCES], step, 1)
        assert set(await standing(connection, BALANCES.id)) == {EVEN, ODD}
        await share_out(connection, [BALANCES], Listed(log), 1)
        whole = Follower(BALANCES)
        await whole.load(connection)
        await whole.follow(connection, log)
    assert await stored(bank, BALANCES) == replay(BALANCES, log)
