"""One command's work: load, decide without an await, append once, answer or decide again (D4, D13)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar
from uuid import UUID

import msgspec

from api.aggregates import Aggregates, Cached
from domain.base import NOBODY, Aggregate, Conflicting, Context, NotFound, Recorded, Refused, View
from domain.ports import (
    Append,
    Appended,
    AppendRefused,
    Books,
    Claim,
    ClaimTaken,
    Guard,
    GuardFailed,
    Key,
    Log,
    Replayed,
    VersionConflict,
    Write,
)

A = TypeVar("A", bound=Aggregate)
RETRY_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 0.05


class PreconditionFailed(Refused, code="PRECONDITION_FAILED"):
    """It has changed since the version that If-Match names."""


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


class Answer(msgspec.Struct, frozen=True):
    """What a command answers: the view of its primary aggregate, that one's version, the position."""

    stream: UUID
    view: View
    version: int
    position: int


class Unit:
    """The unit of work that a command function sees (domain.ports.UnitOfWork)."""

    def __init__(
        self, store: EventStore, aggregates: Aggregates, books: Books, context: Context
    ) -> None:
        self.context, self.books = context, books
        self._store, self._aggregates = store, aggregates
        self.touched: dict[UUID, Cached] = {}
        self._looked: set[UUID] = set()
        self._claims: list[Claim] = []
        self.refusals: dict[tuple[str, str], type[Refused] | None] = {}

    async def load(self, kind: type[A], stream: UUID) -> A:
        """The aggregate to be written; one without new events is guarded."""
        return (await self.load_all(kind, [stream]))[0]

    async def load_all(self, kind: type[A], streams: Sequence[UUID]) -> list[A]:
        """Many of them; another organization's is not there."""
        found = await self._aggregates.get(kind, streams)
        for stream, cached in zip(streams, found, strict=True):
            self._own(cached, kind)
            self.touched[stream] = cached
            self._looked.discard(stream)
        return [cached.aggregate for cached in found]  # type: ignore[misc]  # checked by _own

    async def read(self, kind: type[A], stream: UUID) -> A:
        """An aggregate that is only read: as it gets no events, its version is guarded."""
        return await self.load(kind, stream)

    async def look(self, kind: type[A], stream: UUID) -> A:
        """An aggregate whose asked facts never change."""
        known = stream in self.touched
        aggregate = await self.load(kind, stream)
        if not aggregate.version:
            raise NotFound
        if not known:
            self._looked.add(stream)
        return aggregate

    async def holder(self, kind: str, value: str) -> UUID | None:
        """The stream that holds the claim now."""
        return await self._store.holder(self.context.organization, kind, value)

    async def claimed(self, kind: str, prefix: str) -> int:
        """How many claims begin so."""
        return await self._store.claimed(self.context.organization, kind, prefix)

    def take(self, kind: str, value: str, stream: UUID, refusal: type[Refused] | None) -> None:
        """Claims a value with the append."""
        self._claims.append(Claim(kind, value, stream))
        self.refusals[kind, value] = refusal

    def release(self, kind: str, value: str, stream: UUID) -> None:
        """Gives a claim back with the append."""
        self._claims.append(Claim(kind, value, stream, take=False))

    def seen(self) -> list[tuple[UUID, int]]:
        """The stored versions that the decision depended on."""
        return [(stream, _before(cached.aggregate)) for stream, cached in self.touched.items()]

    def enqueue(self, key: Key | None) -> asyncio.Future[Appended | Replayed] | None:
        """Sends all that was recorded to the log, in one append; None where nothing was."""
        writes, guards = [], []
        for stream, cached in self.touched.items():
            aggregate = cached.aggregate
            if aggregate.pending_events:
                before = _before(aggregate)
                writes.append(Write(stream, type(aggregate).name, before, _collect(aggregate)))
            elif stream not in self._looked:
                guards.append(Guard(stream, aggregate.version))
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
        )
        future = asyncio.ensure_future(self._store.append(append))
        for write in writes:
            cached = self.touched[write.stream]
            cached.pending, cached.organization = future, context.organization
        return future

    def evict(self) -> None:
        """Forgets every aggregate of the decision."""
        self._aggregates.evict(self.touched)

    async def settled(self) -> bool:
        """Waits for the appends that the decision stood on; False where one of them was not taken."""
        pending = {id(c.pending): c.pending for c in self.touched.values() if c.pending}
        answers = await asyncio.gather(*pending.values(), return_exceptions=True)
        return all(isinstance(answer, Appended) for answer in answers)

    def _own(self, cached: Cached, kind: type[Aggregate]) -> None:
        known = cached.aggregate
        if not isinstance(known, kind):
            raise NotFound
        if known.version and cached.organization != self.context.organization:
            raise NotFound
        if known.pending_events:
            raise RuntimeError("a decision awaited after it had recorded: load everything first")


def _before(aggregate: Aggregate) -> int:
    return aggregate.version - len(aggregate.pending_events)


