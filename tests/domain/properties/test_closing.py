"""However a deactivation and what comes into the warehouse interleave: what is inactive is empty.

Every command decides on what the log holds when it loads, and is appended if what it read is still
so, as if each ran in a process of its own; the books know no more than they were waited for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator
from datetime import datetime
from types import coroutine
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.base import Aggregate, Refused
from domain.books import Left
from domain.ids import place_id, pool_id
from domain.quantity import ZERO, UnitCost
from domain.stock import entries
from domain.stock import place as p
from domain.stock import pool_commands as c
from domain.stock.catalogue import settle_warehouse
from domain.stock.movement import Movement
from domain.stock.place import Place
from domain.stock.pool_stock import PoolStock
from domain.stock_take import counting
from domain.stock_take import session_commands as s
from domain.stock_take.session import StockTakeSession
from domain.stock_take.session_events import SessionStarted
from tests.domain import memory
from tests.domain.memory import Memory
from tests.domain.properties.effort import effort
from tests.domain.stock.pools import PRODUCT, WAREHOUSE, q
from tests.domain.stock_take.stores import Store
from tests.specification import ANN, EVE

A = TypeVar("A", bound=Aggregate)
POOL = pool_id(PRODUCT, place_id(WAREHOUSE, "A1"))
WHERE: dict[str, Any] = {"product": PRODUCT, "store_id": WAREHOUSE}
MOST_DECISIONS = 20


class MovedOn(Exception):
    """Something that was read is not so any more."""


@coroutine
def turn() -> Generator[None]:
    """Lets others go on."""
    yield


class Books(memory.Books):
    """They know exactly what was waited for."""

    known = 0

    async def reach(self, position: int | None = None) -> int:
        """The head of this moment."""
        await turn()
        self.known = len(self.memory.log)
        await turn()
        return self.known

    async def left(self, warehouse: UUID, now: datetime) -> Left:
        """As of then."""
        return await memory.Books(upto(self.memory, self.known)).left(warehouse, now)


class Unit(memory.Unit):
    """One command's work in a process of its own."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.memory, store.by(EVE))
        self.books = Books(store.memory)
        self.looked: set[UUID] = set()

    async def load(self, kind: type[A], stream: UUID, *, of: UUID | None = None) -> A:
        """Guarded."""
        await turn()
        self.looked.discard(stream)
        return await super().load(kind, stream, of=of)

    read = load

    async def look(self, kind: type[A], stream: UUID, *, of: UUID | None = None) -> A:
        """Not guarded, unless it is as well."""
        known = stream in self.loaded
        found = await self.load(kind, stream, of=of)
        if not known:
            self.looked.add(stream)
        return found

    async def holder(self, kind: str, value: str, *, of: UUID | None = None) -> UUID | None:
        """As of now."""
        await turn()
        return await super().holder(kind, value, of=of)

    def commit(self) -> None:
        """Refused where a written or guarded stream has moved on."""
        for stream, one in self.loaded.items():
            events = len(one.pending_events)
            named = events or stream not in self.looked
            if named and one.version - events != len(self.memory.streams[stream]):
                raise MovedOn
        super().commit()


def upto(whole: Memory, position: int) -> Memory:
    """What it was."""
    past = Memory()
    for recorded in whole.log[:position]:
        past.log.append(recorded)
        past.streams[recorded.stream].append(recorded)
    return past


Decide = Callable[[Unit], Awaitable[Aggregate]]


async def run(store: Store, decide: Decide) -> None:
    """One command, decided again where others were first."""
    for _ in range(MOST_DECISIONS):
        unit = Unit(store)
        try:
            await decide(unit)
            await turn()
            unit.commit()
        except MovedOn:
            continue
        except Refused:
            pass
        return
    raise AssertionError("others are always first")


def on(kind: type[A], stream: UUID, decide: Callable[..., object], *more: Any) -> Decide:
    """A decision of one aggregate."""

    async def decided(unit: Unit) -> A:
        aggregate = await unit.load(kind, stream)
        command, *rest = more
        decide(aggregate, command, unit.context, *rest)
        return aggregate

    return decided


async def closes(store: Store) -> None:
    """Both steps."""
    await run(store, on(Place, WAREHOUSE, Place.deactivate, p.DeactivateWarehouse()))
    await run(store, lambda unit: settle_warehouse(unit, WAREHOUSE))


def comes(shelf: str, quantity: int) -> Decide:
    """Sets a quantity."""
    command = entries.AdminSetAt(quantity=q(quantity), reason="r", location=shelf, **WHERE)
    return lambda unit: entries.admin_set_at(command, unit)


RECEIVE = c.ReceiveStock(quantity=q(1), unit_cost=UnitCost("1"))
COMMANDS: dict[str, Decide] = {
    "fill": comes("A1", 2),
    "empty": comes("A1", 0),
    "fill another": comes("B7", 1),
    "receive": lambda unit: entries.receive(RECEIVE, unit, POOL),
    "issue": on(PoolStock, POOL, PoolStock.issue, c.IssueStock(quantity=q(1), member=ANN)),
    "return": on(PoolStock, POOL, PoolStock.take_back, c.ReturnStock(), 1),
    "activate": on(Place, WAREHOUSE, Place.activate, p.ActivateWarehouse()),
}


def start(session: UUID) -> Decide:
    """Starts the stock-take."""
    return lambda unit: counting.start_session(s.StartSession(), unit, session)


def cancel(session: UUID) -> Decide:
    """Ends it."""
    return lambda unit: counting.cancel_session(s.CancelSession(reason="r"), unit, session)


@given(
    names=st.lists(
        st.lists(st.sampled_from([*COMMANDS, "start", "cancel", "close"]), min_size=1, max_size=3),
        min_size=1,
        max_size=3,
    ),
    data=st.data(),
)
@effort(300)
def test_an_inactive_warehouse_is_empty(names: list[list[str]], data: st.DataObject) -> None:
    """At each position of the log."""
    store = Store()
    store.receive("A1", 1)
    plan = s.CreateSession(warehouse=WAREHOUSE, allowed_counters=(ANN,))
    session = store.memory.do(counting.create_session, plan, store.by(EVE)).id
    commands = COMMANDS | {"start": start(session), "cancel": cancel(session)}

    async def person(does: list[str]) -> None:
        for name in does:
            await (closes(store) if name == "close" else run(store, commands[name]))

    everybody: list[Coroutine[Any, Any, None]] = [person(does) for does in names]
    everybody.append(person(["empty", "close"]))
    try:
        interleaved(everybody, lambda many: data.draw(st.integers(0, many - 1)))
    finally:
        for one in everybody:
            one.close()
    check(store.memory, session)


def interleaved(everybody: list[Coroutine[Any, Any, None]], which: Callable[[int], int]) -> None:
    """Step by step, each time one of them, until all have ended."""
    while everybody:
        number = which(len(everybody))
        try:
            everybody[number].send(None)
        except StopIteration:
            del everybody[number]


def check(whole: Memory, session: UUID) -> None:
    """Nothing is left when it is deactivated, and nothing comes until it is activated."""
    active = True
    for position, recorded in enumerate(whole.log, 1):
        event = recorded.event
        if isinstance(event, p.WarehouseDeactivated):
            active = False
            past = upto(whole, position)
            pool = past.fold(PoolStock, POOL)
            assert (pool.on_hand, pool.issuances.total) == (ZERO, ZERO)
            assert not past.fold(StockTakeSession, session).open
        elif isinstance(event, p.WarehouseActivated):
            active = True
        elif isinstance(event, (Movement, SessionStarted)):
            assert active, event
