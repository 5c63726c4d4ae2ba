"""A year of sales lines on a whole system: the stock of any past day is the fold of the file."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from adapters.importers import online_retail
from adapters.importers.online_retail import Retail
from adapters.postgres.reads import PostgresReads
from api.aggregates import Aggregates
from api.commands import Task
from api.playing import Player
from api.services import Services
from api.services import system as itself
from api.unit_of_work import Unit
from domain.base import Context, Refused
from domain.ids import pool_id, product_id, warehouse_id
from domain.quantity import Quantity
from domain.stock import pool_commands as c
from domain.stock.imported_file import LinesTaken
from domain.stock.place import (
    ActivateWarehouse,
    DeactivateWarehouse,
    OpenWarehouse,
    Place,
    WarehouseInactive,
)
from domain.stock.pool_stock import PoolStock
from projections.all import PROJECTIONS
from projections.queries.stock import AllStock, all_inventory
from tests.importers.retail_fold import Fold, copied
from tests.nats.conftest import PATIENCE_SECONDS
from tests.system import System

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "online-retail"
FILE = DATA / "online_retail.csv.gz"
SHOP = OpenWarehouse(code="SHOP", name="Shop", timezone="Europe/London")
SOME = re.compile(r"(2107[0-9]|2249[0-9]|8485[0-9]|gift_.*|POST|C2)[a-zA-Z]*")
DAYS = ("2010-12-01", "2010-12-23", "2011-03-28", "2011-07-31", "2011-10-31", "2011-12-09")
LAST = timedelta(days=1, microseconds=-1)
"""From a day's beginning to its last moment, on the clock of the place."""
pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the real data is not at ../shared/data")


class Shop:
    """An organization that a file is played into."""

    def __init__(self, services: Services, organization: UUID, retail: Retail) -> None:
        self.services, self.organization, self.retail = services, organization, retail
        self.warehouse = warehouse_id(organization, SHOP.code)

    async def play(self, limit: int | None = None) -> LinesTaken:
        """Plays the file, or goes on with it."""
        taken = await Player(self.services, self.organization, self.retail, SHOP, limit).run()
        assert taken
        return taken

    async def stock(self, day: str) -> dict[str, int]:
        """What the read models say of the day's end in London."""
        names = [projection.id for projection in PROJECTIONS]
        head = await self.services.log.head()
        reached = self.services.positions.reached
        await reached(names, head, self.organization, PATIENCE_SECONDS)
        end = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(SHOP.timezone)) + LAST
        reads = PostgresReads(
            self.services.together,
            itself(self.organization, ("admin",)),
            self.services.identity,
            head,
            end,
        )
        stock: dict[str, int] = {}
        cursor: str | None = ""
        while cursor is not None:
            page = await all_inventory(AllStock(limit=200, cursor=cursor or None), reads)
            stock |= {entry.sku: int(entry.on_hand) for entry in page.items if entry.on_hand}
            cursor = page.next
        return stock

    async def decided(self, decide: Callable[[Place, Context], object]) -> None:
        """Something is decided about the warehouse."""

        async def work(unit: Unit) -> Place:
            place = await unit.load(Place, self.warehouse)
            decide(place, unit.context)
            return place

        context = itself(self.organization, ("admin",))
        await self.services.commands.run(Task(work, Place, context))

    async def elsewhere(self, sku: str, quantity: int) -> None:
        """Another process adjusts a product's stock."""
        log, context = self.services.log, itself(self.organization, ("admin",))
        unit = Unit(log, Aggregates(log), self.services.books(self.organization), context)
        pool = await unit.load(
            PoolStock, pool_id(product_id(self.organization, sku), self.warehouse)
        )
        pool.adjust(c.AdjustStock(quantity=Quantity(quantity), reason="elsewhere"), context)
        answer = unit.enqueue(pool.id, None)
        assert answer
        await answer


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The year's lines of some products, with returns, damages, finds and postage among them."""
    return copied(FILE, tmp_path_factory.mktemp("retail") / "part.csv", SOME)


