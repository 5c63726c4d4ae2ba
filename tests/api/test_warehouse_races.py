"""Stock that comes while a warehouse is deactivated: an inactive warehouse never has any."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from functools import partial
from inspect import iscoroutinefunction
from typing import Any
from uuid import UUID

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from adapters.configuration import Configuration
from adapters.metrics import Metrics
from api.commands import Commands, Task
from api.services import services
from api.services import system as by_itself
from api.unit_of_work import Unit
from domain.base import Aggregate
from domain.quantity import Quantity, UnitCost
from domain.stock import entries
from domain.stock.movement import Movement
from domain.stock.opening import ImportStock, OpeningStock, import_stock
from domain.stock.place import (
    OpenWarehouse,
    Place,
    WarehouseActivated,
    WarehouseDeactivated,
    WarehouseInactive,
)
from domain.stock.pool_commands import ReceiveStock
from domain.stock.pool_stock import PoolStock
from domain.stock.product import CreateProduct
from domain.stock_take import counting
from domain.stock_take.session import StockTakeSession
from domain.stock_take.session_commands import CreateSession, StartSession
from domain.stock_take.session_events import SessionCreated, SessionStarted
from tests.api.shop import Shop
from tests.api.takes import stocked
from tests.conftest import Database
from tests.system import Company, System


@pytest.fixture
async def elsewhere(shared_database: Database, nats: str, tmp_path: Any) -> AsyncIterator[Commands]:
    """The commands of another process: it has aggregates in a memory of its own."""
    where = Configuration(home=tmp_path, database_url=shared_database.app_url, nats_url=nats)
    async with services(where, Metrics(CollectorRegistry())) as parts:
        yield parts.commands


class Interruption:
    """Something that happens once, before the n-th thing that a decision waits for."""

    def __init__(self, happens: Callable[[], Awaitable[object]], before: int) -> None:
        self._happens, self._before = happens, before
        self.happened = False

    async def step(self) -> None:
        """Something is waited for."""
        if self._before == 0 and not self.happened:
            self.happened = True
            await self._happens()
        self._before -= 1


class Interrupted:
    """A unit of work in which something happens between its loads."""

    def __init__(self, unit: Unit, interruption: Interruption) -> None:
        self._unit, self._interruption = unit, interruption

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._unit, name)

        async def later(*arguments: Any) -> Any:
            await self._interruption.step()
            return await found(*arguments)

        return later if iscoroutinefunction(found) else found


class Scene(msgspec.Struct, frozen=True):
    """A warehouse with an entry that was emptied, and a stock-take that could start."""

    warehouse: UUID
    code: str
    product: UUID
    sku: str
    pool: UUID
    draft: UUID
    counters: tuple[UUID, ...]


async def scene(shop: Shop) -> Scene:
    """A fresh one."""
    admin, company = shop.admin, shop.company
    code, sku = shop.name("W"), shop.name("SKU")
    warehouse = (await admin.done("/warehouses", {"code": code, "name": "Other"}))["id"]
    entry = (await stocked(admin, warehouse, sku, {"A1": 0}))[sku, "A1"]
    counters = tuple(map(UUID, company.counters))
    scope = {"include_zero_stock": True}
    plan = {"warehouse": warehouse, "allowed_counters": company.counters, "scope": scope}
    draft = (await company["auditor"].done("/stock-take/sessions", plan))["id"]
    product, pool = entry["product"], entry["id"]
    ids = (UUID(warehouse), code, UUID(product), sku, UUID(pool), UUID(draft), counters)
    return Scene(*ids)


Decide = Callable[[Any], Awaitable[Aggregate]]


def _set(at: Scene) -> Decide:
    where = {"product": at.product, "store_id": at.warehouse, "location": "A1"}
    command = entries.AdminSetAt(quantity=Quantity("5"), reason="found", **where)  # type: ignore[arg-type]  # as it is
    return lambda unit: entries.admin_set_at(command, unit)


def _bulk(at: Scene) -> Decide:
    where = {"product": at.product, "store_id": at.warehouse, "location": "A1"}
    one = entries.AdminAdjustAt(quantity=Quantity("5"), reason="found", **where)  # type: ignore[arg-type]  # as it is
    command = entries.BulkAdjust(adjustments=(one,))
    return lambda unit: entries.bulk_adjust(command, unit)


def _receive(at: Scene) -> Decide:
    command = ReceiveStock(quantity=Quantity("5"), unit_cost=UnitCost("1"))
    return lambda unit: entries.receive(command, unit, at.pool)


def _import(at: Scene) -> Decide:
    row = OpeningStock(warehouse=at.code, location="B7", sku=at.sku, quantity=Quantity("5"))
    command = ImportStock(
        warehouses=(OpenWarehouse(code=at.code, name="Other"),),
        products=(CreateProduct(sku=at.sku, name="x"),),
        stock=(row,),
    )
    return lambda unit: import_stock(command, unit)


def _plan(at: Scene) -> Decide:
    command = CreateSession(warehouse=at.warehouse, allowed_counters=at.counters)
    return lambda unit: counting.create_session(command, unit)


def _start(at: Scene) -> Decide:
    return lambda unit: counting.start_session(StartSession(), unit, at.draft)


COMINGS: dict[str, tuple[type[Aggregate], Callable[[Scene], Decide]]] = {
    "set": (PoolStock, _set),
    "bulk adjust": (PoolStock, _bulk),
    "receive": (PoolStock, _receive),
    "import": (Place, _import),
    "plan a count": (StockTakeSession, _plan),
    "start a count": (StockTakeSession, _start),
}
"""All that an inactive warehouse does not take."""


async def deactivate(company: Company, at: Scene) -> None:
    """All of it."""
    await company["admin"].done(f"/warehouses/{at.warehouse}/deactivate")


@pytest.mark.parametrize("what", COMINGS)
async def test_what_another_process_decided_before_does_not_come_in_after(
    company: Company, system: System, elsewhere: Commands, what: str
) -> None:
    """The whole deactivation lies between the decision and its append: the guard refuses that."""
    at, decisions = await scene(Shop(company)), 0
    kind, decision = COMINGS[what]
    decide = decision(at)

    async def slowly(unit: Unit) -> Aggregate:
        nonlocal decisions
        decisions += 1
        decided = await decide(unit)
        await deactivate(company, at)
        return decided

    task = Task(slowly, kind, by_itself(company.id, ("admin",)))
    with pytest.raises(WarehouseInactive):
        await elsewhere.run(task)
    assert decisions == 2
    assert await violations(system, company) == []


@pytest.mark.parametrize("what", COMINGS)
async def test_what_was_looked_at_before_is_decided_on_as_it_is_after(
    company: Company, system: System, what: str
) -> None:
    """In one process the place that was read goes on: it is asked when nothing is loaded after."""
    loads, shop = 0, Shop(company)
    while await interrupted(shop, system.services.commands, what, loads):
        loads += 1
    assert loads > 1
    assert await violations(system, company) == []


async def interrupted(shop: Shop, commands: Commands, what: str, before: int) -> bool:
    """Deactivates before that load; whether there is one. If so the command has to be refused."""
    at = await scene(shop)
    kind, decision = COMINGS[what]
    interruption, decide = Interruption(partial(deactivate, shop.company, at), before), decision(at)
    context = by_itself(shop.company.id, ("admin",))
    task = Task(lambda unit: decide(Interrupted(unit, interruption)), kind, context)
    try:
        await commands.run(task)
    except WarehouseInactive:
        assert interruption.happened
    else:
        assert not interruption.happened
    return interruption.happened


async def test_stock_that_comes_while_it_closes_is_refused_or_keeps_it_in_use(
    company: Company, system: System
) -> None:
    """Many doors and many deactivations at once."""
    at, admin = await scene(Shop(company)), company["admin"]
    path = f"/warehouses/{at.warehouse}"

    async def come_and_go(shelf: int) -> None:
        where = {"store_id": str(at.warehouse), "product": str(at.product)}
        where["location"] = f"A{shelf % 3}"
        for quantity in (2, 0, 3, 0):
            body = {**where, "quantity": quantity, "reason": "moved"}
            await admin.post("/admin/inventory/set", body)

    async def close() -> None:
        for _ in range(4):
            await admin.post(f"{path}/deactivate")
            await admin.post(f"{path}/activate")

    await asyncio.gather(*map(come_and_go, range(8)), close(), close())
    assert await violations(system, company) == []


async def violations(system: System, company: Company) -> list[str]:
    """What came into inactive warehouses, and what was left when they were deactivated."""
    asked = "SELECT DISTINCT stream_id FROM es.events WHERE organization_id = $1"
    streams = [row[0] for row in await system.services.pool.fetch(asked, company.id)]
    inactive: set[UUID] = set()
    stock: dict[UUID, tuple[UUID, Decimal]] = {}
    sessions: dict[UUID, UUID] = {}
    wrong = []
    history = await system.services.log.load(streams)
    for recorded in sorted(history, key=lambda recorded: recorded.position):
        event, stream, came_in = recorded.event, recorded.stream, None
        if isinstance(event, Movement):
            stock[stream] = (event.warehouse, event.on_hand)
            came_in = event.warehouse
        elif isinstance(event, SessionCreated):
            came_in = sessions[stream] = event.warehouse
        elif isinstance(event, SessionStarted):
            came_in = sessions[stream]
        elif isinstance(event, WarehouseDeactivated):
            inactive.add(stream)
            wrong += [
                f"{n} left at {recorded.position}" for w, n in stock.values() if w == stream and n
            ]
        elif isinstance(event, WarehouseActivated):
            inactive.discard(stream)
        if came_in in inactive:
            wrong.append(f"{event} at {recorded.position}")
    return wrong
