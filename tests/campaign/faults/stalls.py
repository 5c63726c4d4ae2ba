"""Processes that stand still for a while and go on in the belief that nothing was."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from random import Random
from typing import ClassVar

from adapters.nats.relay import LOCK
from projections.engine.sharding import TURN
from tests.campaign.faults.fault import Fault
from tests.campaign.scene import UNREACHABLE, Scene
from tests.campaign.site import NotRecovered, Plan, until

BRIEF_SECONDS = (0.3, 4.0)
TAKE_OVER_SECONDS = 5.0
HOLDERS = """
SELECT pid FROM pg_locks
 WHERE locktype = 'advisory' AND granted AND $1 IN (classid::bigint, objid::bigint)
"""
CUT = "SELECT pg_terminate_backend($1, 1000)"


class Stall(Fault):
    """One process stops for some seconds: its readers are slow, its connections stay open."""

    async def strike(self, scene: Scene, chance: Random) -> None:
        await scene.site.alive(self.target)
        scene.site.pause(self.target)
        try:
            await asyncio.sleep(chance.uniform(*BRIEF_SECONDS))
        finally:
            scene.site.go_on(self.target)


class StallApi(Stall):
    """Its clients get no answer."""

    kind, weight = "API stopped and resumed", 5


class StallProjector(Stall):
    """The read models fall behind; JetStream's buffers fill."""

    kind, weight = "projector stopped and resumed", 5


class StallRelay(Stall):
    """JetStream falls behind."""

    kind, weight = "relay stopped and resumed", 4


class StallNats(Stall):
    """Whoever publishes or subscribes is kept waiting."""

    kind, weight = "NATS stopped and resumed", 4


class Stale(Fault):
    """Who has the turn stands still, loses it to another without knowing, and goes on."""

    process: ClassVar[str]
    lock: ClassVar[int]

    async def strike(self, scene: Scene, chance: Random) -> None:
        """To each in turn, as nobody can see from outside who it is that has the turn."""
        names = scene.site.plan.names(self.process)
        for name in chance.sample(names, len(names)):
            await scene.site.alive(name)
            scene.site.pause(name)
            try:
                with suppress(*UNREACHABLE, NotRecovered):
                    await self._taken_over(scene)
            finally:
                scene.site.go_on(name)

    async def _taken_over(self, scene: Scene) -> None:
        """The server forgets the holder, as if its network were gone, and gives the turn away."""
        held = await self._holders(scene)
        for pid in held:
            await scene.administer(CUT, pid)

        async def taken() -> bool:
            return bool(await self._holders(scene) - held)

        await until(taken, "another to take its turn", TAKE_OVER_SECONDS)

    async def _holders(self, scene: Scene) -> set[int]:
        return {int(row["pid"]) for row in await scene.administer(HOLDERS, self.lock)}


class StaleRelay(Stale):
    """It publishes what it had read before, into a stream that has gone on."""

    kind, weight = "stale relay resumed beside another", 3
    process, lock = "relay", LOCK


class StaleProjector(Stale):
    """It writes rows behind a checkpoint that has gone on."""

    kind, weight = "stale projector resumed on another's checkpoint", 3
    process, lock = "projector", TURN


def stalls(plan: Plan) -> list[Fault]:
    """One for each process that somebody reads from."""
    brokers = ("a", "b", "c") if plan.brokers > 1 else ("nats",)
    return [
        *(StallApi(name) for name in plan.names("api")),
        *(StallProjector(name) for name in plan.names("projector")),
        *(StallRelay(name) for name in plan.names("relay")),
        *(StallNats(name) for name in brokers),
        StaleRelay("all relays"),
        StaleProjector("all projectors"),
    ]
