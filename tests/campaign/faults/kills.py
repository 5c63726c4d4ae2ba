"""Processes that end without a word, wherever they are in their work."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from random import Random
from typing import ClassVar

from tests.campaign.faults.fault import Fault
from tests.campaign.scene import APPEND_LOCK, UNREACHABLE, Scene
from tests.campaign.site import NotRecovered, Plan, until

WAITED_SECONDS = 1.0


class Kill(Fault):
    """SIGKILL of one process."""

    async def strike(self, scene: Scene, chance: Random) -> None:
        await scene.site.kill(self.target)
        await scene.site.alive(self.target)
        if self.target.startswith("api"):
            await scene.site.serving(self.target)


class KillApi(Kill):
    """Of an API process."""

    kind, weight = "API killed", 12


class KillRelay(Kill):
    """Of a relay."""

    kind, weight = "relay killed", 7


class KillProjector(Kill):
    """Of a projector."""

    kind, weight = "projector killed", 7


class KillTimers(Kill):
    """Of what posts stock-takes and ends reservations."""

    kind, weight = "timers killed", 6


class KillMidway(Fault):
    """SIGKILL of all processes of a kind while one of them waits in the middle of a transaction."""

    weight = 2
    process: ClassVar[str]
    statements: ClassVar[tuple[str, ...]]

    async def strike(self, scene: Scene, chance: Random) -> None:
        names = scene.site.plan.names(self.process)
        await asyncio.gather(*(scene.site.alive(name) for name in names))
        try:
            async with scene.obstacle(chance.choice(self.statements)) as met:
                with suppress(NotRecovered):
                    await until(met, "somebody to wait", WAITED_SECONDS)
                await asyncio.gather(*(scene.site.kill(name) for name in names))
        except UNREACHABLE:  # another fault has the database
            await asyncio.gather(*(scene.site.kill(name) for name in names))
        await asyncio.gather(*(scene.site.alive(name) for name in names))
        if self.process == "api":
            await scene.site.answering()


class KillApisMidway(KillMidway):
    """While appends are in flight."""

    kind, process, statements = "all APIs killed amid an append", "api", (APPEND_LOCK,)


class KillProjectorsMidway(KillMidway):
    """While rows are being written."""

    kind, process = "all projectors killed amid a transaction", "projector"
    statements = (
        "LOCK read.movements_v1",
        "LOCK read.stock_levels_v1",
        "LOCK read.checkpoints",
    )


class KillTimersMidway(KillMidway):
    """While something is being posted, if anything is."""

    kind, process, statements = "all timers killed amid an append", "timers", (APPEND_LOCK,)


def kills(plan: Plan) -> list[Fault]:
    """One for each process, and one for all of a kind."""
    return [
        *(KillApi(name) for name in plan.names("api")),
        *(KillRelay(name) for name in plan.names("relay")),
        *(KillProjector(name) for name in plan.names("projector")),
        *(KillTimers(name) for name in plan.names("timers")),
        KillApisMidway("append lock"),
        KillProjectorsMidway("projection lock"),
        KillTimersMidway("append lock"),
    ]