@pytest.fixture
async def shop(system: System, part: Path) -> Shop:
    """A shop without any stock."""
    organization = await system.services.people.found(uuid4().hex)
    return Shop(system.services, organization, online_retail.read(part))


async def test_the_stock_of_any_past_day_is_the_fold_of_the_file(shop: Shop, part: Path) -> None:
    """Every line is one movement, or skipped for what it is."""
    fold = Fold(part)

    taken = await shop.play()

    assert (taken.lines, taken.skipped) == (fold.lines, fold.fees)
    assert taken.movements == fold.lines - fold.fees
    for day in DAYS:
        assert await shop.stock(day) == fold.at_end_of(day), day


async def test_an_inactive_warehouse_takes_no_file(shop: Shop) -> None:
    """Nothing of it; once it is active again the file goes in."""
    open_and_close = (
        lambda place, context: place.open_warehouse(SHOP, context),
        lambda place, context: place.deactivate(DeactivateWarehouse(), context),
        lambda place, context: place.settle(None, context),
    )
    for decide in open_and_close:
        await shop.decided(decide)
    with pytest.raises(WarehouseInactive):
        await shop.play(limit=20)
    await shop.decided(lambda place, context: place.activate(ActivateWarehouse(), context))
    taken = await shop.play(limit=20)
    assert taken is not None
    assert taken.lines == 20


async def test_an_entry_is_behind_its_product_in_the_log(shop: Shop) -> None:
    """As of any position, also one within an append, no entry is of an unknown product."""
    await shop.play(limit=500)
    asked = (
        "SELECT event_type, convert_from(payload, 'UTF8')::jsonb ->> 'product' AS product,"
        " stream_id FROM es.events WHERE organization_id = $1"
        " AND event_type IN ('product.created', 'pool_stock.created') ORDER BY position"
    )
    known, opened = set[str](), 0
    for row in await shop.services.pool.fetch(asked, shop.organization):
        if row["event_type"] == "product.created":
            known.add(str(row["stream_id"]))
        else:
            assert row["product"] in known
            opened += 1
    assert opened


async def test_no_line_is_doubled_or_lost_wherever_the_import_was_cut_short(
    shop: Shop, part: Path
) -> None:
    """Whatever it waited for at that moment; limits cut it short in good order."""
    fold = Fold(part)
    taken = None
    for turns in (1, 5, 20, 60, 150, 400):
        run = asyncio.create_task(shop.play())
        for _ in range(turns):
            await asyncio.sleep(0)
        run.cancel()
        await asyncio.wait([run])
    await shop.play(limit=fold.lines // 3)
    taken = await shop.play()
    assert await shop.play() == taken

    assert (taken.lines, taken.skipped) == (fold.lines, fold.fees)
    assert await shop.stock(DAYS[-1]) == fold.at_end_of(DAYS[-1])
    asked = "SELECT count(*) FROM read.movements_v1 WHERE warehouse = $1"
    written = await shop.services.pool.fetchval(asked, shop.warehouse)
    assert written == taken.movements + taken.receipts


async def test_stock_that_others_move_meanwhile_is_no_obstacle(shop: Shop, part: Path) -> None:
    """What is in memory is then not what is in the log."""
    fold = Fold(part)
    await shop.play(limit=10)
    sku = next(shop.retail.moves()).sku
    await shop.elsewhere(sku, 7)

    assert (await shop.play()).lines == fold.lines

    expected = fold.at_end_of(DAYS[-1])
    assert await shop.stock("2100-01-01") == expected | {sku: expected.get(sku, 0) + 7}


async def test_a_rule_that_refuses_a_line_leaves_nothing_half_done(shop: Shop) -> None:
    """Here somebody took away what a later line needs."""
    await shop.play(limit=10)
    sku = next(shop.retail.moves()).sku
    there = (await shop.stock("2100-01-01"))[sku]
    await shop.elsewhere(sku, -there)

    with pytest.raises(Refused, match="Insufficient stock"):
        await shop.play()
    await shop.elsewhere(sku, there)
    assert (await shop.play()).lines == shop.retail.lines
