"""Hints on core NATS: lost ones cost a poll, so nothing depends on them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Self
from uuid import UUID

import msgspec
import structlog
from nats.errors import Error

from adapters.nats.stream import online
from adapters.postgres.epochs import Run
from projections.engine.shard import Shard

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

    from adapters.postgres.checkpoints import Checkpoints
    from adapters.postgres.epochs import Epochs

APPENDED = "tallybook.hint.appended"
PROJECTED = "tallybook.hint.projected"
MAILED = "tallybook.hint.mailed"
POLL_SECONDS = 0.02
WAIT_SECONDS = 2.0
logger = structlog.get_logger()


class Lagging(Exception):
    """Projections have not reached a position in time (projection: the position known of it)."""

    def __init__(self, positions: Mapping[str, int]) -> None:
        self.positions = dict(positions)
        super().__init__(self.positions)


class Projected(msgspec.Struct, frozen=True):
    """How far projections are in a shard, in which run of the server."""

    run: Run
    shard: Shard
    positions: Mapping[str, int]


class Hints:
    """Sends hints; without NATS it does nothing."""

    def __init__(self, client: Client, epochs: Epochs) -> None:
        self._client, self._epochs = client, epochs
        self._sending: dict[str, asyncio.Task[None]] = {}

    def appended(self) -> None:
        """Tells the relay that the log has grown; many calls at once are one message."""
        self._wake(APPENDED)

    def mailed(self) -> None:
        """Tells who delivers mails that there is one."""
        self._wake(MAILED)

    async def projected(self, shard: Shard, positions: Mapping[str, int]) -> None:
        """Tells readers how far projections have come in a shard."""
        hint = Projected(self._epochs.run, shard, positions)
        await self._send(PROJECTED, msgspec.json.encode(hint))

    def _wake(self, subject: str) -> None:
        sending = self._sending.get(subject)
        if sending is None or sending.done():
            self._sending[subject] = asyncio.create_task(self._send(subject, b""))

    async def _send(self, subject: str, payload: bytes) -> None:
        if self._client.is_connected:
            with suppress(Error, OSError):
                await self._client.publish(subject, payload)


@asynccontextmanager
async def heard(
    client: Client, subject: str, listener: Callable[[Msg], Awaitable[None]]
) -> AsyncIterator[None]:
    """Listens as soon as there is a connection, and again after each reconnection."""

    async def listen() -> None:
        await online(client)
        subscription = await client.subscribe(subject, cb=listener)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            with suppress(Error, OSError):
                await subscription.unsubscribe()

    listening = asyncio.create_task(listen())
    try:
        yield
    finally:
        listening.cancel()
        await asyncio.wait([listening])


class Positions:
    """How far projections are known to have come: by hints, and by polling while somebody waits.

    What a shard has reached stays true when projectors are split in another way, so of all shards
    ever heard of that cover an organization the furthest counts.
    """

    def __init__(self, checkpoints: Checkpoints, client: Client, epochs: Epochs) -> None:
        self._checkpoints, self._client, self._epochs = checkpoints, client, epochs
        self._shards: dict[Shard, dict[str, int]] = {}
        self._run = epochs.run  # in which that is known
        self._news = asyncio.Condition()
        self._waiting = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Self]:
        """Hears hints meanwhile."""
        async with heard(self._client, PROJECTED, self._hint):
            yield self

    async def reached(
        self,
        projections: Iterable[str],
        position: int,
        organization: UUID | None,
        timeout_seconds: float = WAIT_SECONDS,
    ) -> None:
        """Returns once all of them (by `Projection.id`) are there with it; raises Lagging.

        No organization means every one.
        """
        wanted = tuple(projections)

        def behind() -> dict[str, int]:
            known = self._of(organization)
            reached = {name: known(name) for name in wanted}
            return {name: at for name, at in reached.items() if at < position}

        if not behind():
            return
        try:
            async with asyncio.timeout(timeout_seconds), self._polling(), self._news:
                await self._news.wait_for(lambda: not behind())
        except TimeoutError:
            raise Lagging(behind()) from None

    def known(self, projections: Iterable[str], organization: UUID | None) -> int:
        """A position that all of them are known to have reached with it, or with every one."""
        return min(map(self._of(organization), projections), default=0)

    async def changed(self, projection: str, since: int, timeout_seconds: float) -> int:
        """Returns once hints tell of more than `since`, or when the time is over.

        The answer is the next `since`: it grows with every step of any shard.
        """

        def steps() -> int:
            return sum(positions.get(projection, 0) for positions in self._known.values())

        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds), self._news:
                await self._news.wait_for(lambda: steps() > since)
        return steps()

    @property
    def _known(self) -> dict[Shard, dict[str, int]]:
        """What each shard has reached and no loss or crash has taken back since."""
        if self._run != self._epochs.run:
            self._run = self._epochs.run
            self._shards.clear()
        return self._shards

    def _of(self, organization: UUID | None) -> Callable[[str], int]:
        """What tells a projection's position with the organization, or with every one."""
        if organization is None:
            return self._everywhere
        known = [at for shard, at in self._known.items() if shard.covers(organization)]
        return lambda name: max((at.get(name, 0) for at in known), default=0)

    def _everywhere(self, name: str) -> int:
        """Where the last shard is, of a number of shards that are all known."""
        splits: dict[int, list[int]] = {}
        for shard, positions in self._known.items():
            splits.setdefault(shard.of, []).append(positions.get(name, 0))
        return max((min(at) for of, at in splits.items() if len(at) == of), default=0)

    async def _hint(self, message: Msg) -> None:
        hint = msgspec.json.decode(message.data, type=Projected)
        if hint.run == self._epochs.run:
            await self._learn({hint.shard: hint.positions})

    async def _learn(self, positions: Mapping[Shard, Mapping[str, int]]) -> None:
        for shard, news in positions.items():
            known = self._known.setdefault(shard, {})
            for name, position in news.items():
                known[name] = max(position, known.get(name, 0))
        async with self._news:
            self._news.notify_all()

    @asynccontextmanager
    async def _polling(self) -> AsyncIterator[None]:
        """One poll for all who wait."""
        if not self._waiting:
            self._poller = asyncio.create_task(self._poll())
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._poller.cancel()

    async def _poll(self) -> None:
        if self._known:
            await asyncio.sleep(POLL_SECONDS)  # the hint is likely to be faster
        while True:
            try:
                run = self._epochs.run
                positions = await self._checkpoints.positions()
                if run == self._epochs.run:
                    await self._learn(positions)
            except Exception as error:  # noqa: BLE001 - the next poll may work
                logger.warning("positions_unknown", error=repr(error))
            await asyncio.sleep(POLL_SECONDS)
