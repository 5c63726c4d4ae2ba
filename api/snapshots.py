"""Takes snapshots of long streams, off the write path, so that no fold is long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import structlog

from adapters.postgres.snapshots import Snapshot
from api.cached import Cached
from domain.base import Aggregate
from domain.snapshots import STATES, capture

EVERY = 500
"""A stream gets a snapshot after so many events."""

LARGEST_QUEUE = 1_000
"""What is due beyond these waits for its next event."""

logger = structlog.get_logger()
Fold = Callable[[type[Aggregate], UUID], Awaitable[Cached]]
Taken = tuple[Snapshot, datetime]


class Store(Protocol):
    """Where snapshots are kept."""

    async def newest(self, streams: Sequence[UUID], up_to: int) -> list[Snapshot]:
        """The streams' snapshots not beyond a version."""
        ...

    async def keep(self, snapshot: Snapshot, recorded_at: datetime) -> None:
        """Keeps one."""
        ...

    async def forget_others(self) -> None:
        """Deletes some of what other versions of the code have kept."""
        ...


class Snapshots:
    """Takes what is due, one after the other.

    What is in memory may hold events that are not in the log yet: then the log is folded once more.
    """

    def __init__(self, store: Store, every: int = EVERY) -> None:
        self._store, self._every = store, every
        self._due: dict[UUID, type[Aggregate] | Taken] = {}
        self._taking: asyncio.Task[None] | None = None

    async def newest(
        self, kind: type[Aggregate], streams: Sequence[UUID], up_to: int
    ) -> list[Snapshot]:
        """The streams' snapshots not beyond a version; most kinds have none."""
        return await self._store.newest(streams, up_to) if kind in STATES else []

    def consider(self, cached: Cached, fold: Fold) -> None:
        """Puts it on the list once it has many events behind its snapshot."""
        kind, version = type(cached.aggregate), cached.version
        if kind not in STATES or version - cached.snapshot < self._every:
            return
        if len(self._due) < LARGEST_QUEUE:
            cached.snapshot = version
            self._due[cached.aggregate.id] = kind if cached.pending else _taken(cached)
            if self._taking is None or self._taking.done():
                self._taking = asyncio.create_task(self._take(fold))

    async def close(self) -> None:
        """Leaves the rest of the list."""
        if self._taking is not None:
            self._taking.cancel()
            await asyncio.wait([self._taking])

    async def settled(self) -> None:
        """Waits until the list is empty."""
        if self._taking is not None:
            await asyncio.wait([self._taking])

    async def _take(self, fold: Fold) -> None:
        while self._due:
            stream = next(iter(self._due))
            due = self._due.pop(stream)
            try:
                taken = due if isinstance(due, tuple) else _taken(await fold(due, stream))
                await self._store.keep(*taken)
                await self._store.forget_others()
            except Exception as error:  # noqa: BLE001 - a cache: the next event tries again
                logger.info("snapshot_failed", stream=str(stream), error=repr(error))


def _taken(cached: Cached) -> Taken:
    state = capture(cached.aggregate)
    snapshot = Snapshot(cached.aggregate.id, cached.version, cached.organization, state)
    return snapshot, cached.recorded_at
