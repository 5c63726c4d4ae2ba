"""The feed: the log's events as they come, from JetStream while it keeps up, else from the log."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import TYPE_CHECKING, Self

import structlog
from nats.errors import Error
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from adapters.nats.messages import recorded
from adapters.nats.stream import NAME, Offline, State, Stream
from domain.base import Recorded
from projections.engine.follower import PAGE_EVENTS

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.aio.subscription import Subscription

    from domain.ports import Log
    from domain.registry import Registry

BATCH_MESSAGES = 500
BUFFER_MESSAGES = 4 * BATCH_MESSAGES
LOOK_SECONDS = 0.2
"""So often the log itself is asked, however lively JetStream is."""

OFFLINE_LOOK_SECONDS = 0.03
ATTACH_SECONDS = 1.0
INACTIVE_SECONDS = 10
STALLS = 5
"""So many times in a row the log has to help out before a consumer is given up."""

logger = structlog.get_logger()


class LogGap(Exception):
    """The log itself answered events that do not follow on one another: an alarm."""


class Tap:
    """A JetStream consumer that pushes into a bounded buffer; it is dropped at the first doubt."""

    def __init__(self, client: Client, registry: Registry, epoch: int) -> None:
        """`epoch` is the stream's: a relay that slept over its beginning may yet send something."""
        self._client, self._registry, self._epoch = client, registry, str(epoch)
        self._buffer: deque[Msg] = deque()
        self._arrival = asyncio.Event()
        self._reconnects = client.stats["reconnects"]
        self._subscription: Subscription
        self._stalls = 0
        self._sound = True

    @property
    def sound(self) -> bool:
        """Whether it can still be trusted to deliver."""
        return (
            self._sound
            and self._stalls < STALLS
            and self._client.is_connected
            and self._client.stats["reconnects"] == self._reconnects
        )

    async def open(self, after: int) -> Self:
        """Asks for everything behind a position."""
        inbox = self._client.new_inbox()
        self._subscription = await self._client.subscribe(
            inbox, cb=self._arrived, pending_msgs_limit=BUFFER_MESSAGES
        )
        await Stream(self._client).jetstream.add_consumer(
            NAME,
            ConsumerConfig(
                deliver_subject=inbox,
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=after + 1,
                ack_policy=AckPolicy.NONE,
                inactive_threshold=INACTIVE_SECONDS,
                mem_storage=True,
                num_replicas=1,
            ),
        )
        return self

    async def close(self) -> None:
        """Loses interest; the server then forgets the consumer."""
        with suppress(Error, OSError):
            await self._subscription.unsubscribe()

    async def take(self, after: int, timeout_seconds: float) -> list[Recorded]:
        """What follows on a position without a gap; nothing when nothing came in time."""
        if not self._buffer:
            self._arrival.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_seconds):
                    await self._arrival.wait()
        batch: list[Recorded] = []
        try:
            self._drain(after, batch)
        except (KeyError, ValueError) as error:
            self._distrust(f"a message of somebody else's: {error!r}")
        if batch:
            self._stalls = 0
        return batch

    def stalled(self) -> None:
        """The log had what should have come from here."""
        self._stalls += 1

    def _drain(self, after: int, batch: list[Recorded]) -> None:
        while self._buffer and len(batch) < BATCH_MESSAGES and self._sound:
            message = self._buffer.popleft()
            fields = message.headers or {}
            event = recorded(fields, message.data, self._registry)
            if event.position <= after:
                continue  # the log was faster
            if event.position != after + 1:
                self._distrust(f"expected {after + 1}, got {event.position}")
                return
            if fields.get("ce-epoch") != self._epoch:
                self._distrust(f"{event.position} is not of epoch {self._epoch}")
                return
            batch.append(event)
            after += 1

    async def _arrived(self, message: Msg) -> None:
        if len(self._buffer) >= BUFFER_MESSAGES:
            self._distrust("the buffer is full")
        elif self._sound:
            self._buffer.append(message)
        self._arrival.set()

    def _distrust(self, why: str) -> None:
        logger.info("tap_closed", why=why)
        self._sound = False
        self._buffer.clear()


class Feed:
    """Never trusts JetStream to be complete: positions are counted, and the log is asked too."""

    def __init__(self, log: Log, client: Client, registry: Registry) -> None:
        self._log, self._client, self._registry = log, client, registry
        self._stream = Stream(client)
        self._clock = asyncio.get_running_loop().time
        self._attach_at = self._look_at = 0.0
        self._behind = True

    async def batches(self, after: int) -> AsyncGenerator[list[Recorded], None]:
        """Everything behind a position, in order and without a gap, for ever and for one reader.

        Raises what the log raises: then start again from the checkpoint.
        """
        tap: Tap | None = None
        self._behind = True
        try:
            while True:
                if tap is not None and not tap.sound:
                    await tap.close()
                    tap = None
                if tap is None and not self._behind:
                    tap = await self._attached(after)
                batch = await self._next(tap, after)
                if batch:
                    after = batch[-1].position
                    yield batch
        finally:
            if tap is not None:
                await tap.close()

    async def _next(self, tap: Tap | None, after: int) -> list[Recorded]:
        batch: list[Recorded] = []
        if not self._behind and tap is None:
            await asyncio.sleep(OFFLINE_LOOK_SECONDS)
        elif not self._behind and tap is not None:
            batch = await tap.take(after, LOOK_SECONDS)
            if batch and self._clock() > self._look_at:
                self._look_at = self._clock() + LOOK_SECONDS
                self._behind = await self._log.head() - batch[-1].position > BUFFER_MESSAGES
        if batch:
            return batch
        page = await self._log.read(after, PAGE_EVENTS)
        self._behind = len(page) == PAGE_EVENTS
        if page and tap is not None:
            tap.stalled()
        return _contiguous(page, after)

    async def _attached(self, after: int) -> Tap | None:
        """A consumer, if there is a stream that agrees with the log; tried now and then."""
        if self._clock() < self._attach_at:
            return None
        self._attach_at = self._clock() + ATTACH_SECONDS
        try:
            state = await self._stream.state()
            if state is not None and await self._agrees(state):
                return await Tap(self._client, self._registry, state.epoch).open(after)
        except (Offline, Error, OSError) as error:
            logger.info("tap_refused", error=repr(error))
        return None

    async def _agrees(self, state: State) -> bool:
        """Whether its newest message is the log's: a restored log may have gone another way."""
        if state.headers is None:
            return state.last <= await self._log.head()
        page = await self._log.read(state.last - 1, 1)
        with suppress(KeyError, ValueError):
            newest = recorded(state.headers, b"", self._registry)
            return [_identity(event) for event in page] == [_identity(newest)]
        return False


def _identity(event: Recorded) -> tuple[object, ...]:
    return event.position, event.stream, event.version, event.recorded_at


def _contiguous(page: list[Recorded], after: int) -> list[Recorded]:
    for expected, event in enumerate(page, after + 1):
        if event.position != expected:
            raise LogGap(f"expected {expected}, got {event.position}")
    return page
