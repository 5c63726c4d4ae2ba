"""What the product does by itself: it looks for what is due in the read models, and sends commands.

Each step may be repeated and any number of these may run: commands meet in the log.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog

from api.commands import RETRY_SECONDS, Answer, Task
from api.services import Services, now, system
from api.unit_of_work import Unit
from domain.base import Aggregate, Context
from domain.processes.post_stock_take import post_stock_take
from domain.stock.catalogue import settle_warehouse
from domain.stock.place import Place
from domain.stock.pool_commands import ExpireReservations
from domain.stock.pool_stock import PoolStock
from domain.stock_take.posting import PostItems, ThawSession, post_items, thaw_session
from domain.stock_take.session import StockTakeSession
from projections.sessions import SESSIONS

IDLE_SECONDS = 0.5
TIDY_EVERY = timedelta(minutes=1)
FORGET_SESSIONS = 1_000
FORGET_KEYS = 1_000
"""So many old idempotency keys are forgotten at once; after as many the next round goes on."""
logger = structlog.get_logger()


class Posting:
    """The commands of one session's posting (domain.processes.post_stock_take.Posting).

    The first one expects the session as the process has seen it: either it is thawed or it is
    posted, and from then on any number of processes may post.
    """

    def __init__(self, services: Services, context: Context, version: int | None) -> None:
        """`version` is that of the session, if nothing of it is posted yet."""
        self._services, self._context, self._version = services, context, version

    async def thaw(self, session: UUID, command: ThawSession) -> object:
        """Gives the session back."""
        return await self._run(lambda unit: thaw_session(command, unit, session))

    async def post(self, session: UUID, command: PostItems) -> object:
        """Posts a chunk; several items are tried once: fewer go in where stock keeps moving."""
        seconds = 0.0 if len(command.items) > 1 else RETRY_SECONDS
        return await self._run(lambda unit: post_items(command, unit, session), seconds)

    async def _run(
        self, decide: Callable[[Unit], Awaitable[Aggregate]], seconds: float = RETRY_SECONDS
    ) -> Answer:
        context, version = self._context, self._version
        task = Task(decide, StockTakeSession, context, expected=version, seconds=seconds)
        answer = await self._services.commands.run(task)
        if answer.version != version:
            self._version = None
        return answer


class Timers:
    """Sees to all that is due, again and again."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._seen = 0
        self._tidy_at = now()

    async def run(self) -> None:
        """Never returns; a thing that fails is logged and tried again with the next round."""
        while True:
            try:
                await self.round()
            except Exception as error:  # noqa: BLE001 - the next round may work
                logger.warning("timers_failed", error=repr(error))
            await self._news()

    async def round(self) -> None:
        """Everything that is due now, one after the other."""
        for organization, session in await self._services.due.posting_sessions():
            await self._guarded("post_stock_take", organization, session, self._post)
        for organization, warehouse, version in await self._services.due.closing_warehouses():
            settle = partial(self._settle, version)
            await self._guarded("settle_warehouse", organization, warehouse, settle)
        for organization, pool in await self._services.due.expired_reservations(now()):
            await self._guarded("expire_reservations", organization, pool, self._expire)
        if now() >= self._tidy_at:
            await self._services.rates.forget(now())
            await self._services.identity.forget_unborn(now())
            await self._services.identity.forget_sessions(now(), FORGET_SESSIONS)
            await self._services.identity.forget_erased()
            if await self._services.log.forget_keys(FORGET_KEYS) < FORGET_KEYS:
                self._tidy_at = now() + TIDY_EVERY

    async def _post(self, context: Context, stream: UUID) -> None:
        services = self._services
        cached = (await services.aggregates.get(StockTakeSession, [stream]))[0]
        services.aggregates.evict([cached])
        session = cached.aggregate
        assert isinstance(session, StockTakeSession)  # noqa: S101 - as asked
        books = services.books(context.organization)
        posting = Posting(services, context, None if session.posted else cached.version)
        await post_stock_take(session, books, posting, context)

    async def _settle(self, version: int, context: Context, stream: UUID) -> None:
        """At the version that was read: so its beginning is in the log, and the books know it."""
        task = Task(lambda unit: settle_warehouse(unit, stream), Place, context, expected=version)
        await self._services.commands.run(task)

    async def _expire(self, context: Context, stream: UUID) -> None:
        async def decide(unit: Unit) -> PoolStock:
            pool = await unit.load(PoolStock, stream)
            pool.expire(ExpireReservations(), unit.context)
            return pool

        await self._services.commands.run(Task(decide, PoolStock, context))

    async def _guarded(
        self,
        what: str,
        organization: UUID,
        stream: UUID,
        work: Callable[[Context, UUID], Awaitable[None]],
    ) -> None:
        """One thing that cannot be done now does not keep the others waiting."""
        try:
            settings = await self._services.door.settings(organization)
            await work(system(organization, settings=settings), stream)
        except Exception as error:  # noqa: BLE001 - whatever it was, the others are due as well
            logger.warning("not_done", what=what, stream=str(stream), error=repr(error))

    async def _news(self) -> None:
        """Until sessions change, or a while."""
        changed = self._services.positions.changed
        self._seen = await changed(SESSIONS.id, self._seen, IDLE_SECONDS)
