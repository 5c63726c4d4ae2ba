"""The projector is killed in the middle of catching up, again and again."""

from __future__ import annotations

from api.services import Services
from projections.all import PROJECTIONS
from projections.catalogue import PRODUCTS
from projections.movements import MOVEMENTS
from projections.stock import STOCK_LEVELS
from tests.conftest import Database
from tests.faults.killed.site import Site, at_least, obstacle
from tests.faults.killed.stock import Warehouse
from tests.faults.rebuilt import is_replay, whole
from tests.nats.conftest import eventually

NUMBER, CHUNK = 600, 200


async def test_rows_are_the_replay_of_the_log_wherever_the_projector_was_killed(
    site: Site, hand: Services, database: Database
) -> None:
    """In a transaction that writes rows, several times: none is applied twice or left out."""
    warehouse = await Warehouse.filled(hand, [5] * NUMBER)
    for projection in (PRODUCTS, MOVEMENTS, STOCK_LEVELS):
        for first in range(0, NUMBER, CHUNK):
            await warehouse.adjust(range(first, first + CHUNK))
        async with obstacle(database.admin_url, f"LOCK {projection.table}") as met:
            site.start("projector")
            await met()
            site.kill("projector")
    head = await hand.log.head()
    site.start("projector")
    await at_least(lambda: _furthest(hand), head // 2)
    site.kill("projector")
    site.start("projector")
    await eventually(lambda: _all_there(hand, head))
    log = await whole(hand.log)
    assert [event.position for event in log] == list(range(1, head + 1))
    for projection in PROJECTIONS:
        assert await is_replay(hand.pool, projection, log), projection.id


async def _furthest(hand: Services) -> int:
    asked = "SELECT coalesce(max(position), 0) FROM read.checkpoints"
    return int(await hand.pool.fetchval(asked))


async def _hindmost(hand: Services) -> int:
    return int(await hand.pool.fetchval("SELECT min(position) FROM read.checkpoints"))


async def _all_there(hand: Services, head: int) -> bool:
    return await _hindmost(hand) >= head
