"""An installation of its own whose every part may die at any moment, and is started again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import httpx
import msgspec

from adapters import embedded
from adapters.configuration import Configuration
from adapters.embedded.child import Child
from api.migrate import migrate
from api.processes import TEND_SECONDS, Kept
from tests.campaign.clock import Clocks
from tests.campaign.disk import Disk
from tests.nats.cluster import members
from tests.nats.conftest import MortalNats
from tests.ports import free_ports

SETTINGS = {**embedded.postgres.SETTINGS, "min_wal_size": "80MB", "max_wal_size": "256MB"}
"""fsync and full_page_writes stay as they are: on."""
RECOVERY_SECONDS = 90.0
POLL_SECONDS = 0.05


class Plan(msgspec.Struct, frozen=True):
    """How many there are of each process, and whether NATS is a cluster of three."""

    apis: int = 3
    relays: int = 2
    projectors: int = 2
    timers: int = 2
    brokers: int = 3

    def names(self, kind: str) -> list[str]:
        """The names of the processes of that kind."""
        numbers = {"api": self.apis, "relay": self.relays, "projector": self.projectors}
        return [f"{kind}{n + 1}" for n in range(numbers.get(kind, self.timers))]


class NotRecovered(Exception):
    """Something did not come back in time; the message says what."""


class Site:
    """PostgreSQL, NATS and every process, each tended by the product's own supervisor rules."""

    def __init__(self, home: Path, plan: Plan, disk: Disk | None, clocks: Clocks | None) -> None:
        self.home, self.plan, self.disk, self.clocks = home, plan, disk, clocks
        self.database = embedded.postgres.Database.at(disk.mounted if disk else home)
        self.nats = members(home) if plan.brokers > 1 else {"nats": MortalNats(home)}
        self.admin_url = self.database.url("postgres")
        self.doors = [f"http://127.0.0.1:{port}" for port in free_ports(plan.apis)]
        self.configuration = Configuration(
            home=home,
            database_url=self.database.url("tallybook_app"),
            nats_url=",".join(one.url for one in self.nats.values()),
            nats_replicas=plan.brokers,
            secret="a secret of at least thirty-two bytes",  # noqa: S106 - of one run
        )
        self.kept: dict[str, Kept] = {}
        self.held: set[str] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Site]:
        """All of it runs meanwhile; what dies is started again, unless it is held."""
        async with AsyncExitStack() as stack:
            stack.callback(self._end)
            postgres = self.database.server(SETTINGS, self.home / "postgres.log")
            postgres.environment = self._environment("postgres")
            self.database.start(postgres)
            for name, one in self.nats.items():
                one.start()
                self.kept[name] = Kept(one.child)
            self.kept["postgres"] = Kept(postgres)
            await migrate(self.admin_url)
            for child in self._processes():
                self.kept[child.name] = Kept(child)
            tending = asyncio.create_task(self._tend())
            stack.callback(tending.cancel)
            await self.answering()
            yield self

    def child(self, name: str) -> Child:
        """That part's process."""
        return self.kept[name].child

    async def alive(self, name: str) -> Child:
        """That part's process, once it runs."""
        await until(lambda: self._alive(name), f"{name} to run")
        return self.child(name)

    async def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Ends it and waits for its end; the supervisor starts it again."""
        child = await self.alive(name)
        assert child.process is not None
        child.send(signal.SIGCONT)
        child.send(number)
        await asyncio.to_thread(child.process.wait)

    def pause(self, name: str) -> None:
        """Lets it stand still with all that it has open."""
        self.child(name).send(signal.SIGSTOP)

    def go_on(self, name: str) -> None:
        """Lets it go on as if nothing had been."""
        self.child(name).send(signal.SIGCONT)

    async def serving(self, name: str) -> None:
        """Waits until that API answers."""
        door = self.doors[self.plan.names("api").index(name)]
        async with httpx.AsyncClient(base_url=door, timeout=2) as http:
            await until(lambda: _lives(http), f"{name} to answer")

    async def answering(self) -> None:
        """Waits until every API answers."""
        await asyncio.gather(*(self.serving(name) for name in self.plan.names("api")))

    async def _alive(self, name: str) -> bool:
        return self.child(name).alive

    def _processes(self) -> list[Child]:
        found = []
        for kind in ("api", "relay", "projector", "timers"):
            for place, name in enumerate(self.plan.names(kind)):
                command = (sys.executable, "-m", "api.cli", kind)
                child = Child(name, command, log=self.home / f"{name}.log")
                child.environment = self._environment(name)
                if kind == "api":
                    port = self.doors[place].rpartition(":")[2]
                    child.environment = {**child.environment, "TALLYBOOK_PORT": port}
                found.append(child)
        return found

    def _environment(self, name: str) -> dict[str, str]:
        settings = {**os.environ, **self.configuration.environment()}
        return settings | (self.clocks.environment(name) if self.clocks else {})

    async def _tend(self) -> None:
        while True:
            for name, kept in self.kept.items():
                if name not in self.held:
                    kept.tend(time.monotonic())
            await asyncio.sleep(TEND_SECONDS)

    def _end(self) -> None:
        for kept in reversed(self.kept.values()):
            kept.child.send(signal.SIGKILL)
            kept.child.stop()
        self.database.leave()


async def until(
    condition: Callable[[], Awaitable[bool]], what: str, seconds: float = RECOVERY_SECONDS
) -> None:
    """Waits for a condition; raises NotRecovered when the time is over."""
    try:
        async with asyncio.timeout(seconds):
            while not await condition():  # noqa: ASYNC110 - conditions lie outside of this process
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        raise NotRecovered(f"waited {seconds:g} s for {what}") from None


async def _lives(http: httpx.AsyncClient) -> bool:
    with suppress(httpx.TransportError):
        return (await http.get("/health/live")).status_code == httpx.codes.OK
    return False
