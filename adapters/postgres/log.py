"""The event store on Postgres, as the domain's port asks for it."""

from __future__ import annotations

from asyncio import ensure_future
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Self
from uuid import UUID

import asyncpg

from adapters.postgres.batcher import Batcher
from adapters.postgres.connection import create_pool, first_connection
from adapters.postgres.epochs import Epochs
from adapters.postgres.packing import prepare
from domain.base import Event, Recorded
from domain.ports import NEWEST, Append, Appended, Key, KeyReused, Replayed, Unavailable
from projections.sql import statements

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import AsyncGenerator, Callable, Sequence
    from datetime import datetime

    from domain.registry import Registry
    from projections.engine.shard import Shard

SQL = statements(Path(__file__).with_name("log.sql"))

BULK_EVENTS = 10_000

UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresConnectionError,
)


class PostgresLog:
    """Appends go through the batcher's connection, reads through a pool."""

    def __init__(
        self, batcher: Batcher, pool: asyncpg.Pool, registry: Registry, epochs: Epochs
    ) -> None:
        self._batcher, self._pool, self._registry = batcher, pool, registry
        self._epochs = epochs

    @classmethod
    async def open(
        cls,
        url: str,
        registry: Registry,
        committed: Callable[[], None] = lambda: None,
        epochs: Epochs | None = None,
    ) -> Self:
        """Connects with the application's role; `committed` hears of growth; raises NoDatabase."""
        epochs = epochs or Epochs()
        batcher = Batcher(url, committed=committed, epochs=epochs)
        with first_connection():
            await batcher.open()
        pool = await create_pool(url, application="tallybook reads", enter=epochs.enter)
        return cls(batcher, pool, registry, epochs)

    @property
    def generation(self) -> int:
        """As the port says."""
        return self._epochs.generation

    async def close(self) -> None:
        """Answers the appends that are queued, then disconnects."""
        await self._batcher.close()
        await self._pool.close()

    def append(self, append: Append) -> Future[Appended | Replayed]:
        """Queues it at once; raises InvalidValue for an event above 64 KiB."""
        return self._batcher.append(prepare(append, self._registry))

    async def load(
        self,
        streams: Sequence[UUID],
        after: Sequence[int] = (),
        *,
        up_to: int = NEWEST,
        page: int = NEWEST,
    ) -> list[Recorded]:
        """The streams' events in order, behind `after` and not beyond `up_to`, a page of each."""
        return self._decode(await self._fetch("load", streams, after, up_to, page))

    async def confirm(
        self, organization: UUID, actor: UUID, key: Key | None, seen: Sequence[tuple[UUID, int]]
    ) -> Replayed | list[Recorded]:
        """The key's earlier answer, or what the seen streams have beyond the seen versions."""
        rows = await self._fetch(
            "confirm",
            organization,
            actor,
            key.key if key else None,
            key.request_hash if key else None,
            [stream for stream, _ in seen],
            [version for _, version in seen],
        )
        if rows and rows[0]["outcome"] == "key_reused":
            raise KeyReused
        if rows and rows[0]["outcome"] == "replayed":
            return Replayed(rows[0]["stream_id"], rows[0]["version"], rows[0]["position"])
        return self._decode([row["event"] for row in rows])

    async def head(self) -> int:
        """The position of the newest event, 0 for an empty log."""
        rows = await self._fetch("head")
        return int(rows[0][0])

    async def position_at(self, instant: datetime) -> int | None:
        """The last position recorded by an instant; None for one that is still to come."""
        rows = await self._fetch("position_at", instant)
        return rows[0][0]  # type: ignore[no-any-return]  # a record's values have no type

    async def recorded_at(self, position: int) -> datetime | None:
        """When the event at the position was recorded; None where there is none."""
        rows = await self._fetch("recorded_at", position)
        return rows[0][0] if rows else None

    async def read(self, after: int, limit: int) -> list[Recorded]:
        """The events behind a position in order; one that nobody can read comes as Undecodable."""
        return self._decode(await self._fetch("read", after, limit))

    async def pages(
        self, up_to: int, leaves: Callable[[type[Event]], bool], shard: Shard
    ) -> AsyncGenerator[tuple[int, list[Recorded]], None]:
        """The log of a shard's organizations up to a position, in large pages, without some types.

        Each page comes with the position that it reaches; the next is fetched meanwhile.
        """
        left = [name for name, kind in self._registry.types.items() if leaves(kind)]

        def fetch(after: int) -> Future[list[asyncpg.Record]]:
            last = min(after + BULK_EVENTS, up_to)
            return ensure_future(self._fetch("page", after, last, left, shard.number, shard.of))

        coming = fetch(0)
        try:
            for after in range(0, up_to, BULK_EVENTS):
                (page,) = await coming
                coming = fetch(after + BULK_EVENTS)
                yield min(after + BULK_EVENTS, up_to), self._unpacked(page)
        finally:
            coming.cancel()

    async def claimed(self, organization: UUID, kind: str, prefix: str) -> int:
        """How many values of the kind that begin so are taken."""
        rows = await self._fetch("claimed", organization, kind, prefix)
        return int(rows[0][0])

    async def holder(self, organization: UUID, kind: str, value: str) -> UUID | None:
        """The stream that holds the value."""
        rows = await self._fetch("holder", organization, kind, value)
        return rows[0][0] if rows else None

    async def holders(self, organization: UUID, kind: str, after: UUID, most: int) -> list[UUID]:
        """At most so many streams behind that one that hold a value of the kind, by their ids."""
        return [row[0] for row in await self._fetch("holders", organization, kind, after, most)]

    async def forget_keys(self, most: int) -> int:
        """Forgets at most so many idempotency keys older than 30 days; says how many."""
        rows = await self._fetch("forget_keys", most)
        return int(rows[0][0])

    async def _fetch(self, name: str, *arguments: object) -> list[asyncpg.Record]:
        try:
            return await self._pool.fetch(SQL[name], *arguments)
        except UNREACHABLE as error:
            raise Unavailable(f"the log cannot be read: {error!r}") from error

    def _decode(self, rows: Sequence[asyncpg.Record]) -> list[Recorded]:
        if rows:
            newest = max(rows, key=itemgetter("position"))
            self._epochs.saw(newest["position"], newest["recorded_at"])
        return [
            Recorded(
                row["stream_id"],
                row["version"],
                row["occurred_at"],
                row["actor"],
                self._registry.read(row["event_type"], row["event_schema"], row["payload"]),
                row["organization_id"],
                row["position"],
                row["recorded_at"],
            )
            for row in rows
        ]

    def _unpacked(self, page: asyncpg.Record) -> list[Recorded]:
        if page[0] is None:
            return []
        read = self._registry.read
        events = [
            Recorded(stream, version, at, actor, read(*event), organization, position, taken)
            for stream, version, at, actor, *event, organization, position, taken in zip(
                *page, strict=True
            )
        ]
        self._epochs.saw(events[-1].position, events[-1].recorded_at)
        return events
