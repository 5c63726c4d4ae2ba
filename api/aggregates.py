"""The newest state of the aggregates in use, appends that are on their way included (D4b, D18)."""

from __future__ import annotations

from asyncio import Future
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from uuid import UUID

import msgspec

from adapters.postgres.batch import refused
from adapters.postgres.log import Undecodable
from domain.base import NOBODY, Aggregate, NotFound, Recorded
from domain.ports import Appended, Log, Replayed

LIMIT = 50_000


class Cached(msgspec.Struct, eq=False):
    """An aggregate in memory, whose events up to `version` are in the log or queued for it.

    `pending` is the answer to its newest append.
    """

    aggregate: Aggregate
    organization: UUID = NOBODY
    version: int = 0
    pending: Future[Appended | Replayed] | None = None
    spoilt: bool = False

    @property
    def sound(self) -> bool:
        """Whether none of its events was given up: others may hold it while that happens."""
        return not self.spoilt and (self.pending is None or not refused(self.pending))

    def fold(self, history: Iterable[Recorded]) -> None:
        """Applies stored events."""
        for recorded in history:
            recorded.mutate(self.aggregate)
            self.organization = recorded.organization
        self.version = self.aggregate.version

    def queued(self, organization: UUID, answer: Future[Appended | Replayed]) -> None:
        """Its new events are on their way to the log."""
        self.organization, self.pending = organization, answer
        self.version = self.aggregate.version


class Aggregates:
    """A bounded cache: a stale aggregate costs one conflict, a missing one a query."""

    def __init__(self, log: Log, limit: int = LIMIT) -> None:
        """Keeps the `limit` aggregates that were used last."""
        self._log, self._limit = log, limit
        self._cached: OrderedDict[UUID, Cached] = OrderedDict()

    async def get(self, kind: type[Aggregate], streams: Sequence[UUID]) -> list[Cached]:
        """Each stream's aggregate; one query for all not in memory, absent ones are blank."""
        found = {stream: known for stream in streams if (known := self._known(stream))}
        missing = [stream for stream in streams if stream not in found]
        if missing:
            fresh = await self._load(kind, missing)
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
        cached = self._known(stream) or fresh[stream]
        self.keep(cached)
        return cached

    def _known(self, stream: UUID) -> Cached | None:
        cached = self._cached.get(stream)
        if cached is None or not cached.sound:
            return None
        self._cached.move_to_end(stream)
        return cached
