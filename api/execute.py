"""From a route row to its answer: through the unit of work, or through the read models."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid5

import msgspec

from adapters.nats.hints import Lagging
from adapters.postgres.books import NAMES
from adapters.postgres.reads import PostgresReads
from api import position
from api.as_of import Moment, moment
from api.commands import Answer, Task
from api.ending import ENDINGS, Ending
from api.endpoint import Found, Request
from api.routes.route import Route
from api.services import Services
from api.unit_of_work import Unit
from domain.base import Aggregate, Context, NotFound, Refused, utc
from domain.ids import LocalId
from projections.queries.base import Temporal

ENDING_SECONDS = 5.0
POLL_SECONDS = 0.05
ACCEPTED = 202
POINTER = f"/{position.HEADER}"


def bound(route: Route, command: Any, path: dict[str, Any]) -> Callable[[Unit], Awaitable[Any]]:
    """The row's decision with its command and path, still to be given a unit of work."""
    assert route.decide is not None  # noqa: S101 - every command row has one
    if route.kind == "work":
        decide = route.decide
        return lambda unit: decide(command, unit, **path)
    return lambda unit: _decided(route, command, path["id"], unit)


async def _decided(route: Route, command: Any, target: UUID | LocalId, unit: Unit) -> Aggregate:
    assert route.aggregate is not None  # noqa: S101 - as its kind says
    assert route.decide is not None  # noqa: S101 - as its kind says
    stream = target.stream if isinstance(target, LocalId) else target
    aggregate = await unit.load(route.aggregate, stream)
    if not aggregate.version:
        raise NotFound
    number = (target.number,) if isinstance(target, LocalId) else ()
    route.decide(aggregate, command, unit.context, *number)
    return aggregate


class Executor:
    """Runs what the endpoints have decoded."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def command(
        self, request: Request, command: Any, key: tuple[str, bytes] | None, expected: int | None
    ) -> Answer:
        """Checks the command's references, decides, appends; what it begins is waited for."""
        route, context = request.route, request.context
        assert route.aggregate is not None  # noqa: S101 - every command row has one
        references = self._services.references
        await references.check_path(route.parameters, request.path, context)
        await references.check(command, context)
        decide = bound(route, command, request.path)
        task = Task(decide, route.aggregate, context, key, expected)
        if route.lasting:
            return await self._ended(task, ENDINGS[route.path])
        return await self._services.commands.run(task)

    async def query(self, request: Request, query: Any, seen: str | None) -> Found:
        """Waits until the read models know what is asked for, then asks them.

        It begins again where the log lost something meanwhile, or the read models did in a crash:
        the answer may be of that.
        """
        epochs = self._services.epochs
        while True:
            run = epochs.run
            try:
                found = await self._ask(request, query, seen)
            except Exception:
                if run == epochs.run:
                    raise
            else:
                if run == epochs.run:
                    return found

    async def _ask(self, request: Request, query: Any, seen: str | None) -> Found:
        services, context = self._services, request.context
        epoch, known = services.epochs.current, services.positions.known
        whose = None if query.crosses else context.organization
        after = 0 if seen is None else await self._after(seen, whose)
        then = await self._moment(query, context)
        wanted = after if then is None else max(after, then.position)
        await services.positions.reached(NAMES, wanted, whose)
        if then is None:
            reads = PostgresReads(services.together, context, services.identity)
            at = max(after, known(NAMES, whose))
        else:
            at = then.position
            context = msgspec.structs.replace(context, now=then.at)
            reads = PostgresReads(
                services.together, context, services.identity, at, then.happened_by
            )
        assert request.route.decide is not None  # noqa: S101 - every query row has one
        answer = await request.route.decide(query, reads, **request.path)
        return Found(answer, epoch, at, None if then is None else then.at)

    async def _after(self, seen: str, organization: UUID | None) -> int:
        """The position to wait for; raises BadPosition, PositionLost, PositionBeyondHead."""
        services = self._services
        epoch, after = position.decode(seen)
        known = services.positions.known(NAMES, organization)
        if epoch == services.epochs.current and after <= known:
            return after
        head = await services.log.head()  # on a connection that has heard of every epoch
        if services.epochs.lost(epoch, after):
            raise position.PositionLost(pointer=POINTER)
        if after > head:
            raise position.PositionBeyondHead(pointer=POINTER)
        return after

    async def _moment(self, query: Any, context: Context) -> Moment | None:
        """The moment that is asked for; what had happened is told as known now or then."""
        services = self._services
        asked = query.as_of if isinstance(query, Temporal) else None
        by = getattr(query, "happened_by", None)
        if asked is not None:
            then = await moment(asked, services.log, services.epochs.lost)
        elif by is not None:
            then = Moment(await services.log.head(), context.now)
        else:
            return None
        by = None if by is None else utc(by, "/happened_by")
        return msgspec.structs.replace(then, happened_by=by)

    async def _ended(self, task: Task, ending: Ending) -> Answer:
        """The end if it comes in time, be it a refusal, else 202.

        A refusal leaves the key unused in effect: the request may be sent again when it is
        possible.
        """
        while True:
            begun = await self._services.commands.run(task)
            if not ending.begun(begun.view):
                return begun
            try:
                async with asyncio.timeout(ENDING_SECONDS):
                    return await self._end(begun, task, ending)
            except TimeoutError:
                return msgspec.structs.replace(begun, status=ACCEPTED)
            except Refused:
                if not begun.replayed:
                    raise
                task = _after(begun, task)

    async def _end(self, begun: Answer, task: Task, ending: Ending) -> Answer:
        """What ended it, in its stream."""
        log, stream, seen = self._services.log, begun.stream, 0
        while not (ends := [*filter(ending.ends, await log.load([stream], [begun.version]))]):
            seen = await self._services.positions.changed(ending.projection, seen, POLL_SECONDS)
        end = ends[0]
        if refusal := ending.refusal(end.event):
            raise refusal
        ended = await self._services.aggregates.as_of(task.kind, stream, end.version)
        with suppress(Lagging):  # who waited for it looks at its result next
            await self._services.positions.reached(NAMES, end.position, task.context.organization)
        return Answer(stream, ended.view(task.context), end.version, end.position)


def _after(refused: Answer, task: Task) -> Task:
    """The same request with the key that follows the one which was used in vain."""
    assert task.key is not None  # noqa: S101 - only a key is replayed
    key, request_hash = task.key
    following = str(uuid5(refused.stream, f"{key} {refused.version}"))
    return msgspec.structs.replace(task, key=(following, request_hash))