def _collect(aggregate: Aggregate) -> tuple[Recorded, ...]:
    return tuple(event for event in aggregate.collect_events() if isinstance(event, Recorded))


Decide = Callable[[Unit], Awaitable[Aggregate]]


class Commands:
    """Runs decisions against the log until each is appended, refused on current state, or given up."""

    def __init__(self, store: EventStore, aggregates: Aggregates, books: Books) -> None:
        self._store, self._aggregates, self._books = store, aggregates, books

    async def run(
        self,
        decide: Decide,
        context: Context,
        key: tuple[str, bytes] | None = None,
        expected: int | None = None,
    ) -> Answer:
        """The answer, once it is in the log; raises a Refused or an AppendRefused.

        `key` is an idempotency key with its request's hash; `expected` the version of If-Match.
        """
        deadline = asyncio.get_running_loop().time() + RETRY_SECONDS
        pause = 0.0005
        while True:
            unit = Unit(self._store, self._aggregates, self._books, context)
            try:
                return await self._once(decide, unit, key, expected)
            except _Again as again:
                if asyncio.get_running_loop().time() > deadline:
                    raise again.conflict from again
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _once(
        self, decide: Decide, unit: Unit, key: tuple[str, bytes] | None, expected: int | None
    ) -> Answer:
        primary: Aggregate | None = None
        try:
            primary = await decide(unit)
            if expected is not None and _before(primary) != expected:
                raise PreconditionFailed  # noqa: TRY301 - a refusal like the others
            answer = Answer(primary.id, primary.view(unit.context), primary.version, 0)
            future = unit.enqueue(Key(key[0], key[1], primary.id) if key else None)
        except Refused as refusal:
            seen = unit.seen()
            unit.evict()
            return await self._refuse(refusal, seen, unit, key)
        except BaseException:
            unit.evict()
            raise
        if future is None:
            return await self._unchanged(answer, unit, key)
        return await self._appended(answer, future, unit, type(primary))

    async def _appended(
        self,
        answer: Answer,
        future: asyncio.Future[Appended | Replayed],
        unit: Unit,
        kind: type[Aggregate],
    ) -> Answer:
        try:
            result = await asyncio.shield(future)
        except ClaimTaken as taken:
            unit.evict()
            refusal = unit.refusals.get((taken.args[0], taken.args[1]))
            if refusal is None:
                raise _Again(taken) from taken
            raise refusal from taken
        except (VersionConflict, GuardFailed) as conflict:
            unit.evict()
            raise _Again(conflict) from conflict
        except AppendRefused:
            unit.evict()
            raise
        if isinstance(result, Replayed):
            unit.evict()
            return await self._replayed(result, unit.context, kind)
        return msgspec.structs.replace(answer, position=result.last_position)

    async def _refuse(
        self,
        refusal: Refused,
        seen: list[tuple[UUID, int]],
        unit: Unit,
        key: tuple[str, bytes] | None,
    ) -> Answer:
        """A refusal proves nothing until it is confirmed on current state (D4c)."""
        confirmed = await self._confirm(seen, unit, key)
        if isinstance(confirmed, Replayed):
            kind = type(unit.touched[confirmed.stream].aggregate)
            return await self._replayed(confirmed, unit.context, kind)
        if not confirmed:
            raise _Again(refusal) from refusal
        raise refusal

    async def _unchanged(self, answer: Answer, unit: Unit, key: tuple[str, bytes] | None) -> Answer:
        """Nothing to do: true only of current state."""
        confirmed = await self._confirm(unit.seen(), unit, key)
        if isinstance(confirmed, Replayed):
            kind = type(unit.touched[confirmed.stream].aggregate)
            return await self._replayed(confirmed, unit.context, kind)
        if not confirmed:
            unit.evict()
            raise _Again(Conflicting()) from None
        return msgspec.structs.replace(answer, position=await self._store.head())

    async def _confirm(
        self, seen: list[tuple[UUID, int]], unit: Unit, key: tuple[str, bytes] | None
    ) -> Replayed | bool:
        """The key's earlier answer, else whether the decision was made on current state."""
        settled = await unit.settled()
        context = unit.context
        wanted = Key(key[0], key[1], NOBODY) if key else None
        found = await self._store.confirm(context.organization, context.actor, wanted, seen)
        return found if isinstance(found, Replayed) else settled and not found

    async def _replayed(
        self, replayed: Replayed, context: Context, kind: type[Aggregate]
    ) -> Answer:
        aggregate = await self._aggregates.as_of(kind, replayed.stream, replayed.version)
        view = aggregate.view(context)
        return Answer(replayed.stream, view, replayed.version, replayed.position)


class _Again(Exception):
    """Others were first: decide once more on fresh state; `conflict` is the answer if time runs out."""

    def __init__(self, conflict: Exception) -> None:
        self.conflict = conflict
        super().__init__(str(conflict))
