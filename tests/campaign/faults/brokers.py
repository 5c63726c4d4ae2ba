"""NATS stops, dies and loses its data: one server, or members of a cluster and all of it."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from random import Random

from nats.errors import Error

from adapters.nats.stream import connected, online
from tests.campaign.faults.fault import Fault
from tests.campaign.scene import Scene
from tests.campaign.site import Plan
from tests.nats.cluster import leader

AWAY_SECONDS = (0.0, 4.0)
ASK_SECONDS = 3.0


class _Away(Fault):
    """Some servers are away for a while."""

    number = signal.SIGKILL
    wiped = False

    def __init__(self, target: str, *, every: bool = False) -> None:
        super().__init__(target)
        self._every = every

    async def strike(self, scene: Scene, chance: Random) -> None:
        names = await self._names(scene, chance)
        scene.site.held.update(names)
        try:
            for name in names:
                await scene.site.kill(name, self.number)
                if self.wiped:
                    scene.site.nats[name].wipe()
            await asyncio.sleep(chance.uniform(*AWAY_SECONDS))
            for name in names:
                await asyncio.to_thread(scene.site.nats[name].start)
        finally:
            scene.site.held.difference_update(names)

    async def _names(self, scene: Scene, chance: Random) -> list[str]:
        return [*scene.site.nats] if self._every else [chance.choice([*scene.site.nats])]


class StopNats(_Away):
    """SIGTERM of every server."""

    kind, weight, number = "NATS stopped", 3, signal.SIGTERM


class KillNats(_Away):
    """SIGKILL of every server."""

    kind, weight = "NATS killed", 3


class WipeNats(_Away):
    """SIGKILL of every server, and its data is gone."""

    kind, weight, wiped = "NATS killed and wiped", 3, True


class KillMember(_Away):
    """SIGKILL of one of three."""

    kind, weight = "NATS cluster member killed", 4


class WipeMember(_Away):
    """SIGKILL of one of three, which comes back empty."""

    kind, weight, wiped = "NATS cluster member killed and wiped", 2, True


class KillMajority(_Away):
    """SIGKILL of two of three: nothing can be published."""

    kind, weight = "NATS cluster majority killed", 2

    async def _names(self, scene: Scene, chance: Random) -> list[str]:
        return chance.sample([*scene.site.nats], 2)


class KillLeader(_Away):
    """SIGKILL of the member that leads the stream, or of one if nobody says who that is."""

    kind, weight = "NATS cluster leader killed", 3

    async def _names(self, scene: Scene, chance: Random) -> list[str]:
        leading = None
        with suppress(TimeoutError, Error, OSError):
            async with (
                asyncio.timeout(ASK_SECONDS),
                connected(scene.site.configuration.nats_url) as client,
            ):
                await online(client)
                leading = await leader(client)
        return [leading or chance.choice([*scene.site.nats])]


def brokers(plan: Plan) -> list[Fault]:
    """What can happen to all of NATS, and to a part of it."""
    whole: list[Fault] = [one("nats", every=True) for one in (StopNats, KillNats, WipeNats)]
    if plan.brokers == 1:
        return whole
    parts = (KillMember, WipeMember, KillMajority, KillLeader)
    return [*whole, *(one("nats") for one in parts)]
