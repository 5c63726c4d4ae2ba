"""A crew ends with the first of its members that fails, whatever the others do about it."""

from __future__ import annotations

import asyncio

import pytest

from projections.engine import crew as crews
from projections.engine.crew import Crew

FOR_EVER = 600.0


class Broken(Exception):
    """What a member fails with."""


async def fails() -> None:
    """At once."""
    raise Broken


async def test_a_member_that_swallows_cancellations_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As `asyncio.wait_for` does now and then before Python 3.12."""
    monkeypatch.setattr(crews, "END_AGAIN_SECONDS", 0.01)
    cancellations = 0

    async def stubborn() -> None:
        nonlocal cancellations
        while cancellations < 3:
            try:
                await asyncio.sleep(FOR_EVER)
            except asyncio.CancelledError:
                cancellations += 1

    crew = Crew()
    crew.add(stubborn())
    await asyncio.sleep(0)
    crew.add(fails())
    with pytest.raises(Broken):
        await crew.run()
    assert cancellations == 3


async def test_a_member_that_is_done_leaves_the_others_alone() -> None:
    """And one may be added by another."""
    crew = Crew()

    async def adds() -> None:
        crew.add(fails())

    crew.add(adds())
    with pytest.raises(Broken):
        await crew.run()


async def test_a_crew_that_is_cancelled_ends_its_members() -> None:
    """Before it ends itself."""
    crew, ended = Crew(), False

    async def waits() -> None:
        nonlocal ended
        try:
            await asyncio.sleep(FOR_EVER)
        finally:
            ended = True

    crew.add(waits())
    running = asyncio.create_task(crew.run())
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert ended
