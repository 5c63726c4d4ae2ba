"""The newest state of the aggregates in use, appends that are on their way included (D4b, D18)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec

from adapters.postgres.log import Undecodable
from domain.base import NOBODY, Aggregate, NotFound, Recorded
from domain.ports import Log

LIMIT = 50_000


class Cached(msgspec.Struct, eq=False):
    """An aggregate in memory; `pending` is its newest append that has no answer yet."""

    aggregate: Aggregate
    organization: UUID = NOBODY
    pending: asyncio.Future[Any] | None = None

    def fold(self, history: Iterable[Recorded]) -> None:
        """Applies stored events."""
        for recorded in history:
            recorded.mutate(self.aggregate)
            self.organization = recorded.organization


class Aggregates:
    """A bounded cache: a stale aggregate costs one conflict, a missing one a query."""

    def __init__(self, log: Log, limit: int = LIMIT) -> None:
        """Keeps the `limit` aggregates that were used last."""
        self._log, self._limit = log, limit
        self._cached: OrderedDict[UUID, Cached] = OrderedDict()

    async def get(self, kind: type[Aggregate], streams: Sequence[UUID]) -> list[Cached]:
        """Each stream's aggregate; one query for all not in memory, absent ones are blank."""
        found = {stream: self._cached[stream] for stream in streams if stream in self._cached}
        missing = [stream for stream in streams if stream not in found]
        if missing:
            fresh = await self._load(kind, missing)
            found |= {stream: self._newest(stream, fresh) for stream in missing}
        return [found[stream] for stream in streams]

    def evict(self, streams: Iterable[UUID]) -> None:
        """Forgets what may be wrong; who still works on it will meet a version conflict."""
        for stream in streams:
            self._cached.pop(stream, None)

    async def as_of(self, kind: type[Aggregate], stream: UUID, version: int) -> Aggregate:
        """The stream folded up to a version, beside the cache."""
        cached = Cached(kind.blank(stream))
        cached.fold(self._owned(kind, await self._log.load([stream], up_to=version)))
        return cached.aggregate

    async def _load(self, kind: type[Aggregate], streams: list[UUID]) -> dict[UUID, Cached]:
        fresh = {stream: Cached(kind.blank(stream)) for stream in streams}
        history = await self._log.load(list(fresh))
        for stream, events in groupby(history, lambda recorded: recorded.stream):
            fresh[stream].fold(self._owned(kind, events))
        return fresh

    def _owned(self, kind: type[Aggregate], events: Iterable[Recorded]) -> Iterator[Recorded]:
        """The events while they are of that kind: the id of anything else names nothing."""
        for recorded in events:
            if not isinstance(recorded.event, (kind.events, Undecodable)):
                raise NotFound
            yield recorded

    def keep(self, cached: Cached) -> None:
        """Remembers one that has events; a blank one may exist elsewhere by the next time."""
        if cached.aggregate.version:
            self._cached[cached.aggregate.id] = cached
            self._cached.move_to_end(cached.aggregate.id)
            if len(self._cached) > self._limit:
                self._cached.popitem(last=False)

    def _newest(self, stream: UUID, fresh: dict[UUID, Cached]) -> Cached:
        """What is in memory by now wins: others may have decided on it while we loaded."""
        cached = self._cached.get(stream) or fresh[stream]
        self.keep(cached)
        return cached
