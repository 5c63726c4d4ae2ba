"""The log that benchmarks stand on: a warehouse, products, and pools with a history each.

The history is one that the domain decided; SQL multiplies it, round by round over all pools, so
that no stream has its events side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5

import asyncpg
import msgspec
from argon2 import PasswordHasher

from adapters.configuration import Configuration
from adapters.identity import Identity
from adapters.passwords import Passwords
from api.migrate import migrate
from api.rebuilding import rebuilt
from domain.base import Aggregate, Context
from domain.directory import Person
from domain.ids import pool_id, product_id, warehouse_id
from domain.people.member import Member
from domain.people.organization import Organization
from domain.quantity import Quantity, UnitCost
from domain.registry import Registry
from domain.stock import movement as m
from domain.stock import pool_commands as c
from domain.stock.place import OpenWarehouse, Place
from domain.stock.pool_stock import PoolStock
from domain.stock.product import CreateProduct, Product
from projections.all import PROJECTIONS
from projections.sql import statements

if TYPE_CHECKING:
    from adapters.embedded import Servers

SQL = statements(__file__)
ORGANIZATION = uuid5(NAMESPACE_URL, "tallybook/benchmark")
MEMBER = uuid5(ORGANIZATION, "ada")
WAREHOUSE = warehouse_id(ORGANIZATION, "MAIN")
UNFINISHED = "world_unfinished"
USERNAME = "ada"
PASSWORD = "correct horse battery"  # noqa: S105 - of a person who lives for one measurement
QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
STOCK = "100000000.000"
FIRST = datetime(2025, 1, 1, tzinfo=UTC)


class World(msgspec.Struct, frozen=True):
    """Where it is, and what is in it."""

    database: str
    pools: list[UUID]
    member: UUID


def context(member: UUID, now: datetime = FIRST, fresh: UUID = ORGANIZATION) -> Context:
    """The member at work."""
    return Context(organization=ORGANIZATION, actor=member, now=now, fresh=fresh)


def product(number: int) -> UUID:
    """The n-th product."""
    return product_id(ORGANIZATION, f"SKU-{number:06}")


def pool(number: int) -> UUID:
    """The n-th pool."""
    return pool_id(product(number), WAREHOUSE)


def history(member: UUID, length: int) -> PoolStock:
    """A pool that received much, then issued and took back by turns; its events are pending."""
    stock, now = PoolStock.blank(pool(0)), context(member)
    stock.open(_created(), now)
    stock.receive(c.ReceiveStock(quantity=Quantity(STOCK), unit_cost=UnitCost("2.0000")), now)
    issue = c.IssueStock(quantity=Quantity("2.000"), member=member, reason="work")
    while stock.version < length:
        if len(stock.issuances.open) < 3:
            stock.issue(issue, now)
        else:
            stock.take_back(c.ReturnStock(), now, min(stock.issuances.open))
    return stock


async def built(servers: Servers, events: int, pools: int, *, projected: bool) -> World:
    """The world of that size, made unless it is there; `projected` with its read models."""
    name = f"people_{events}_{pools}" + "_projected" * projected
    there = await asyncpg.connect(servers.admin_url, database="postgres")
    try:
        if not await there.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await there.execute(f"DROP DATABASE IF EXISTS {UNFINISHED} WITH (FORCE)")
            if projected:
                plain = await built(servers, events, pools, projected=False)
                await there.execute(f"CREATE DATABASE {UNFINISHED} TEMPLATE {plain.database}")
                await _project(servers, UNFINISHED)
            else:
                await there.execute(f"CREATE DATABASE {UNFINISHED}")
                await _fill(servers, events, pools)
            await there.execute(f"ALTER DATABASE {UNFINISHED} RENAME TO {name}")
    finally:
        await there.close()
    await migrate(at(servers.admin_url, name))  # it may be from before the newest release
    if projected:
        await _project(servers, name)
    return World(name, [pool(number) for number in range(pools)], MEMBER)


def at(url: str, database: str) -> str:
    """The URL of another database of the same server."""
    return url.replace("/tallybook?", f"/{database}?")


async def _let_in(app_url: str) -> None:
    """Lets the one member in, who may do everything."""
    async with asyncpg.create_pool(app_url, min_size=0, max_size=1) as connections:
        identity = Identity(connections, QUICK)
        await identity.register(Person(MEMBER, ORGANIZATION, "Ada", USERNAME), datetime.now(UTC))
        await identity.set_password(MEMBER, PASSWORD)


async def _fill(servers: Servers, events: int, pools: int) -> None:
    url = at(servers.admin_url, UNFINISHED)
    await migrate(url)
    await _let_in(at(servers.database_url, UNFINISHED))
    connection = await asyncpg.connect(url)
    try:
        numbers = range(pools)
        ids, products = [pool(n) for n in numbers], [product(n) for n in numbers]
        written = 0
        for one in (_organization(), _member(), _warehouse()):
            written += await _write(connection, written, [one.id], [one.id], one)
        written += await _write(connection, written, products, products, _product())
        stock = history(MEMBER, max((events - written) // pools, 2))
        await _write(connection, written, ids, products, stock)
        await connection.execute("VACUUM ANALYZE es.events")
    finally:
        await connection.close()


async def _project(servers: Servers, name: str) -> None:
    """Makes the rows of projections that have none yet from the whole log."""
    admin_url = at(servers.admin_url, name)
    configuration = Configuration(
        database_url=at(servers.database_url, name),
        admin_database_url=admin_url,
        nats_url=servers.nats_url,
    )
    connection = await asyncpg.connect(admin_url)
    try:
        begun = "SELECT projection FROM read.checkpoints WHERE position > 0"
        known = {row["projection"] for row in await connection.fetch(begun)}
        new = [projection for projection in PROJECTIONS if projection.id not in known]
        for projection in new:
            await rebuilt(configuration, projection, check=False)
        if new:
            await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _write(
    connection: asyncpg.Connection,
    after: int,
    streams: Sequence[UUID],
    products: Sequence[UUID],
    sample: Aggregate,
) -> int:
    """The sample's events for each of the streams; returns how many."""
    registry = Registry()
    recorded: list[Any] = list(sample.collect_events())
    for one in recorded:
        name, schema, payload = registry.encode(one.event)
        await connection.execute(
            SQL["multiply"],
            *(after + (one.version - 1) * len(streams), FIRST, ORGANIZATION, one.version, schema),
            *(sample.name, name, one.actor, payload.decode(), str(product(0))),
            *(streams, products),
        )
    return len(recorded) * len(streams)


def _organization() -> Organization:
    made = Organization.blank(ORGANIZATION)
    made.create("Benchmark", "independent", None, context(MEMBER))
    return made


def _member() -> Member:
    made = Member.blank(MEMBER)
    made.add(("admin",), (WAREHOUSE,), context(MEMBER))
    return made


def _warehouse() -> Place:
    place = Place.blank(WAREHOUSE)
    place.open_warehouse(OpenWarehouse(code="MAIN", name="Main"), context(MEMBER))
    return place


def _product() -> Product:
    made = Product.blank(product(0))
    made.create(CreateProduct(sku=str(product(0)), name="Product"), context(MEMBER))
    return made


def _created() -> m.PoolCreated:
    return m.PoolCreated(
        product=product(0), place=WAREHOUSE, warehouse=WAREHOUSE, place_code="", whole=True
    )
