"""PostgreSQL dies, restarts, loses its connections, stands still."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from random import Random

from tests.campaign.faults.fault import Fault
from tests.campaign.scene import APPEND_LOCK, UNREACHABLE, Scene
from tests.campaign.site import Plan

BACKENDS = """
SELECT pid FROM pg_stat_activity
 WHERE backend_type = 'client backend' AND application_name LIKE $1 AND pid <> pg_backend_pid()
 ORDER BY pid
"""
CUT = f"SELECT pg_terminate_backend(pid) FROM ({BACKENDS}) AS them"  # noqa: S608 - our own text
HELD_SECONDS = (0.5, 3.0)
"""Beyond the application's lock_timeout, now and then."""
STILL_SECONDS = (0.5, 9.0)
"""Beyond the batcher's call timeout, now and then."""


class _Database(Fault):
    async def _backends(self, scene: Scene, name: str = "tallybook%") -> list[int]:
        with suppress(*UNREACHABLE):
            return [int(row["pid"]) for row in await scene.administer(BACKENDS, name)]
        return []


class KillPostgres(_Database):
    """SIGKILL of the postmaster; its backends find out."""

    kind, weight = "PostgreSQL killed", 4

    async def strike(self, scene: Scene, chance: Random) -> None:
        await scene.site.kill("postgres")
        await scene.database_answers()


class RestartPostgres(_Database):
    """A fast shutdown in the middle of the work."""

    kind, weight = "PostgreSQL restarted", 3

    async def strike(self, scene: Scene, chance: Random) -> None:
        await scene.database_answers()
        await scene.site.kill("postgres", signal.SIGINT)
        await scene.database_answers()


class KillBackend(_Database):
    """SIGKILL of one backend: PostgreSQL ends all others and goes through crash recovery."""

    kind, weight = "PostgreSQL backend killed", 4

    async def strike(self, scene: Scene, chance: Random) -> None:
        await scene.database_answers()
        backends = await self._backends(scene)
        with suppress(ProcessLookupError):
            os.kill(chance.choice(backends), signal.SIGKILL) if backends else None
        await scene.database_answers()


class CutConnections(_Database):
    """All connections of some application are lost, as by a network."""

    kind, weight = "connections to PostgreSQL cut", 8

    async def strike(self, scene: Scene, chance: Random) -> None:
        await scene.database_answers()
        names = ("tallybook append%", "tallybook reads", "tallybook queries", "tallybook%")
        with suppress(*UNREACHABLE):
            await scene.administer(CUT, chance.choice(names))


class HoldAppends(_Database):
    """Somebody holds the append lock."""

    kind, weight = "append lock held", 4

    async def strike(self, scene: Scene, chance: Random) -> None:
        with suppress(*UNREACHABLE):
            async with scene.obstacle(APPEND_LOCK):
                await asyncio.sleep(chance.uniform(*HELD_SECONDS))


class StallBackend(_Database):
    """A backend stands still, perhaps with the append lock in its hand."""

    kind, weight = "PostgreSQL backend stopped and resumed", 4

    async def strike(self, scene: Scene, chance: Random) -> None:
        name = chance.choice(("tallybook append%", "tallybook%"))
        for backend in (await self._backends(scene, name))[:1]:
            with suppress(ProcessLookupError):
                os.kill(backend, signal.SIGSTOP)
            await asyncio.sleep(chance.uniform(*STILL_SECONDS))
            with suppress(ProcessLookupError):
                os.kill(backend, signal.SIGCONT)


def database(_: Plan) -> list[Fault]:
    """All of them strike the one database."""
    return [
        KillPostgres("postgres"),
        RestartPostgres("postgres"),
        KillBackend("postgres"),
        CutConnections("postgres"),
        HoldAppends("append lock"),
        StallBackend("postgres"),
    ]
