"""One command's work: everything loaded first, decided without an await, appended once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar
from uuid import UUID

import msgspec

from adapters.postgres.batch import refused
from api import security_log
from api.aggregates import Aggregates
from api.cached import Cached
from domain.base import Aggregate, Context, NotFound, Recorded, Refused
from domain.books import Books
from domain.directory import Directory
from domain.effects import Effect
from domain.ports import Append, Appended, Claim, Guard, Key, Log, Replayed, VersionConflict, Write

A = TypeVar("A", bound=Aggregate)


class Claims(Protocol):
    """What is claimed now, asked of the log itself."""

    async def holder(self, organization: UUID, kind: str, value: str) -> UUID | None:
        """The stream that holds the value."""
        ...

    async def claimed(self, organization: UUID, kind: str, prefix: str) -> int:
        """How many values begin so."""
        ...


class EventStore(Log, Claims, Protocol):
    """The log with its claims."""


class Basis(msgspec.Struct, frozen=True):
    """What a decision stood on: versions in the log or queued for it, and answers to the queued."""

    seen: list[tuple[UUID, int]]
    pending: set[asyncio.Future[Appended | Replayed]]
    sound: bool

    async def settled(self) -> bool:
        """Waits for the answers; whether all that was seen is in the log."""
        return self.sound and await _taken(self.pending)


class Unit:
    """The unit of work that a command function sees (domain.ports.UnitOfWork)."""

    def __init__(  # noqa: PLR0913 - all that a decision may stand on
        self,
        store: EventStore,
        aggregates: Aggregates,
        books: Books,
        context: Context,
        directory: Directory | None = None,
        ahead: Callable[[UUID, int], Awaitable[None]] | None = None,
    ) -> None:
        """`ahead` is asked, of the primary stream and its version, before the directory changes."""
        self._ahead = ahead
        self.context, self.books, self._directory = context, books, directory
        self._store, self._aggregates = store, aggregates
        self._generation = store.generation
        self.touched: dict[UUID, Cached] = {}
        self._looked: set[UUID] = set()
        self._claims: list[Claim] = []
        self.refusals: dict[tuple[str, str, UUID], type[Refused] | None] = {}
        self.effects: list[Effect] = []

    @property
    def directory(self) -> Directory:
        """Who people are; whoever runs commands about people has to have one."""
        if self._directory is None:
            raise RuntimeError("there is no directory here")
        return self._directory

    async def ahead(self, primary: Aggregate) -> None:
        """Ends the decision where the append would not be taken as the first of its request."""
        if self._ahead is not None:
            await self._ahead(primary.id, self.touched[primary.id].version)

    async def load(self, kind: type[A], stream: UUID, *, of: UUID | None = None) -> A:
        """The aggregate to be written; one without new events is guarded."""
        return (await self.load_all(kind, [stream], of=of))[0]

    async def load_all(
        self, kind: type[A], streams: Sequence[UUID], *, of: UUID | None = None
    ) -> list[A]:
        """Many of them; what is another organization's than the named one's is not there.

        One that was loaded before stays the same object, whatever became of it in the cache
        meanwhile: what is recorded on it has to be what is appended.
        """
        whose = self._whose(of)
        fresh = [stream for stream in streams if stream not in self.touched]
        loaded = await self._aggregates.get(kind, fresh)
        for stream, cached in zip(fresh, loaded, strict=True):
            if not cached.version:
                cached.organization = whose
            self.touched.setdefault(stream, cached)
        found = [self.touched[stream] for stream in streams]
        for stream, cached in zip(streams, found, strict=True):
            _owned(cached, kind, whose)
            self._looked.discard(stream)
        return [cached.aggregate for cached in found]  # type: ignore[misc]  # checked by _owned

    async def read(self, kind: type[A], stream: UUID, *, of: UUID | None = None) -> A:
        """An aggregate that is only read: as it gets no events, its version is guarded."""
        return await self.load(kind, stream, of=of)

    async def look(self, kind: type[A], stream: UUID, *, of: UUID | None = None) -> A:
        """An aggregate whose asked facts never change."""
        known = stream in self.touched
        aggregate = await self.load(kind, stream, of=of)
        if not aggregate.version:
            raise NotFound
        if not known:
            self._looked.add(stream)
        return aggregate

    async def holder(self, kind: str, value: str, *, of: UUID | None = None) -> UUID | None:
        """The stream that holds the claim now."""
        return await self._store.holder(self._whose(of), kind, value)

    async def claimed(self, kind: str, prefix: str, *, of: UUID | None = None) -> int:
        """How many claims begin so."""
        return await self._store.claimed(self._whose(of), kind, prefix)

    def take(
        self,
        kind: str,
        value: str,
        stream: UUID,
        refusal: type[Refused] | None,
        *,
        of: UUID | None = None,
    ) -> None:
        """Claims a value with the append."""
        self._claims.append(Claim(kind, value, stream, organization=of))
        self.refusals[kind, value, self._whose(of)] = refusal

    def release(self, kind: str, value: str, stream: UUID, *, of: UUID | None = None) -> None:
        """Gives a claim back with the append."""
        self._claims.append(Claim(kind, value, stream, take=False, organization=of))

    def _whose(self, of: UUID | None) -> UUID:
        return self.context.organization if of is None else of

    def then(self, effect: Effect) -> None:
        """Something to be done once this is in the log."""
        self.effects.append(effect)

    @property
    def current(self) -> bool:
        """Whether the log still has all that the decision saw."""
        return self._generation == self._store.generation

    def basis(self) -> Basis:
        """What the decision depended on."""
        found = self.touched.values()
        seen = [(stream, cached.version) for stream, cached in self.touched.items()]
        return Basis(seen, self._pending(), all(cached.sound for cached in found))

    def _pending(self) -> set[asyncio.Future[Appended | Replayed]]:
        return {c.pending for c in self.touched.values() if c.pending and not c.pending.done()}

    def enqueue(self, primary: UUID, key: Key | None) -> asyncio.Future[Appended | Replayed] | None:
        """Sends all that was recorded to the log, in one append; None where nothing was.

        The primary aggregate's events come last: what led to them stands before them in the log.
        Raises VersionConflict if an aggregate holds events that another command gave up, or that
        the log has lost, and RuntimeError if one was recorded for another organization than loaded.
        """
        self.touched[primary] = self.touched.pop(primary)
        pending = self._pending()
        writes, guards = [], []
        for stream, cached in self.touched.items():
            aggregate = cached.aggregate
            if not (cached.sound and self.current):
                raise VersionConflict(stream, None)
            if aggregate.pending_events:
                writes.append(_write(cached))
            elif stream not in self._looked or cached.pending in pending:
                guards.append(Guard(stream, cached.version, cached.organization))
        if not writes:
            return None
        context = self.context
        append = Append(
            context.organization,
            context.actor,
            tuple(writes),
            tuple(guards),
            tuple(self._claims),
            key,
            correlation=context.fresh,
            behind=tuple(pending),
        )
        future = self._store.append(append)
        for write in writes:
            cached = self.touched[write.stream]
            cached.queued(future)
            self._aggregates.keep(cached)
        future.add_done_callback(_heard)
        if concerning := security_log.concerning(writes):
            future.add_done_callback(partial(security_log.tell, concerning))
        return future

    async def led_to(self, events: Sequence[Recorded]) -> bool:
        """Whether this process appended them, deciding on what this decision saw, and after it."""
        found = {event.stream: self.touched[event.stream] for event in events}
        if any(event.version > found[event.stream].version for event in events):
            return False
        pending = {cached.pending for cached in found.values() if cached.pending}
        return await _taken(pending) and all(cached.sound for cached in found.values())

    def undo(self) -> None:
        """Forgets the aggregates that hold what was recorded in vain."""
        found = self.touched.values()
        self._aggregates.evict([one for one in found if one.aggregate.version != one.version])

    def evict(self) -> None:
        """Forgets every aggregate of the decision."""
        self._aggregates.evict(self.touched.values())


def _owned(cached: Cached, kind: type[Aggregate], whose: UUID) -> None:
    if not isinstance(cached.aggregate, kind) or cached.organization != whose:
        raise NotFound
    if cached.aggregate.pending_events:
        raise RuntimeError("a decision awaited after it had recorded: load everything first")


async def _taken(answers: set[asyncio.Future[Appended | Replayed]]) -> bool:
    """Waits for the answers; whether the log took all of these appends."""
    if answers:
        await asyncio.wait(answers)
    return not any(map(refused, answers))


def _heard(future: asyncio.Future[Any]) -> None:
    """Takes note of a failure, so that nothing is logged when the caller has gone away."""
    if not future.cancelled():
        future.exception()


def _write(cached: Cached) -> Write:
    """The aggregate's new events, all of which are of the organization that it was loaded for."""
    aggregate = cached.aggregate
    events = tuple(event for event in aggregate.collect_events() if isinstance(event, Recorded))
    write = Write(aggregate.id, aggregate.name, cached.version, events)
    if write.organization != cached.organization:
        msg = f"{aggregate.name} of {cached.organization} is recorded for {write.organization}"
        raise RuntimeError(msg)
    return write
