"""The library's recorder interfaces, answered by our log: a synchronous face for its test cases.

Everything goes through `PostgresLog`, hence es.append and the log's table; tracking goes through
read.checkpoints. Two differences of the store are bridged here, and only here:

- Our streams count from 1 without gaps. The library's cases begin streams at 0 and at 1, even
  within one test. A stream keeps the number it began with as the schema number of its events, and
  versions are shifted by it both ways; the version checks themselves are es.append's.
- A production append is one autocommit statement, and a process manager is made exactly-once by
  idempotency keys. `ProcessRecorder` demands events and tracking in one transaction: es.append is
  therefore called inside one, which it allows, and the log's batcher is not used for that.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from time import sleep
from typing import Any, Self, TypeVar
from uuid import UUID

import asyncpg
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    IntegrityError,
    Notification,
    ProcessRecorder,
    StoredEvent,
    Subscription,
    Tracking,
    TrackingRecorder,
)

from adapters.postgres.connection import connect
from adapters.postgres.log import SQL, PostgresLog
from adapters.postgres.packing import pack, prepare
from domain.base import NOBODY, Event, Recorded
from domain.ports import Append, Appended, AppendRefused, Write
from domain.registry import Registry
from projections.sql import statements

T = TypeVar("T")

ORGANIZATION = UUID(int=1)
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
PAGE = 500

TRACKING = statements(__file__)


class Opaque(Event, frozen=True):
    """The library's event: a topic and bytes, in a stream that begins at `origin`."""

    topic: str
    state: bytes
    origin: int


class Verbatim(Registry):
    """Stores topics and bytes as they are."""

    def encode(self, event: Event) -> tuple[str, int, bytes]:
        """The origin stands in the schema number's place."""
        assert isinstance(event, Opaque)
        return event.topic, event.origin, event.state

    def decode(self, name: str, schema: int, payload: bytes) -> Event:
        """The same again."""
        return Opaque(topic=name, state=payload, origin=schema)


