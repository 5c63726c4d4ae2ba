"""When which fault strikes: a sequence that follows from the seed alone."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from tests.campaign.faults.brokers import brokers
from tests.campaign.faults.database import database
from tests.campaign.faults.fault import Fault
from tests.campaign.faults.jetstream import jetstream
from tests.campaign.faults.kills import kills
from tests.campaign.faults.poison import poisons
from tests.campaign.faults.stalls import stalls
from tests.campaign.faults.surroundings import surroundings
from tests.campaign.site import Site


class Planned(NamedTuple):
    """A fault, how long after the one before, and the dice that it throws itself."""

    pause_seconds: float
    fault: Fault
    chance: Random


def registry(site: Site) -> dict[str, list[Fault]]:
    """Every fault that this site can have, by its kind."""
    plan = site.plan
    found: dict[str, list[Fault]] = {}
    for fault in (
        *(*kills(plan), *stalls(plan), *database(plan), *brokers(plan), *jetstream(plan)),
        *(*surroundings(site), *poisons()),
    ):
        found.setdefault(fault.kind, []).append(fault)
    return found


def schedule(
    kinds: dict[str, list[Fault]], seed: int, mean_pause_seconds: float
) -> Iterator[Planned]:
    """Never ends; each kind comes once before any comes twice."""
    chance = Random(f"{seed}/schedule")  # noqa: S311 - dice that can be thrown again
    weights = [found[0].weight for found in kinds.values()]
    first = chance.sample([*kinds], len(kinds))
    number = 0
    while True:
        kind = first[number] if number < len(first) else chance.choices([*kinds], weights)[0]
        fault = chance.choice(kinds[kind])
        dice = Random(f"{seed}/fault/{number}")  # noqa: S311 - same
        yield Planned(chance.expovariate(1 / mean_pause_seconds), fault, dice)
        number += 1
