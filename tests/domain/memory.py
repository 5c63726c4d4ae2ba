"""A log in memory, and commands over several aggregates run on it: the domain without its adapters.

What the books know is worked out from all events anew each time: slow, short, and nobody's copy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

import msgspec

from domain import books
from domain.base import Aggregate, Context, Event, NotFound, Recorded, Refused
from domain.books import Book, Left, Remains, ScopeItem
from domain.directory import Directory
from domain.effects import Effect
from domain.ids import item_count_id
from domain.people.member import Member
from domain.people.member_events import MemberEvent
from domain.ports import UnitOfWork
from domain.quantity import ZERO
from domain.stock.movement import Bucket, Movement, PoolCreated
from domain.stock.place import PlaceOpened
from domain.stock.pool_stock import PoolStock
from domain.stock_take.item_count import ItemCount
from domain.stock_take.item_events import ItemCountEvent
from domain.stock_take.posting import NOTHING
from domain.stock_take.session_events import Scope, Totals
from domain.stock_take.variance import Evidence, Line, Move, Pool
from tests.domain.people.names import Names

A = TypeVar("A", bound=Aggregate)
C = TypeVar("C")
T = TypeVar("T")
P = ParamSpec("P")


def finish(work: Awaitable[T]) -> T:
    """The result of what never has to wait."""
    assert isinstance(work, Coroutine)
    try:
        work.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # a coroutine's result is not in its type
    raise AssertionError("it waited")


class Memory:
    """The log, the claims, and what products cost."""

    def __init__(self) -> None:
        self.log: list[Recorded] = []
        self.streams: defaultdict[UUID, list[Recorded]] = defaultdict(list)
        self.claims: dict[tuple[UUID, str, str], UUID] = {}
        self.costs: dict[UUID, Decimal] = {}
        self.names = Names()

    def do(
        self,
        function: Callable[Concatenate[C, UnitOfWork, P], Awaitable[A]],
        command: C,
        context: Context,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> A:
        """Runs one command: all of it is recorded, or nothing."""
        unit = Unit(self, context)
        answer = finish(function(command, unit, *args, **kwargs))
        unit.commit()
        return answer

    def decide(
        self,
        kind: type[A],
        stream: UUID,
        decide: Callable[Concatenate[A, P], object],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        """Runs one decision of one aggregate."""
        aggregate = self.fold(kind, stream)
        decide(aggregate, *args, **kwargs)
        self.append(aggregate)

    def fold(self, kind: type[A], stream: UUID) -> A:
        """The aggregate as it is now."""
        aggregate = kind.blank(stream)
        for recorded in self.streams[stream]:
            recorded.mutate(aggregate)
        return aggregate

    def append(self, aggregate: Aggregate) -> None:
        """Records what the aggregate decided."""
        for pending in aggregate.pending_events:
            assert isinstance(pending, Recorded)
            pending.position = len(self.log) + 1
            pending.recorded_at = aggregate.modified_on
            self.log.append(pending)
            self.streams[aggregate.id].append(pending)

    def events(self, kind: type[Event]) -> list[Any]:
        """All that happened of a kind, in order."""
        return [one.event for one in self.log if isinstance(one.event, kind)]

    def pools(self, warehouse: UUID, product: UUID) -> list[Pool]:
        """The product's pools in the warehouse with all of their movements."""
        key = (warehouse, product)
        moves: defaultdict[UUID, list[Move]] = defaultdict(list)
        for one in self.log:
            event = one.event
            if isinstance(event, Movement) and (event.warehouse, event.product) == key:
                move = Move(one.occurred_at, event.delta, event.quarantine_delta)
                moves[one.stream].append(move)
        stocks = {stream: self.fold(PoolStock, stream) for stream in moves}
        pools = [
            Pool(stream, one.place, one.place_code, one.on_hand, one.quarantine, (*moves[stream],))
            for stream, one in stocks.items()
        ]
        return sorted(pools, key=lambda pool: (pool.shelf, pool.id))


