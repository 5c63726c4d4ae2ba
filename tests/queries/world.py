"""An organization whose events its aggregates make; they are logged, projected and read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID, uuid4

import asyncpg

from adapters.identity import Identity
from adapters.postgres.books import PostgresBooks
from adapters.postgres.log import PostgresLog
from adapters.postgres.reads import PostgresReads
from adapters.postgres.together import Together
from domain.base import Aggregate, Context, Recorded
from domain.ids import counted_shelf_id, item_count_id, place_id, pool_id, product_id, warehouse_id
from domain.permissions import permissions
from domain.ports import Append, Write
from domain.stock import movement as m
from domain.stock import pool_commands as c
from domain.stock.place import OpenPlace, OpenWarehouse, Place
from domain.stock.pool_stock import PoolStock
from domain.stock.product import CreateProduct, Product
from domain.stock_take import item_commands as i
from domain.stock_take import session_commands as s
from domain.stock_take.counted_shelf import CountedShelf
from domain.stock_take.item_count import ItemCount
from domain.stock_take.item_events import ExpectedShelf
from domain.stock_take.session import StockTakeSession
from projections.all import PROJECTIONS
from projections.engine.follower import Follower

A = TypeVar("A", bound=Aggregate)
NINE = datetime(2025, 3, 25, 9, tzinfo=UTC)


def minutes(number: float) -> datetime:
    """That long after nine."""
    return NINE + timedelta(minutes=number)


class World:
    """One organization on a database of its own; `at` is the time of what happens next."""

    def __init__(self, log: PostgresLog, pool: asyncpg.Pool, people: dict[str, UUID]) -> None:
        self.log, self.pool, self.people = log, pool, people
        self.organization = people["organization"]
        self.identity = Identity(pool)
        self.at = NINE
        self.warehouse = warehouse_id(self.organization, "MAIN")
        self._known: dict[UUID, Aggregate] = {}
        self._followers = [Follower(projection) for projection in PROJECTIONS]

    def context(self, name: str = "Eve", role: str = "admin", **more: Any) -> Context:
        """Somebody who acts now."""
        return Context(
            organization=self.organization,
            actor=self.people[name],
            now=self.at,
            fresh=uuid4(),
            permissions=permissions((role,)),
            warehouses=(self.warehouse,),
            **more,
        )

    def reads(self, name: str = "Eve", role: str = "admin", **more: Any) -> PostgresReads:
        """The read models as somebody sees them."""
        return PostgresReads(Together(self.pool), self.context(name, role, **more), self.identity)

    def get(self, kind: type[A], stream: UUID) -> A:
        """An aggregate in its newest state."""
        found = self._known.setdefault(stream, kind.blank(stream))
        assert isinstance(found, kind)
        return found

    async def save(self, *aggregates: Aggregate) -> int:
        """Appends what they recorded, one append for each actor, and projects it."""
        writes: defaultdict[UUID, list[Write]] = defaultdict(list)
        for one in aggregates:
            events = tuple(e for e in one.collect_events() if isinstance(e, Recorded))
            write = Write(one.id, one.name, one.version - len(events), events)
            writes[events[0].actor].append(write)
        for actor, written in writes.items():
            await self.log.append(Append(self.organization, actor, tuple(written)))
        await self.project()
        return await self.log.head()

    async def project(self, *, only: Callable[[Follower[Any]], bool] = lambda _: True) -> None:
        """Brings the projections to the log's head."""
        async with self.pool.acquire() as connection:
            for follower in filter(only, self._followers):
                await follower.load(connection)
                await follower.follow(connection, await self.log.read(follower.position, 10_000))
                assert not follower.parked

    async def open(self) -> None:
        """Opens the warehouse MAIN."""
        place = self.get(Place, self.warehouse)
        place.open_warehouse(OpenWarehouse(code="MAIN", name="Main"), self.context())
        await self.save(place)

    async def product(self, sku: str, **facts: Any) -> UUID:
        """Adds a product."""
        return (await self.products([sku], **facts))[0]

    async def products(self, skus: Sequence[str], **facts: Any) -> list[UUID]:
        """Adds products that differ in nothing but their SKU and name."""
        added = [self.get(Product, product_id(self.organization, sku)) for sku in skus]
        for product, sku in zip(added, skus, strict=True):
            command = CreateProduct(sku=sku, **{"name": sku.title(), **facts})
            product.create(command, self.context())
        await self.save(*added)
        return [product.id for product in added]

    async def pool_at(self, product: UUID, shelf: str) -> PoolStock:
        """The stock entry, opened with its place where it is new."""
        place = self.get(Place, place_id(self.warehouse, shelf))
        if not place.version:
            root = self.get(Place, self.warehouse)
            place.open_under(root, OpenPlace(warehouse=root.id, code=shelf), self.context())
            await self.save(place)
        pool = self.get(PoolStock, pool_id(product, place.id))
        created = m.PoolCreated(
            product=product,
            place=place.id,
            warehouse=self.warehouse,
            place_code=shelf,
            whole=self.get(Product, product).whole,
            threshold=self.get(Product, product).facts.threshold,
        )
        pool.open(created, self.context())
        return pool

    async def stock(self, product: UUID, shelf: str, quantity: str, cost: str = "1") -> PoolStock:
        """Receives a quantity."""
        pool = await self.pool_at(product, shelf)
        received = c.ReceiveStock(quantity=Decimal(quantity), unit_cost=Decimal(cost))  # type: ignore[arg-type]  # plain decimals do
        pool.receive(received, self.context())
        await self.save(pool)
        return pool

    async def use(self, pool: PoolStock, quantity: str, occurred_at: datetime | None = None) -> int:
        """Takes a quantity out of stock."""
        consume = c.ConsumeStock(
            quantity=Decimal(quantity),  # type: ignore[arg-type]  # a plain decimal does
            job="sale",
            occurred_at=occurred_at,
        )
        pool.consume(consume, self.context())
        return await self.save(pool)

    async def session(
        self, expected: dict[UUID, dict[str, str]], code: str = "ST-MAR25A", **setup: Any
    ) -> StockTakeSession:
        """A stock-take by Ann and Bob, started over those books; without any it stays a DRAFT."""
        session = self.get(StockTakeSession, uuid4())
        counters = (self.people["Ann"], self.people["Bob"])
        usual = {"warehouse": self.warehouse, "allowed_counters": counters}
        create = s.CreateSession(**{**usual, **setup})
        session.create(create, code, self.context())
        counts = []
        for product, shelves in expected.items():
            counts.append(self.count_of(session, product))
            places = tuple(
                ExpectedShelf(place_id(self.warehouse, shelf), shelf, Decimal(book))
                for shelf, book in shelves.items()
            )
            counts[-1].expect(session, product, places, self.context())
        if expected:
            session.start(len(counts), self.context())
        await self.save(session, *counts)
        return session

    def count_of(self, session: StockTakeSession, product: UUID) -> ItemCount:
        """The count of a product."""
        return self.get(ItemCount, item_count_id(session.id, product))

    async def lock(self, session: StockTakeSession, product: UUID, name: str) -> None:
        """Somebody locks an item."""
        count = self.count_of(session, product)
        lock = i.LockItem(session=session.id, item=product)
        count.acquire(lock, session, self.get(Product, product), self.context(name, "counter"))
        await self.save(count)

    async def count(
        self, session: StockTakeSession, product: UUID, shelf: str, quantity: str, name: str
    ) -> int:
        """Somebody counts a product on a shelf."""
        return await self.save(await self.counted(session, product, shelf, quantity, name))

    async def counted(
        self, session: StockTakeSession, product: UUID, shelf: str, quantity: str, name: str
    ) -> ItemCount:
        """The count with what somebody counted, still to be saved."""
        count = self.count_of(session, product)
        context = self.context(name, "counter")
        books = PostgresBooks(self.pool, self.organization, self.log.head, _nowhere)
        book = await books.book(self.warehouse, product, context.now, "usable")
        counted = self.get(CountedShelf, counted_shelf_id(session.id, shelf))
        command = i.RecordCount(
            session=session.id,
            item=product,
            shelf=shelf,
            quantity=Decimal(quantity),  # type: ignore[arg-type]  # a plain decimal does
        )
        count.count(command, session, counted, self.get(Product, product), book, context)
        return count


async def _nowhere(_names: object, _position: int, _of: object) -> None:
    """Nothing waits: everything is projected by then."""
