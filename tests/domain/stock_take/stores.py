"""A warehouse in memory with a stock-take in it: what happens there, said in short."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Concatenate, ParamSpec
from uuid import UUID, uuid5

from domain.base import Context
from domain.ids import LocalId, item_count_id, place_id, pool_id
from domain.permissions import ROLES
from domain.processes.post_stock_take import post_stock_take
from domain.quantity import UnitCost
from domain.stock import movement as m
from domain.stock import pool_commands as c
from domain.stock.place import Place, PlaceOpened
from domain.stock.pool_stock import PoolStock
from domain.stock.product import Product
from domain.stock_take import counting, posting
from domain.stock_take import item_commands as i
from domain.stock_take import session_commands as s
from domain.stock_take.item_count import ItemCount
from domain.stock_take.item_events import ItemPosted
from domain.stock_take.session import StockTakeSession
from domain.stock_take.session_events import Policy
from tests.domain.memory import Books, Memory, finish
from tests.domain.stock.pools import PRODUCT, WAREHOUSE, q
from tests.domain.stock.products import created
from tests.specification import ANN, BOB, EVE, FRESH, ORGANIZATION, at

P = ParamSpec("P")
ADMIN = ROLES["admin"] | ROLES["system"]


class Store:
    """Pools on shelves of one warehouse, and one session over them; `now` is set by the test."""

    def __init__(self, products: Iterable[UUID] = (PRODUCT,)) -> None:
        self.memory = Memory()
        self.now = at("08:00").now
        self.session = UUID(int=0)
        opened = PlaceOpened(
            code="MAIN", name="", kind="warehouse", warehouse=WAREHOUSE, timezone="UTC"
        )
        self.memory.decide(Place, WAREHOUSE, Place.record, opened, self.by(EVE))
        for product in products:
            self.memory.decide(Product, product, Product.record, created(), self.by(EVE))

    def by(self, actor: UUID) -> Context:
        """Somebody acts now; everybody has every permission, for none is asked here."""
        fresh = uuid5(FRESH, str(len(self.memory.log)))
        return Context(ORGANIZATION, actor, self.now, fresh, ADMIN)

    def pool(self, shelf: str, product: UUID = PRODUCT) -> PoolStock:
        """The entry of the product there."""
        return self.memory.fold(PoolStock, pool_id(product, place_id(WAREHOUSE, shelf)))

    def receive(
        self,
        shelf: str,
        quantity: int,
        product: UUID = PRODUCT,
        occurred_at: datetime | None = None,
    ) -> None:
        """Stock comes in, now or earlier, into an entry that is opened where there is none."""
        place = place_id(WAREHOUSE, shelf)
        opened = m.PoolCreated(
            product=product, place=place, warehouse=WAREHOUSE, place_code=shelf, whole=True
        )
        command = c.ReceiveStock(
            quantity=q(quantity), unit_cost=UnitCost("2.0000"), occurred_at=occurred_at
        )
        self.at(shelf, product, PoolStock.open, opened, self.by(EVE))
        self.at(shelf, product, PoolStock.receive, command, self.by(EVE))

    def sell(
        self,
        shelf: str,
        quantity: int,
        product: UUID = PRODUCT,
        occurred_at: datetime | None = None,
    ) -> None:
        """Stock goes out, now or earlier."""
        command = c.ConsumeStock(quantity=q(quantity), job="sale", occurred_at=occurred_at)
        self.at(shelf, product, PoolStock.consume, command, self.by(EVE))

    def at(
        self,
        shelf: str,
        product: UUID,
        decide: Callable[Concatenate[PoolStock, P], object],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        """Something happens to the product's entry there."""
        stream = pool_id(product, place_id(WAREHOUSE, shelf))
        self.memory.decide(PoolStock, stream, decide, *args, **kwargs)

    def delete(self, shelf: str, product: UUID = PRODUCT) -> None:
        """The empty entry is removed."""
        self.at(shelf, product, PoolStock.delete, c.DeleteEntry(), self.by(EVE))

    def start(self, *, claims_shelves: bool = False) -> None:
        """Eve plans and starts a stock-take by Ann and Bob."""
        wish = s.CreateSession(
            warehouse=WAREHOUSE, allowed_counters=(ANN, BOB), claims_shelves=claims_shelves
        )
        session = self.memory.do(counting.create_session, wish, self.by(EVE))
        self.session = session.id
        self.memory.do(counting.start_session, s.StartSession(), self.by(EVE), session.id)

    def act(self, decide: Callable[[StockTakeSession, Context], object]) -> None:
        """Eve does something with the session."""
        self.memory.decide(StockTakeSession, self.session, decide, self.by(EVE))

    def lock(self, who: UUID, product: UUID = PRODUCT) -> None:
        """Somebody asks for the item."""
        wish = i.LockItem(session=self.session, item=product)
        self.memory.do(counting.lock_item, wish, self.by(who))

    def count(self, who: UUID, shelf: str, quantity: int, product: UUID = PRODUCT) -> None:
        """Somebody says how much is on a shelf."""
        wish = i.RecordCount(session=self.session, item=product, shelf=shelf, quantity=q(quantity))
        self.memory.do(counting.record_count, wish, self.by(who))

    def withdraw(self, who: UUID, number: int, product: UUID = PRODUCT) -> None:
        """Somebody takes a line back."""
        line = LocalId(self.counted(product).id, number)
        self.memory.do(counting.withdraw_count, i.WithdrawCount(), self.by(who), line)

    def counted(self, product: UUID = PRODUCT) -> ItemCount:
        """The count of the product."""
        return self.memory.fold(ItemCount, item_count_id(self.session, product))

    def complete(
        self,
        policy: Policy = "LEAVE",
        leave_out: tuple[UUID, ...] = (),
        who: UUID = EVE,
        override: str | None = None,
    ) -> StockTakeSession:
        """Eve, or somebody else, completes the session; what became of it."""
        wish = s.CompleteSession(policy=policy, leave_out=leave_out, override=override)
        freeze = StockTakeSession.freeze
        self.memory.decide(StockTakeSession, self.session, freeze, wish, self.by(who))
        session = self.memory.fold(StockTakeSession, self.session)
        finish(post_stock_take(session, Books(self.memory), Poster(self), self.by(EVE)))
        return self.memory.fold(StockTakeSession, self.session)

    @property
    def variances(self) -> dict[UUID, Decimal]:
        """What was posted of each product."""
        return {one.item: one.variance for one in self.memory.events(ItemPosted)}


class Poster:
    """Runs what the posting process asks for."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def thaw(self, session: UUID, command: posting.ThawSession) -> None:
        """Gives the session back."""
        self.store.memory.do(posting.thaw_session, command, self.store.by(EVE), session)

    async def post(self, session: UUID, command: posting.PostItems) -> None:
        """Posts a chunk."""
        self.store.memory.do(posting.post_items, command, self.store.by(EVE), session)
