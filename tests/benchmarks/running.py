"""Servers as processes of their own: the whole product, or one peer."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from uuid import UUID

import httpx
import msgspec

from adapters.configuration import Configuration
from adapters.embedded.child import Child
from tests.benchmarks import load
from tests.benchmarks.harness import Bench, Database
from tests.benchmarks.peers.sessions import TOKEN
from tests.benchmarks.world import PASSWORD, USERNAME

PROCESSES = ("api", "relay", "projector", "timers")
PREFIX = "/api/v1"
CONNECTIONS = 16
"""What a peer has: as many as our API process, its batcher left out."""


class Running(msgspec.Struct, frozen=True):
    """A server that answers, and the processes that it is made of."""

    port: int
    token: str
    children: tuple[Child, ...]
    prefix: str = ""

    def issues(self, pools: list[UUID], member: UUID) -> Callable[[], bytes]:
        """Makes requests that issue a piece of one of the pools, each with a key of its own."""
        body = msgspec.json.encode({"quantity": "1", "member": str(member), "reason": "work"})
        paths = [f"{self.prefix}/inventory/items/{pool}/issue" for pool in pools]
        keys = itertools.count(random.getrandbits(60))
        return lambda: load.request(
            "POST",
            random.choice(paths),  # noqa: S311 - no secret
            self.token,
            body,
            f"Idempotency-Key: k{next(keys)}\r\n",
        )

    def reads(self, pools: list[UUID]) -> Callable[[], bytes]:
        """Makes requests that read one of the pools."""
        asked = [
            load.request("GET", f"{self.prefix}/inventory/items/{pool}", self.token)
            for pool in pools
        ]
        return lambda: random.choice(asked)  # noqa: S311 - no secret


@asynccontextmanager
async def product(bench: Bench, database: Database) -> AsyncIterator[Running]:
    """All our processes on the database."""
    with tempfile.TemporaryDirectory() as home, ExitStack() as stack:
        configuration = Configuration(
            home=Path(home),
            port=_free_port(),
            database_url=database.app_url,
            nats_url=bench.servers.nats_url,
            log_level="error",
        )
        children = [
            stack.enter_context(_up(name, ("-m", "api.cli", name), configuration.environment()))
            for name in PROCESSES
        ]
        await _answers(configuration.port, children[0])
        asked = {"username": USERNAME, "password": PASSWORD}
        url = f"http://127.0.0.1:{configuration.port}{PREFIX}"
        async with httpx.AsyncClient(base_url=url) as client:
            answer = (await client.post("/auth/token", json=asked)).raise_for_status().json()
        yield Running(configuration.port, str(answer["access_token"]), tuple(children), PREFIX)


@asynccontextmanager
async def peer_server(database: Database, name: str) -> AsyncIterator[Running]:
    """A peer's application under uvicorn, with what makes that fast."""
    port = _free_port()
    served = ("-m", "uvicorn", f"tests.benchmarks.peers.{name}:app", "--port", str(port))
    lean = ("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "error")
    dialect = "postgresql+asyncpg" if name == "orm" else "postgresql"
    settings = {
        "PEER_DATABASE_URL": database.admin_url.replace("postgresql", dialect, 1),
        "PEER_CONNECTIONS": str(CONNECTIONS),
    }
    with _up(name, (*served, *lean), settings) as child:
        await _answers(port, child)
        yield Running(port, TOKEN, (child,))


@contextmanager
def _up(name: str, arguments: Sequence[str], settings: Mapping[str, str]) -> Iterator[Child]:
    child = Child(name, (sys.executable, *arguments), environment={**os.environ, **settings})
    child.start()
    try:
        yield child
    finally:
        child.stop()


async def _answers(port: int, child: Child) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert child.alive, f"{child.name} ended"
            await asyncio.sleep(0.05)
        else:
            return


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