class Store:
    """Our log on a loop of its own thread, for callers on any other."""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.registry = Verbatim()
        self.log = self.run(PostgresLog.open(url, self.registry))
        self.connection = self.run(connect(url))
        self.turn = asyncio.Lock()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Does the work on the loop and waits for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        """Disconnects and ends the thread."""
        self.run(self.connection.close())
        self.run(self.log.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Aggregates(AggregateRecorder):
    """Streams without a notification log."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        """All of them, or IntegrityError."""
        self.store.run(self._insert(stored_events))
        return None

    async def _insert(self, stored_events: Sequence[StoredEvent]) -> list[int]:
        try:
            appended = await self.store.log.append(await self._append(stored_events))
        except AppendRefused as refusal:
            raise IntegrityError(repr(refusal)) from refusal
        assert isinstance(appended, Appended)
        return [*range(appended.first_position, appended.last_position + 1)]

    async def _append(self, stored_events: Sequence[StoredEvent]) -> Append:
        """One write per event: the same version twice is es.append's to refuse."""
        origins: dict[UUID, int] = {}
        writes = []
        for stored in stored_events:
            stream, number = _stream(stored.originator_id), stored.originator_version
            if stream not in origins:
                origins[stream] = await self._origin(stream, number)
            expected = number - origins[stream]
            event = Opaque(topic=stored.topic, state=stored.state, origin=origins[stream])
            recorded = Recorded(stream, expected + 1, EPOCH, NOBODY, event, ORGANIZATION)
            writes.append(Write(stream, "library", expected, (recorded,)))
        return Append(ORGANIZATION, NOBODY, tuple(writes))

    async def _origin(self, stream: UUID, otherwise: int) -> int:
        begun = await self.store.log.load([stream], up_to=1)
        if not begun and otherwise not in (0, 1):
            raise IntegrityError(f"a stream cannot begin at {otherwise}")
        return _opaque(begun[0]).origin if begun else otherwise

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """The stream's events between two of the library's versions."""
        found = [
            StoredEvent(**_fields(recorded))
            for recorded in self.store.run(self.store.log.load([_stream(originator_id)]))
        ]
        found = [e for e in found if gt is None or e.originator_version > gt]
        found = [e for e in found if lte is None or e.originator_version <= lte]
        return found[:: -1 if desc else 1][:limit]


class Applications(Aggregates, ApplicationRecorder):
    """Notifications are the log itself: their ids are positions."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        """Answers the positions."""
        return self.store.run(self._insert(stored_events))

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """The log from a position on, page by page until there are enough."""
        after = 0 if start is None else start - inclusive_of_start
        found: list[Notification] = []
        while len(found) < limit:
            page = self.store.run(self.store.log.read(after, min(PAGE, limit)))
            found += [
                Notification(id=recorded.position, **_fields(recorded))
                for recorded in page
                if (not topics or _opaque(recorded).topic in topics)
                and (stop is None or recorded.position <= stop)
            ]
            if not page or page[-1].position >= (stop or page[-1].position + 1):
                break
            after = page[-1].position
        return found[:limit]

    def max_notification_id(self) -> int | None:
        """The head, or nothing for an empty log."""
        return self.store.run(self.store.log.head()) or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Tail:
        """Follows the log."""
        return Tail(self, gt, topics)


class Tail(Subscription[ApplicationRecorder]):
    """Reads on and polls at the end, as a reader of ours does behind its hints."""

    def __init__(
        self, recorder: ApplicationRecorder, gt: int | None, topics: Sequence[str]
    ) -> None:
        super().__init__(recorder, gt, topics)
        self._page: list[Notification] = []

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Notification:
        while not self._has_been_stopped:
            if self._page:
                self._last_notification_id = self._page[0].id
                return self._page.pop(0)
            self._page += self._recorder.select_notifications(
                self._last_notification_id, PAGE, topics=self._topics, inclusive_of_start=False
            )
            if not self._page:
                sleep(0.01)
        raise StopIteration


class Trackings(TrackingRecorder):
    """How far each upstream has been followed: a checkpoint that only moves forward."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def insert_tracking(self, tracking: Tracking) -> None:
        """Moves the checkpoint, or raises IntegrityError."""
        self.store.run(self._track(tracking))

    async def _track(self, tracking: Tracking) -> None:
        async with self.store.turn:
            await _move(self.store.connection, tracking)

    def max_tracking_id(self, application_name: str) -> int | None:
        """The checkpoint."""
        return self.store.run(self._tracked(application_name))

    async def _tracked(self, application_name: str) -> int | None:
        async with self.store.turn:
            position: int | None = await self.store.connection.fetchval(
                TRACKING["tracked"], application_name
            )
            return position


class Processes(Trackings, Applications, ProcessRecorder):
    """Events and the checkpoint they follow from, in one transaction."""

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        tracking: Tracking | None = None,
        **_: Any,
    ) -> Sequence[int] | None:
        """Both or neither."""
        if tracking is None:
            return super().insert_events(stored_events)
        return self.store.run(self._insert_tracked(stored_events, tracking))

    async def _insert_tracked(
        self, stored_events: Sequence[StoredEvent], tracking: Tracking
    ) -> list[int]:
        prepared = prepare(await self._append(stored_events), self.store.registry)
        connection = self.store.connection
        async with self.store.turn, connection.transaction():
            head, *refused = await connection.fetch(SQL["append"], *pack([prepared]))
            if refused:
                raise IntegrityError(repr(refused))
            await _move(connection, tracking)
        return [head["position"] + place for place, _ in enumerate(stored_events, 1)]


async def _move(connection: asyncpg.Connection, tracking: Tracking) -> None:
    name, position = tracking.application_name, tracking.notification_id
    if not await connection.fetchval(TRACKING["track"], name, position):
        raise IntegrityError(f"{name} has been followed to {position} or beyond")


def _stream(originator_id: UUID | str) -> UUID:
    return originator_id if isinstance(originator_id, UUID) else UUID(originator_id)


def _opaque(recorded: Recorded) -> Opaque:
    assert isinstance(recorded.event, Opaque)
    return recorded.event


def _fields(recorded: Recorded) -> dict[str, Any]:
    event = _opaque(recorded)
    return {
        "originator_id": recorded.stream,
        "originator_version": recorded.version - 1 + event.origin,
        "topic": event.topic,
        "state": event.state,
    }
