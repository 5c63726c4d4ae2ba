"""The machine misbehaves: clocks step, the disk is full."""

from __future__ import annotations

import asyncio
from random import Random

from tests.campaign.faults.fault import Fault
from tests.campaign.scene import Scene
from tests.campaign.site import Site

STEPS_SECONDS = (0.001, 0.5, 5.0, 60.0, 3600.0)
OFF_SECONDS = (2.0, 6.0)
FULL_SECONDS = (1.0, 5.0)


class StepClock(Fault):
    """Some seconds ahead or behind, and after a while right again: two steps in all."""

    async def strike(self, scene: Scene, chance: Random) -> None:
        clocks = scene.site.clocks
        assert clocks is not None
        step = chance.choice(STEPS_SECONDS) * chance.uniform(0.5, 1) * chance.choice((1, -1))
        try:
            clocks.step(self.target.removesuffix(" clock"), step)
            await asyncio.sleep(chance.uniform(*OFF_SECONDS))
        finally:
            clocks.step(self.target.removesuffix(" clock"), 0)


class StepApiClock(StepClock):
    """Of one API process."""

    kind, weight = "API clock stepped", 6


class StepPostgresClock(StepClock):
    """Of PostgreSQL, which stamps `recorded_at`."""

    kind, weight = "PostgreSQL clock stepped", 4


class FillDisk(Fault):
    """PostgreSQL can write nothing more, until there is space again."""

    kind, weight = "disk of PostgreSQL full", 3

    async def strike(self, scene: Scene, chance: Random) -> None:
        disk = scene.site.disk
        assert disk is not None
        try:
            await asyncio.to_thread(disk.fill)
            await asyncio.sleep(chance.uniform(*FULL_SECONDS))
        finally:
            disk.free()
        await scene.database_answers()


def surroundings(site: Site) -> list[Fault]:
    """Those that this machine permits."""
    names = site.plan.names("api")
    clocks: list[Fault] = [StepApiClock(f"{name} clock") for name in names]
    clocks.append(StepPostgresClock("postgres clock"))
    return [*(clocks if site.clocks else ()), *([FillDisk("disk")] if site.disk else ())]
