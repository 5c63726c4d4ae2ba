"""Which fault strikes when follows from the seed, and from nothing else."""

from __future__ import annotations

from itertools import islice

from tests.campaign.faults.brokers import brokers
from tests.campaign.faults.fault import Fault
from tests.campaign.faults.kills import kills
from tests.campaign.schedule import schedule
from tests.campaign.site import Plan

NUMBER = 200


def kinds() -> dict[str, list[Fault]]:
    """Some."""
    found: dict[str, list[Fault]] = {}
    for fault in (*kills(Plan()), *brokers(Plan())):
        found.setdefault(fault.kind, []).append(fault)
    return found


def planned(seed: int) -> list[tuple[str, str, float, float]]:
    """What strikes what, how long after the one before, and the first of its own dice."""
    return [
        (one.fault.kind, one.fault.target, one.pause_seconds, one.chance.random())
        for one in islice(schedule(kinds(), seed, 0.5), NUMBER)
    ]


def test_a_seed_has_one_schedule_and_another_seed_another() -> None:
    """To the last digit."""
    assert planned(1) == planned(1)
    assert planned(1) != planned(2)


def test_every_kind_comes_once_before_any_comes_twice() -> None:
    """However rare it is."""
    first = [kind for kind, *_ in planned(3)[: len(kinds())]]
    assert sorted(first) == sorted(kinds())
