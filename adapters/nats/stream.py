"""The connection to NATS, and the JetStream stream whose sequence is the log's position."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import msgspec
import structlog
from nats.aio.client import Client
from nats.errors import Error
from nats.js.api import DiscardPolicy, StorageType, StreamConfig
from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError

from adapters.nats.messages import EVENTS

NAME = "TALLYBOOK"
LOG, EPOCH = "tallybook-log", "tallybook-epoch"
MAX_AGE_SECONDS = 7 * 24 * 3600
MAX_BYTES = 2**30
RECONNECT_SECONDS = 1
REQUEST_SECONDS = 2.0
ONLINE_POLL_SECONDS = 0.05
logger = structlog.get_logger()


class Offline(Exception):
    """There is no connection to NATS at this moment."""


class State(msgspec.Struct, frozen=True):
    """The sequence of a stream's newest message, and its headers unless it has expired.

    So many servers keep a copy; `metadata` is the stream's own, in which it says of which log and
    which epoch its messages are.
    """

    last: int
    headers: Mapping[str, str] | None
    replicas: int
    metadata: Mapping[str, str]

    @property
    def origin(self) -> dict[str, str]:
        """The log and the epoch that it is a copy of."""
        return {name: self.metadata.get(name, "") for name in (LOG, EPOCH)}

    @property
    def epoch(self) -> int:
        """The epoch, 0 if it says none."""
        return int(self.metadata.get(EPOCH, 0))

    @property
    def intruded(self) -> bool:
        """Whether its newest message is not one of the log's, or of another epoch's relay."""
        if self.headers is None:
            return False
        told = self.headers.get("ce-position"), self.headers.get("ce-epoch")
        return told != (str(self.last), str(self.epoch))


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Client]:
    """A client that keeps trying to connect in the background, from now on and for ever.

    Of several addresses, separated by commas, it uses whichever answers.
    """
    client = Client()
    trying = asyncio.create_task(
        client.connect(
            url.split(","),
            error_cb=_note,
            max_reconnect_attempts=-1,
            reconnect_time_wait=RECONNECT_SECONDS,
            connect_timeout=2,
            ping_interval=10,
            pending_size=16 * 2**20,
        )
    )
    await asyncio.sleep(0)  # close() needs what connect() sets up first
    try:
        yield client
    finally:
        trying.cancel()
        with suppress(asyncio.CancelledError, Error):
            await trying
        await client.close()


async def online(client: Client) -> None:
    """Waits for the connection."""
    while not client.is_connected:  # noqa: ASYNC110 - the client has no event for it
        await asyncio.sleep(ONLINE_POLL_SECONDS)


async def _note(error: Exception) -> None:
    logger.info("nats_trouble", error=repr(error))


class Stream:
    """The stream's life: found, made to begin anywhere, or dropped because the log disagrees."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def jetstream(self) -> JetStreamContext:
        """The client's JetStream; raises Offline instead of buffering what nobody takes."""
        if not self._client.is_connected:
            raise Offline
        return self._client.jetstream(timeout=REQUEST_SECONDS)

    async def state(self) -> State | None:
        """What it holds, None if there is no stream."""
        try:
            info = await self.jetstream.stream_info(NAME)
        except NotFoundError:
            return None
        last = info.state.last_seq
        headers = await self._headers(last) if info.state.messages else None
        return State(last, headers, info.config.num_replicas or 1, info.config.metadata or {})

    async def last(self) -> int | None:
        """The position of its newest message, None if there is no stream."""
        try:
            return (await self.jetstream.stream_info(NAME)).state.last_seq
        except NotFoundError:
            return None

    async def create(
        self, first: int, replicas: int = 1, origin: Mapping[str, str] | None = None
    ) -> None:
        """Makes it anew, its first message to be that position; so many servers keep a copy.

        `origin` says of which log it is a copy.
        """
        with suppress(NotFoundError):
            await self.jetstream.delete_stream(NAME)
        await self.jetstream.add_stream(
            StreamConfig(
                name=NAME,
                subjects=[EVENTS],
                storage=StorageType.FILE,
                discard=DiscardPolicy.OLD,
                max_age=MAX_AGE_SECONDS,
                max_bytes=MAX_BYTES,
                first_seq=first,
                num_replicas=replicas,
                metadata=dict(origin or {}),
            )
        )

    async def _headers(self, sequence: int) -> Mapping[str, str] | None:
        try:
            message = await self.jetstream.get_msg(NAME, sequence)
        except NotFoundError:
            return None
        return message.headers or {}
