"""Snapshots: a restart folds what came since; what the log does not bear out is not believed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from uuid import UUID, uuid4

import asyncpg
import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.snapshots import PostgresSnapshots
from api.aggregates import Aggregates
from api.cached import Cached
from api.commands import Commands, Task
from api.snapshots import Snapshots
from api.unit_of_work import Unit
from domain.base import Aggregate, Context, Recorded
from domain.ports import NEWEST
from domain.quantity import Quantity, UnitCost
from domain.registry import Registry
from domain.stock.movement import PoolCreated
from domain.stock.pool_commands import ReceiveStock
from domain.stock.pool_stock import PoolStock
from tests.conftest import Database
from tests.specification import EVE, NOW, ORGANIZATION, state

EVERY = 5
RELEASE, NEXT_RELEASE = "of this release", "of the next one"


class Reading(PostgresLog):
    """A log that counts the events it gave."""

    given = 0

    async def load(
        self,
        streams: Sequence[UUID],
        after: Sequence[int] = (),
        *,
        up_to: int = NEWEST,
        page: int = NEWEST,
    ) -> list[Recorded]:
        """As ever."""
        found = await super().load(streams, after, up_to=up_to, page=page)
        self.given += len(found)
        return found


class Process:
    """What an API process has: started anew, it knows nothing."""

    def __init__(self, log: Reading, pool: asyncpg.Pool, code: str = RELEASE) -> None:
        self.log = log
        self.snapshots = Snapshots(PostgresSnapshots(pool, code), every=EVERY)
        self.aggregates = Aggregates(log, snapshots=self.snapshots)
        self._commands = Commands(log, self.aggregates, lambda _: None)  # type: ignore[arg-type,return-value]  # no books here

    async def receive(self, stream: UUID, quantity: int) -> None:
        """Receives some, as one command."""
        context = Context(ORGANIZATION, EVE, NOW.now, uuid4())
        await self._commands.run(Task(_receiving(stream, quantity), PoolStock, context))

    async def folded(self, stream: UUID) -> Aggregate:
        """The pool as a command would find it; what is due then is done."""
        found = await self.aggregates.get(PoolStock, [stream])
        await self.snapshots.settled()
        return found[0].aggregate


def _receiving(stream: UUID, quantity: int) -> Callable[[Unit], Awaitable[PoolStock]]:
    created = PoolCreated(
        product=uuid4(), place=uuid4(), warehouse=uuid4(), place_code="", whole=True
    )

    async def decide(unit: Unit) -> PoolStock:
        pool = await unit.load(PoolStock, stream)
        pool.open(created, unit.context)
        received = ReceiveStock(quantity=Quantity(quantity), unit_cost=UnitCost("1.5"))
        pool.receive(received, unit.context)
        return pool

    return decide


@pytest.fixture
async def start(database: Database) -> AsyncIterator[Callable[..., Process]]:
    """Starts processes on one log."""
    log = await Reading.open(database.app_url, Registry())
    async with asyncpg.create_pool(database.app_url) as pool:
        started: list[Process] = []

        def begin(code: str = RELEASE) -> Process:
            started.append(Process(log, pool, code))
            return started[-1]

        yield begin
        for process in started:
            await process.snapshots.close()
    await log.close()


async def _history(process: Process, receipts: int) -> UUID:
    """A pool with that many receipts, of 1, 2, 3 ... pieces, and a snapshot on the way."""
    stream = uuid4()
    for quantity in range(1, receipts + 1):
        await process.receive(stream, quantity)
    await process.snapshots.settled()
    return stream


async def test_a_restart_reads_only_what_came_since(start: Callable[..., Process]) -> None:
    """And knows as much as one that reads everything."""
    before = start()
    stream = await _history(before, 3 * EVERY + 2)
    before.log.given = 0
    after = await start().folded(stream)
    assert before.log.given < EVERY
    whole = await Aggregates(before.log).as_of(PoolStock, stream, NEWEST)
    assert state(after) == state(whole)
    assert isinstance(after, PoolStock)
    assert after.on_hand == sum(range(1, 3 * EVERY + 3))


async def test_a_cold_fold_of_a_long_stream_leaves_a_snapshot(
    start: Callable[..., Process],
) -> None:
    """Also where nobody writes any more: the second restart is quick."""
    quiet = Process(start().log, None, RELEASE)  # type: ignore[arg-type]  # takes none
    quiet.aggregates = Aggregates(quiet.log)
    stream = uuid4()
    for _ in range(2 * EVERY):
        await Commands(quiet.log, quiet.aggregates, lambda _: None).run(  # type: ignore[arg-type,return-value]  # no books here
            Task(_receiving(stream, 1), PoolStock, Context(ORGANIZATION, EVE, NOW.now, uuid4()))
        )
    await start().folded(stream)
    quiet.log.given = 0
    await start().folded(stream)
    assert quiet.log.given == 0


async def test_an_earlier_version_is_folded_without_a_later_snapshot(
    start: Callable[..., Process],
) -> None:
    """The answer to a replayed key is the state of then."""
    process = start()
    stream = await _history(process, 3 * EVERY)
    for version in (1, EVERY, 2 * EVERY + 1):
        found = await process.aggregates.as_of(PoolStock, stream, version)
        assert found.version == version


async def test_a_snapshot_of_an_event_that_the_log_lost_is_not_believed(
    start: Callable[..., Process], admin: asyncpg.Connection
) -> None:
    """A log restored to an earlier point may have gone another way since."""
    stream = await _history(start(), 3 * EVERY)
    await admin.execute("UPDATE read.snapshots SET recorded_at = recorded_at - interval '1 s'")
    process = start()
    process.log.given = 0
    await process.folded(stream)
    assert process.log.given == 3 * EVERY + 1


async def test_another_release_folds_for_itself(
    start: Callable[..., Process], admin: asyncpg.Connection
) -> None:
    """Its rules may lead elsewhere; what it does not use any more goes with time."""
    stream = await _history(start(), 3 * EVERY)
    process = start(NEXT_RELEASE)
    process.log.given = 0
    await process.folded(stream)
    assert process.log.given == 3 * EVERY + 1
    assert await admin.fetchval("SELECT array_agg(code) FROM read.snapshots") == [NEXT_RELEASE]


async def test_a_long_stream_is_folded_page_by_page(
    start: Callable[..., Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the page, nothing is left out or folded twice."""
    process = start()
    streams = [await _history(process, receipts) for receipts in (1, 2, 3, 7)]
    for page in (1, 2, 3, 100):
        monkeypatch.setattr("api.aggregates.PAGE_EVENTS", page)
        found: list[Cached] = await Aggregates(process.log).get(PoolStock, streams)
        assert [cached.version for cached in found] == [2, 3, 4, 8]
