"""The relay: copies the log to JetStream, sequence by position, and keeps no state."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog
from nats.js.api import Header

from adapters.nats.hints import APPENDED, heard
from adapters.nats.messages import headers, subject
from adapters.nats.stream import EPOCH, LOG, State, Stream, online
from adapters.postgres.connection import connect
from adapters.postgres.epochs import Epochs, begin
from projections.sql import statements

if TYPE_CHECKING:
    import asyncpg
    from nats.aio.client import Client
    from nats.aio.msg import Msg

    from adapters.metrics import Metrics

SQL = statements(__file__)
LOCK = 7236004
"""The advisory lock that keeps a second relay quiet; two would only refuse each other."""

WINDOW_EVENTS = 500
RECENT_EVENTS = 100_000
"""How much of the log a new stream gets; whoever needs older events reads the log."""

EXPECTED_LAST = Header.EXPECTED_LAST_SEQUENCE.value
POLL_SECONDS = 0.03
TURN_SECONDS = 1.0
FIRST_RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 2.0
PUBLISH_SECONDS = 5.0
logger = structlog.get_logger()


class Misaligned(Exception):
    """JetStream gave a message another sequence than its position in the log."""


class Relay:
    """Publishes what follows the stream's last sequence, woken by hints and by a poll."""

    def __init__(
        self,
        database_url: str,
        client: Client,
        metrics: Metrics,
        *,
        recent: int = RECENT_EVENTS,
        replicas: int = 1,
    ) -> None:
        self._database_url, self._client, self._metrics = database_url, client, metrics
        self._stream, self._recent, self._replicas = Stream(client), recent, replicas
        self._epochs = Epochs()
        self._retry_seconds = FIRST_RETRY_SECONDS
        self._hint = asyncio.Event()

    async def run(self) -> None:
        """Never returns: whatever fails is tried again from what both sides then hold."""
        while True:
            try:
                await self._session()
            except Exception as error:  # noqa: BLE001 - the log and the stream are read anew
                logger.warning("relay_retrying", error=repr(error))
                self._metrics.retried("relay")
            await asyncio.sleep(self._retry_seconds)
            self._retry_seconds = min(2 * self._retry_seconds, LONGEST_RETRY_SECONDS)

    async def _session(self) -> None:
        await online(self._client)
        connection = await connect(
            self._database_url, application="tallybook relay", enter=self._epochs.enter
        )
        try:
            while not await connection.fetchval(SQL["turn"], LOCK):  # noqa: ASYNC110 - no event
                await asyncio.sleep(TURN_SECONDS)
            async with heard(self._client, APPENDED, self._wake):
                await self._copy(connection)
        finally:
            connection.terminate()

    async def _copy(self, connection: asyncpg.Connection) -> None:
        last = await self._meet(connection)
        while True:
            rows = await connection.fetch(SQL["following"], last, WINDOW_EVENTS)
            if rows:
                last = await self._publish([dict(row) for row in rows])
                self._epochs.saw(last, rows[-1]["recorded_at"])
                self._metrics.relayed(last)
                self._retry_seconds = FIRST_RETRY_SECONDS
            else:
                await self._news()

    async def _wake(self, _: Msg) -> None:
        self._hint.set()

    async def _news(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._hint.wait()
        self._hint.clear()

    async def _meet(self, connection: asyncpg.Connection) -> int:
        """The last position of a stream that agrees with the log and with us, or of a new one."""
        state = await self._stream.state()
        head = int(await connection.fetchval(SQL["head"]))
        log = str(await connection.fetchval(SQL["log"]))
        if state is not None:
            agrees = state.last <= head and await _agrees(connection, state)
            if agrees and state.replicas == self._replicas and state.origin == self._origin(log):
                return state.last
            if self._proves_loss(state, log, agrees=agrees):
                what = f"JetStream knows position {state.last} of epoch {state.epoch}"
                await begin(connection, self._epochs.current, what)
                await self._epochs.enter(connection)
        last = max(head - self._recent, 0)
        logger.warning("stream_created", after=last, instead_of=state and state.last)
        await self._stream.create(last + 1, self._replicas, self._origin(log))
        return last

    def _origin(self, log: str) -> dict[str, str]:
        """What a stream says of itself: all its messages are of one epoch of one log."""
        return {LOG: log, EPOCH: str(self._epochs.current)}

    def _proves_loss(self, state: State, log: str, *, agrees: bool) -> bool:
        """Whether a copy of this very log has something that the log has lost unnoticed."""
        if state.origin.get(LOG) != log or state.intruded:
            return False
        current = self._epochs.current
        return state.epoch > current or (state.epoch == current and not agrees)

    async def _publish(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """Sends a window and waits for the last ack, which vouches for all.

        Each message is refused unless the one before it is in its place, so the last one's sequence
        is its position only if that holds for every other.
        """
        jetstream = self._stream.jetstream
        for row in rows[:-1]:
            await self._client.publish(subject(row), row["payload"], headers=self._headers(row))
        last = rows[-1]
        answer = await jetstream.publish(
            subject(last), last["payload"], PUBLISH_SECONDS, headers=self._headers(last)
        )
        if answer.seq != last["position"]:
            raise Misaligned(f"position {last['position']} became sequence {answer.seq}")
        return answer.seq

    def _headers(self, row: Mapping[str, Any]) -> dict[str, str]:
        return {**headers(row, self._epochs.current), EXPECTED_LAST: str(row["position"] - 1)}


async def _agrees(connection: asyncpg.Connection, state: State) -> bool:
    """Whether the newest message is the log's event: a restored log may have gone another way."""
    if state.headers is None:
        return True
    event_id = await connection.fetchval(SQL["event_id"], state.last)
    return state.headers.get("ce-id") == str(event_id)
