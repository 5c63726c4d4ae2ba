"""Refusals are decided in memory and confirmed by the log, without disturbing who is accepted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest

from api.commands import Answer
from domain.base import Recorded
from tests.faults.conftest import Lock
from tests.faults.tally import Process, TooMuch


async def test_a_refusal_on_stale_memory_is_decided_again(
    here: Process, there: Process, stream: UUID
) -> None:
    """Another process had given something back."""
    await there.take(stream, -5)
    assert (await here.take(stream, 12)).version == 3


async def test_a_refusal_on_events_that_were_given_up_is_decided_again(
    here: Process, there: Process, stream: UUID, lock: Lock
) -> None:
    """It stood on an append that lost against another process."""
    await there.take(stream, -5)
    await lock.hold()
    overtaken = asyncio.create_task(here.take(stream, 2))
    await lock.waited_for()
    refused = asyncio.create_task(here.take(stream, 8))
    await asyncio.sleep(0)
    await lock.release()
    assert {(await overtaken).version, (await refused).version} == {3, 4}


async def test_refusals_amid_a_chain_leave_the_chain_alone(
    here: Process, stream: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is loaded again, and each refusal is confirmed at its first attempt."""
    load, loads = here.log.load, 0

    async def counted(streams: Sequence[UUID]) -> list[Recorded]:
        nonlocal loads
        loads += 1
        return await load(streams)

    monkeypatch.setattr(here.log, "load", counted)
    runs = [here.take(stream, amount) for _ in range(40) for amount in (0, 100)]
    outcomes = await asyncio.gather(*runs, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Answer, TooMuch] * 40
    assert loads == 0
