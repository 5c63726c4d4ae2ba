"""A short campaign: nothing that was acknowledged is lost or doubled, whatever is struck."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.campaign.campaign import Options, campaign
from tests.campaign.load.workers import Staff
from tests.campaign.site import Plan

SEED, FAULTS = 20250325, 36
"""Every kind comes once before any comes twice."""


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that the database's user can reach."""
    with tempfile.TemporaryDirectory(prefix="tallybook-slice-") as folder:
        path = Path(folder)
        path.chmod(0o711)
        yield path


@pytest.mark.timeout(400)
async def test_a_short_campaign_finds_nothing(home: Path) -> None:
    """At least one fault of every kind that this machine permits, under commands of 14 clients."""
    options = Options(
        seed=SEED,
        seconds=300,
        faults=FAULTS,
        round_faults=FAULTS,
        pause_seconds=0.5,
        repeats=100,
        plan=Plan(apis=2, timers=1, brokers=1),
        staff=Staff(traders=4, benchers=5, counters=3, strangers=1),
    )
    async with campaign(home, options) as run:
        result = await run.run()
        assert not run.verdict.wrong, run.verdict.explain()
    assert result.struck.total() == FAULTS
    assert result.struck.keys() == run.kinds
    figures, counted = run.verdict.figures, run.scene.load.journal.counted()
    assert counted["open"] == 0
    assert figures.commands == counted["sent"] > counted["refused"] > 0
    assert figures.parked == len(run.scene.poisoned) > 0
    assert min(figures.rows, figures.histories, figures.repeated, figures.messages) > 0
    assert run.scene.load.count.done > 0
