"""The newest state of the aggregates in use, appends that are on their way included."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from uuid import UUID

from api.cached import Cached
from api.snapshots import Snapshots
from domain.base import Aggregate, NotFound, Recorded
from domain.ports import NEWEST, Log
from domain.registry import Undecodable
from domain.snapshots import restore

LIMIT = 50_000
PAGE_EVENTS = 10_000
"""So many events of a stream are in memory at once while it is folded."""


class Aggregates:
    """A bounded cache: a stale aggregate costs one conflict, a missing one a query."""

    def __init__(self, log: Log, limit: int = LIMIT, snapshots: Snapshots | None = None) -> None:
        """Keeps the `limit` aggregates that were used last."""
        self._log, self._limit, self._snapshots = log, limit, snapshots
        self._cached: OrderedDict[UUID, Cached] = OrderedDict()
        self._generation = log.generation

    async def get(self, kind: type[Aggregate], streams: Sequence[UUID]) -> list[Cached]:
        """Each stream's aggregate; one query for all not in memory, absent ones are blank."""
        self._forget_lost()
        found = {stream: known for stream in streams if (known := self._known(stream))}
        missing = [stream for stream in streams if stream not in found]
        if missing:
            fresh = await self._load(kind, missing)
            if self._generation != self._log.generation:
                return await self.get(kind, streams)
            found |= {stream: self._newest(stream, fresh) for stream in missing}
        return [found[stream] for stream in streams]

    def evict(self, found: Iterable[Cached]) -> None:
        """Forgets what may be wrong; what holds events in vain is spoilt for whoever has it."""
        for cached in found:
            cached.spoilt |= cached.aggregate.version != cached.version
            if self._cached.get(cached.aggregate.id) is cached:
                del self._cached[cached.aggregate.id]

    async def as_of(self, kind: type[Aggregate], stream: UUID, version: int) -> Aggregate:
        """The stream folded up to a version, beside the cache."""
        return (await self._load(kind, [stream], version))[stream].aggregate

    def _forget_lost(self) -> None:
        """A restored log may lead a stream to the same version another way."""
        if self._generation != self._log.generation:
            self._generation = self._log.generation
            self._cached.clear()

    async def _load(
        self, kind: type[Aggregate], streams: Sequence[UUID], up_to: int = NEWEST
    ) -> dict[UUID, Cached]:
        """The streams folded from their snapshots on, page by page."""
        fresh = {stream: Cached(kind.blank(stream)) for stream in streams}
        if self._snapshots is not None:
            for known in await self._snapshots.newest(kind, streams, up_to):
                aggregate = restore(kind, known.stream, known.version, known.state)
                version = known.version
                fresh[known.stream] = Cached(aggregate, known.organization, version, version)
        unread = list(fresh)
        while unread:
            after = [fresh[stream].version for stream in unread]
            history = await self._log.load(unread, after, up_to=up_to, page=PAGE_EVENTS)
            for stream, events in groupby(history, lambda recorded: recorded.stream):
                fresh[stream].fold(self._owned(kind, events))
            unread = [
                stream
                for stream, before in zip(unread, after, strict=True)
                if fresh[stream].version - before == PAGE_EVENTS
            ]
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
            if self._snapshots is not None:
                self._snapshots.consider(cached, self._folded)

    async def _folded(self, kind: type[Aggregate], stream: UUID) -> Cached:
        return (await self._load(kind, [stream]))[stream]

    def _newest(self, stream: UUID, fresh: dict[UUID, Cached]) -> Cached:
        """What is in memory by now wins: others may have decided on it while we loaded."""
        cached = self._known(stream) or fresh[stream]
        self.keep(cached)
        return cached

    def _known(self, stream: UUID) -> Cached | None:
        cached = self._cached.get(stream)
        if cached is None or not cached.sound:
            return None
        self._cached.move_to_end(stream)
        return cached