class Books:
    """What the read models would know, from the log itself."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    async def reach(self, position: int | None = None) -> int:
        """It always has."""
        return len(self.memory.log)

    async def scope(self, warehouse: UUID, scope: Scope) -> list[ScopeItem]:
        """What has stock; the tests narrow nothing."""
        assert scope == Scope()
        products = {event.product for event in self.memory.events(Movement)}
        found = []
        for product in sorted(products):
            pools = [pool for pool in self.memory.pools(warehouse, product) if pool.on_hand]
            places = tuple((pool.place, pool.shelf, pool.on_hand) for pool in pools)
            found += [ScopeItem(product, places)] if places else []
        return found

    async def book(self, warehouse: UUID, product: UUID, at: datetime, bucket: Bucket) -> Book:
        """By all that had occurred at the instant."""
        pools = self.memory.pools(warehouse, product)
        return Book(sum((pool.book(at, bucket) for pool in pools), ZERO), len(self.memory.log))

    async def left(self, warehouse: UUID, now: datetime) -> Left:
        """By the entries themselves."""
        created = {o.stream for o in self.memory.log if isinstance(o.event, PoolCreated)}
        pools = [self.memory.fold(PoolStock, stream) for stream in sorted(created)]
        own = [pool for pool in pools if pool.warehouse == warehouse]
        full = [p for p in own if any((p.on_hand, p.quarantine, p.issuances.total))]
        return Left(len(full), sum(pool.binding(now) > ZERO for pool in own))

    async def evidence(self, session: UUID, items: Sequence[UUID]) -> list[Evidence]:
        """As of now."""
        return [self._evidence(self.memory.fold(ItemCount, item)) for item in items]

    def _evidence(self, count: ItemCount) -> Evidence:
        lines = (
            Line(one.place, one.shelf, one.quantity, one.counted_at, one.bucket)
            for one in count.lines.values()
        )
        return Evidence(
            item_count=count.id,
            item=count.item,
            warehouse=count.warehouse,
            position=len(self.memory.log),
            expected=frozenset(shelf.place for shelf in count.shelves),
            lines=tuple(lines),
            pools=tuple(self.memory.pools(count.warehouse, count.item)),
            unit_cost=self.memory.costs.get(count.item),
            found=count.found,
        )

    async def items(self, session: UUID, after: UUID, limit: int) -> list[UUID]:
        """The session's unposted item counts, in the order of their ids."""
        found = {count.id for count in self._counts(session) if count.posted is None}
        return sorted(one for one in found if one > after)[:limit]

    async def counters(self, session: UUID) -> frozenset[UUID]:
        """Everybody who has a count in the session that stands."""
        lines = (line for count in self._counts(session) for line in count.lines.values())
        return frozenset(line.counter for line in lines)

    async def totals(self, session: UUID, leave_out: Sequence[UUID]) -> Totals:
        """How many items there are, left out, or uncounted."""
        counts = [one for one in self._counts(session) if one.lines or not one.found]
        uncounted = sum(not one.lines and one.id not in leave_out for one in counts)
        return msgspec.structs.replace(
            NOTHING, items=len(counts), uncounted=uncounted, left_out=len(leave_out)
        )

    async def remains(self, organization: UUID) -> Remains:
        """Everybody may be a user here."""
        own = [one for one in self.memory.log if one.organization == organization]
        members = {one.stream for one in own if isinstance(one.event, MemberEvent)}
        pools = {one.stream for one in own if isinstance(one.event, Movement)}
        opened = [one.event for one in own if isinstance(one.event, PlaceOpened)]
        return Remains(
            users=sum(self.memory.fold(Member, one).active for one in members),
            stock=sum(self.memory.fold(PoolStock, one).on_hand != ZERO for one in pools),
            warehouses=sum(event.kind == "warehouse" for event in opened),
        )

    def _counts(self, session: UUID) -> list[ItemCount]:
        events = self.memory.events(ItemCountEvent)
        items = {event.item for event in events if event.session == session}
        return [self.memory.fold(ItemCount, item_count_id(session, item)) for item in items]


class Unit:
    """One command's work."""

    def __init__(self, memory: Memory, context: Context) -> None:
        self.memory, self.context = memory, context
        self.books: books.Books = Books(memory)
        self.loaded: dict[UUID, Aggregate] = {}
        self.taken: dict[tuple[UUID, str, str], tuple[UUID, type[Refused] | None]] = {}
        self.released: list[tuple[UUID, str, str]] = []

    async def load(self, kind: type[A], stream: UUID, *, of: UUID | None = None) -> A:
        """The aggregate, the same one each time."""
        if stream not in self.loaded:
            self.loaded[stream] = self.memory.fold(kind, stream)
        found = self.loaded[stream]
        assert isinstance(found, kind)
        if any(one.organization != self._whose(of) for one in self.memory.streams[stream]):
            raise NotFound
        return found

    read = look = load

    async def load_all(
        self, kind: type[A], streams: Sequence[UUID], *, of: UUID | None = None
    ) -> list[A]:
        """Each of them."""
        return [await self.load(kind, stream, of=of) for stream in streams]

    async def ahead(self, primary: Aggregate) -> None:
        """Nothing is expected here."""

    async def holder(self, kind: str, value: str, *, of: UUID | None = None) -> UUID | None:
        """Whose value it is."""
        return self.memory.claims.get((self._whose(of), kind, value))

    async def claimed(self, kind: str, prefix: str, *, of: UUID | None = None) -> int:
        """How many begin so."""
        wanted = (self._whose(of), kind)
        return sum(
            (whose, k) == wanted and value.startswith(prefix)
            for whose, k, value in self.memory.claims
        )

    def take(
        self,
        kind: str,
        value: str,
        stream: UUID,
        refusal: type[Refused] | None,
        *,
        of: UUID | None = None,
    ) -> None:
        """Claims a value with the commit."""
        self.taken[self._whose(of), kind, value] = (stream, refusal)

    def release(self, kind: str, value: str, stream: UUID, *, of: UUID | None = None) -> None:
        """Gives a value back with the commit."""
        claim = (self._whose(of), kind, value)
        assert self.memory.claims[claim] == stream
        self.released.append(claim)

    def _whose(self, of: UUID | None) -> UUID:
        return self.context.organization if of is None else of

    @property
    def directory(self) -> Directory:
        """Who people are."""
        return self.memory.names

    def then(self, effect: Effect) -> None:
        """Nothing is outside."""

    def commit(self) -> None:
        """Records all of it; a value that is taken refuses all of it."""
        for key, (_, refusal) in self.taken.items():
            if key in self.memory.claims.keys() - self.released:
                assert refusal is not None
                raise refusal
        for key in self.released:
            del self.memory.claims[key]
        self.memory.claims |= {key: stream for key, (stream, _) in self.taken.items()}
        for aggregate in self.loaded.values():
            self.memory.append(aggregate)
