"""An installation whose processes a test kills and starts again."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from adapters.configuration import Configuration
from adapters.embedded.child import Child
from tests.leaks import watch
from tests.nats.conftest import eventually
from tests.ports import free_port

WAITING = """
SELECT count(*) > 0 FROM pg_locks JOIN pg_database d ON d.oid = database
 WHERE NOT granted AND d.datname = current_database()
"""
NAMES = ("api", "relay", "projector", "timers")


class Site:
    """The four processes of one installation; they start when a test says so."""

    def __init__(self, home: Path, database_url: str, nats_url: str, **settings: Any) -> None:
        self.configuration = Configuration(
            home=home,
            database_url=database_url,
            nats_url=nats_url,
            port=free_port(),
            secret=watch("a secret of at least thirty-two bytes"),
            **settings,
        )
        self.url = f"http://127.0.0.1:{self.configuration.port}"
        environment = {**os.environ, **self.configuration.environment()}
        self._children = {
            name: Child(
                name,
                (sys.executable, "-m", "api.cli", name),
                log=home / f"{name}.log",
                environment=environment,
            )
            for name in NAMES
        }

    def start(self, *names: str) -> None:
        """Starts them; the API answers only after `ready`."""
        for name in names:
            self._children[name].start()

    async def ready(self) -> None:
        """Waits until the API answers."""
        async with httpx.AsyncClient(base_url=self.url, timeout=5) as http:
            await eventually(lambda: _lives(http))

    def kill(self, name: str) -> None:
        """Ends it as a power cut would, with all that it was doing."""
        child = self._children[name]
        assert child.alive, f"{name} has ended by itself"
        child.send(signal.SIGKILL)
        child.stop()

    def stop(self) -> None:
        """Ends all that runs."""
        for child in self._children.values():
            if child.alive:
                child.send(signal.SIGKILL)
            child.stop()


@asynccontextmanager
async def obstacle(url: str, statement: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Holds a lock meanwhile; gives what returns once somebody waits for it in mid-work."""
    connection = await asyncpg.connect(url)

    async def met() -> None:
        await eventually(lambda: connection.fetchval(WAITING))

    try:
        async with connection.transaction():
            await connection.execute(statement)
            yield met
    finally:
        await connection.close()


async def _lives(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/health/live")).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


async def at_least(measure: Callable[[], Awaitable[int]], wanted: int) -> int:
    """Waits until the measure has come so far, and says how far exactly."""
    seen = 0

    async def enough() -> bool:
        nonlocal seen
        seen = await measure()
        return seen >= wanted

    await eventually(enough)
    return seen
