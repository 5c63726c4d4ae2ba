"""Runs commands until each is in the log, refused on current state, or given up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

import msgspec

from api.aggregates import Aggregates
from api.effects import Effects
from api.unit_of_work import Basis, EventStore, Unit
from domain.base import NOBODY, Aggregate, Context, Refused, View
from domain.books import Books
from domain.directory import Directory
from domain.ports import Appended, ClaimTaken, GuardFailed, Key, Replayed, VersionConflict

RETRY_SECONDS = 2.0
FIRST_PAUSE_SECONDS = 0.0005
LONGEST_PAUSE_SECONDS = 0.05


class PreconditionFailed(Refused, code="PRECONDITION_FAILED"):
    """It has changed since the version that If-Match names."""


class Answer(msgspec.Struct, frozen=True):
    """What a command answers: the view of its primary aggregate, that one's version, the position.

    `status` is set where it is another than the route's; `replayed`: it was given before.
    """

    stream: UUID
    view: View
    version: int
    position: int
    status: int | None = None
    replayed: bool = False


Decide = Callable[[Unit], Awaitable[Aggregate]]


class Task(msgspec.Struct, frozen=True):
    """What is to be decided, and for whom.

    `kind` is that of the aggregate that `decide` returns; `key` is an idempotency key with its
    request's hash; `expected` is the version of If-Match; it is tried for so many `seconds`.
    """

    decide: Decide
    kind: type[Aggregate]
    context: Context
    key: tuple[str, bytes] | None = None
    expected: int | None = None
    seconds: float = RETRY_SECONDS


class Commands:
    """Runs decisions against the log, again and again where others are first."""

    def __init__(
        self,
        store: EventStore,
        aggregates: Aggregates,
        books: Callable[[UUID], Books],
        directory: Directory | None = None,
        effects: Effects | None = None,
    ) -> None:
        """`books` gives an organization's; only commands about people need the others."""
        self._store, self._aggregates, self._books = store, aggregates, books
        self._directory, self._effects = directory, effects

    async def run(self, task: Task) -> Answer:
        """The answer, once it is in the log; raises a Refused or an AppendRefused."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + task.seconds
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                return await self._once(task)
            except _Again as again:
                if given := await self._given(task):
                    return given
                if clock() > deadline:
                    raise again.conflict from again
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _once(self, task: Task) -> Answer:
        books = self._books(task.context.organization)
        ahead = partial(self._ahead, task)
        unit = Unit(self._store, self._aggregates, books, task.context, self._directory, ahead)
        try:
            primary = await task.decide(unit)
            if task.expected not in (None, unit.touched[primary.id].version):
                raise PreconditionFailed  # noqa: TRY301 - a refusal like the others
            answer = Answer(primary.id, primary.view(unit.context), primary.version, 0)
            future = unit.enqueue(primary.id, Key(*task.key, primary.id) if task.key else None)
        except Refused as refusal:
            basis = unit.basis()
            unit.undo()
            return await self._refuse(refusal, basis, unit, task)
        except VersionConflict as conflict:
            unit.evict()
            raise _Again(conflict) from conflict
        except _Given as given:
            unit.evict()
            return await self._replayed(given.replayed, task)
        except BaseException:
            unit.evict()
            raise
        if future is None:
            return await self._unchanged(answer, unit, task)
        return await self._appended(answer, future, unit, task)

    async def _ahead(self, task: Task, stream: UUID, version: int) -> None:
        """Raises what the append would be refused with, asked of the log itself."""
        if task.expected not in (None, version):
            raise PreconditionFailed
        key, context = Key(*task.key, NOBODY) if task.key else None, task.context
        seen = [(stream, version)]
        found = await self._store.confirm(context.organization, context.actor, key, seen)
        if isinstance(found, Replayed):
            raise _Given(found)
        if found:
            raise VersionConflict(stream, None)

    async def _appended(
        self, answer: Answer, future: asyncio.Future[Appended | Replayed], unit: Unit, task: Task
    ) -> Answer:
        try:
            result = await asyncio.shield(future)
        except ClaimTaken as taken:
            unit.evict()
            kind, value, _, organization = taken.args
            refusal = unit.refusals.get((kind, value, organization))
            if refusal is None:
                raise _Again(taken) from taken
            raise refusal from taken
        except (VersionConflict, GuardFailed) as conflict:
            unit.evict()
            raise _Again(conflict) from conflict
        except BaseException:
            unit.evict()
            raise
        if isinstance(result, Replayed):
            unit.evict()
            return await self._replayed(result, task)
        await self._perform(unit, task)
        return msgspec.structs.replace(answer, position=result.last_position)

    async def _perform(self, unit: Unit, task: Task) -> None:
        if self._effects is not None:
            self._effects.notice(one.aggregate for one in unit.touched.values())
            await self._effects.perform(unit.effects, task.context)

    async def _refuse(self, refusal: Refused, basis: Basis, unit: Unit, task: Task) -> Answer:
        """A refusal proves nothing until it is confirmed on current state."""
        confirmed = await self._confirm(basis, unit, task)
        if isinstance(confirmed, Replayed):
            return await self._replayed(confirmed, task)
        if not confirmed:
            unit.evict()
            raise _Again(GuardFailed()) from refusal
        raise refusal

    async def _unchanged(self, answer: Answer, unit: Unit, task: Task) -> Answer:
        """Nothing to do: true only of current state."""
        confirmed = await self._confirm(unit.basis(), unit, task)
        if isinstance(confirmed, Replayed):
            return await self._replayed(confirmed, task)
        if not confirmed:
            unit.evict()
            raise _Again(GuardFailed())
        await self._perform(unit, task)  # whoever did it before may have been killed before that
        return msgspec.structs.replace(answer, position=await self._store.head())

    async def _confirm(self, basis: Basis, unit: Unit, task: Task) -> Replayed | bool:
        """The key's earlier answer, else whether the decision was made on current state.

        It was current at the time if all that came since are appends that stand on the same state.
        """
        settled = await basis.settled()
        key = Key(*task.key, NOBODY) if task.key else None
        context = task.context
        found = await self._store.confirm(context.organization, context.actor, key, basis.seen)
        if isinstance(found, Replayed):
            return found
        return settled and await unit.led_to(found) and unit.current

    async def _given(self, task: Task) -> Answer | None:
        """The key's earlier answer: repeated commands on one stream are in each other's way."""
        if task.key is None:
            return None
        context, key = task.context, Key(*task.key, NOBODY)
        found = await self._store.confirm(context.organization, context.actor, key, [])
        return await self._replayed(found, task) if isinstance(found, Replayed) else None

    async def _replayed(self, replayed: Replayed, task: Task) -> Answer:
        aggregate = await self._aggregates.as_of(task.kind, replayed.stream, replayed.version)
        view = aggregate.view(task.context)
        stream, version, position = replayed.stream, replayed.version, replayed.position
        return Answer(stream, view, version, position, replayed=True)


class _Given(Exception):
    """The answer was given before."""

    def __init__(self, replayed: Replayed) -> None:
        self.replayed = replayed
        super().__init__()


class _Again(Exception):
    """Others were first: decide once more; `conflict` is the answer when time has run out."""

    def __init__(self, conflict: Exception) -> None:
        self.conflict = conflict
        super().__init__(str(conflict))
