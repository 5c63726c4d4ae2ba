"""A NATS server that a test may kill, a log, and a relay between the two."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from prometheus_client import CollectorRegistry

from adapters.embedded import nats as embedded_nats
from adapters.embedded.child import Child
from adapters.metrics import Metrics
from adapters.nats.relay import Relay
from adapters.nats.stream import connected
from adapters.postgres.log import PostgresLog
from domain.base import NEVER, NOBODY, Recorded
from domain.ports import Append, Appended, Write
from domain.registry import Registry
from domain.stock.place import PlaceOpened
from tests.conftest import Database

PATIENCE_SECONDS = 30.0


class MortalNats:
    """A server with its own data; `options` are its own of the command line."""

    def __init__(self, home: Path, options: Sequence[str] = ()) -> None:
        self._home = home
        self._port = embedded_nats.free_port(home)
        server = embedded_nats.server(home, self._port)
        self.child = Child("nats", (*server.command, *options), log=server.log)
        self.url = f"nats://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Starts it again on the data and the port that it had."""
        embedded_nats.start(self._home, self._port, self.child)

    def kill(self) -> None:
        """Ends it as a power cut would."""
        self.child.send(signal.SIGKILL)
        self.child.stop()

    def wipe(self) -> None:
        """Loses all its data."""
        shutil.rmtree(self._home / "nats", ignore_errors=True)


@pytest.fixture
def mortal_nats(tmp_path: Path) -> Iterator[MortalNats]:
    """A server of the test's own, not yet started."""
    server = MortalNats(tmp_path)
    yield server
    server.kill()


@pytest.fixture
async def log(database: Database) -> AsyncIterator[PostgresLog]:
    """An empty log."""
    opened = await PostgresLog.open(database.app_url, Registry())
    yield opened
    await opened.close()


@pytest.fixture
def metrics() -> Metrics:
    """Counters of the test's own."""
    return Metrics(CollectorRegistry())


@asynccontextmanager
async def relaying(
    database: Database, url: str, metrics: Metrics, recent: int = 1000, replicas: int = 1
) -> AsyncIterator[None]:
    """A relay runs meanwhile."""
    async with (
        connected(url) as client,
        running(Relay(database.app_url, client, metrics, recent=recent, replicas=replicas).run()),
    ):
        yield


@asynccontextmanager
async def running(work: Awaitable[object]) -> AsyncIterator[asyncio.Future[object]]:
    """Something that never returns runs meanwhile."""
    task = asyncio.ensure_future(work)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def append(
    log: PostgresLog, events: int, stream: UUID | None = None, *, code: str = "Ä-1"
) -> Appended:
    """Appends that many events to one stream, a new one if none is named."""
    stream = stream or uuid4()
    organization, actor = UUID(int=7), UUID(int=8)
    event = PlaceOpened(
        code=code, name="Lager", kind="warehouse", warehouse=stream, timezone="Europe/Berlin"
    )
    written = tuple(
        Recorded(stream, version, NEVER.replace(year=2025), actor, event, organization)
        for version in range(1, events + 1)
    )
    appended = await log.append(
        Append(organization, actor, (Write(stream, "place", 0, written),), correlation=NOBODY)
    )
    assert isinstance(appended, Appended)
    return appended


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Waits for the condition; fails when the time is over."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():  # noqa: ASYNC110 - conditions lie outside of this process
            await asyncio.sleep(0.01)
