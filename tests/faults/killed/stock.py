"""Much stock in few appends, and a stock-take of all of it, without going through HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import msgspec

from api.commands import Answer, Task
from api.importing import Import
from api.services import SYSTEM, Services, system
from api.unit_of_work import Unit
from domain.base import Aggregate
from domain.ids import product_id, warehouse_id
from domain.quantity import Quantity, UnitCost
from domain.stock.entries import AdminAdjustAt, BulkAdjust, bulk_adjust
from domain.stock.opening import ImportStock, OpeningStock
from domain.stock.place import OpenWarehouse
from domain.stock.pool_stock import PoolStock
from domain.stock.product import CreateProduct
from domain.stock_take import session_commands as c
from domain.stock_take.counting import complete_session, create_session, record_count, start_session
from domain.stock_take.item_commands import RecordCount
from domain.stock_take.item_count import ItemCount
from domain.stock_take.session import StockTakeSession
from projections.all import PROJECTIONS
from tests.nats.conftest import PATIENCE_SECONDS

AT_ONCE = 16
AUDITOR = UUID(int=11)
"""Who completes what we counted."""


class Warehouse:
    """An organization with one warehouse, in which we do everything ourselves."""

    def __init__(self, services: Services, organization: UUID) -> None:
        self.services, self.organization = services, organization
        self.id = warehouse_id(organization, "MAIN")

    @classmethod
    async def filled(
        cls, services: Services, quantities: list[int], id_: UUID | None = None
    ) -> Warehouse:
        """That much of each of so many products of an organization, on shelf A1."""
        organization = id_ or uuid4()
        await services.people.found(f"Company {organization}", id_=organization)
        names = [f"SKU{n}" for n in range(len(quantities))]
        command = ImportStock(
            warehouses=(OpenWarehouse(code="MAIN", name="Main"),),
            products=tuple(
                CreateProduct(sku=name, name=name, unit_cost=UnitCost("1.00")) for name in names
            ),
            stock=tuple(
                OpeningStock(warehouse="MAIN", location="A1", sku=name, quantity=Quantity(quantity))
                for name, quantity in zip(names, quantities, strict=True)
            ),
        )
        await Import(services, organization, command).run()
        return cls(services, organization)

    def product(self, number: int) -> UUID:
        """The id of that product."""
        return product_id(self.organization, f"SKU{number}")

    async def run(
        self, kind: type[Aggregate], decide: Callable[[Unit], Awaitable[Any]], actor: UUID = SYSTEM
    ) -> Answer:
        """One command, in our own name or another's."""
        context = msgspec.structs.replace(system(self.organization, ("admin",)), actor=actor)
        return await self.services.commands.run(Task(decide, kind, context))

    async def adjust(self, numbers: range) -> None:
        """One more of each of these products, in one append."""
        moved = tuple(
            AdminAdjustAt(
                product=self.product(number),
                location="A1",
                quantity=Quantity(1),
                reason="found",
                store_id=self.id,
            )
            for number in numbers
        )
        await self.run(PoolStock, lambda unit: bulk_adjust(BulkAdjust(adjustments=moved), unit))

    async def counted(self, quantities: list[int]) -> UUID:
        """A stock-take in which that much was counted of each product."""
        await self.projected()
        plan = c.CreateSession(warehouse=self.id, allowed_counters=(SYSTEM,))
        session = (await self.run(StockTakeSession, lambda u: create_session(plan, u))).stream
        start = c.StartSession()
        await self.run(StockTakeSession, lambda unit: start_session(start, unit, session))
        turn = asyncio.Semaphore(AT_ONCE)

        async def count(number: int, quantity: int) -> None:
            item = self.product(number)
            found = RecordCount(session=session, item=item, shelf="A1", quantity=Quantity(quantity))
            async with turn:
                await self.run(ItemCount, lambda unit: record_count(found, unit))

        await asyncio.gather(*(count(*each) for each in enumerate(quantities)))
        return session

    async def projected(self) -> None:
        """Waits until the read models know all of it."""
        names = [projection.id for projection in PROJECTIONS]
        head = await self.services.log.head()
        reached = self.services.positions.reached
        await reached(names, head, self.organization, PATIENCE_SECONDS)

    async def complete(self, session: UUID) -> None:
        """Freezes it: from here on it is the timers' work."""
        command = c.CompleteSession()
        await self.run(
            StockTakeSession, lambda unit: complete_session(command, unit, session), AUDITOR
        )
