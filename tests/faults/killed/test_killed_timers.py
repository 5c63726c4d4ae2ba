"""The process that posts a stock-take is killed in the middle of it."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import pytest

from api.services import Services
from domain.stock.movement import CountAdjusted
from domain.stock_take.item_events import ItemPosted
from domain.stock_take.posting import CHUNK
from domain.stock_take.session_events import SessionCompleted
from projections.all import PROJECTIONS
from tests.conftest import Database
from tests.faults.killed.site import Site, at_least, obstacle
from tests.faults.killed.stock import Warehouse
from tests.faults.rebuilt import is_replay, whole
from tests.nats.conftest import eventually

ITEMS = 1_000
APPEND_LOCK = "SELECT pg_advisory_xact_lock(7236001)"
BOOK = [10 + number % 7 for number in range(ITEMS)]
FOUND = [book - number % 3 for number, book in enumerate(BOOK)]


@pytest.mark.rule("T-1.8-b")
async def test_every_item_is_posted_once_however_often_posting_is_killed(
    site: Site, hand: Services, database: Database
) -> None:
    """Once while its first append is in flight, once later: no adjustment is doubled or missing."""
    site.start("projector")
    warehouse = await Warehouse.filled(hand, BOOK)
    session = await warehouse.counted(FOUND)
    await warehouse.complete(session)
    async with obstacle(database.admin_url, APPEND_LOCK) as met:
        site.start("timers")
        await met()
        site.kill("timers")
    assert await _posted(hand) <= CHUNK
    site.start("timers")
    await at_least(lambda: _posted(hand), 2 * CHUNK)
    site.kill("timers")
    site.start("timers")
    await eventually(lambda: _completed(hand, session))
    log = await whole(hand.log)
    adjusted = Counter(e.event.product for e in log if isinstance(e.event, CountAdjusted))
    items = Counter(e.event.item for e in log if isinstance(e.event, ItemPosted))
    products = [warehouse.product(number) for number in range(ITEMS)]
    assert items == dict.fromkeys(products, 1)
    assert adjusted == {p: 1 for p, b, f in zip(products, BOOK, FOUND, strict=True) if b != f}
    (end,) = (e for e in log if isinstance(e.event, SessionCompleted))
    assert isinstance(end.event, SessionCompleted)
    assert (end.stream, end.event.totals.posted) == (session, ITEMS)
    assert end.position > max(e.position for e in log if isinstance(e.event, ItemPosted))
    await warehouse.projected()
    assert await _on_hand(hand) == dict(zip(products, FOUND, strict=True))
    for projection in PROJECTIONS:
        assert await is_replay(hand.pool, projection, log), projection.id


async def _posted(hand: Services) -> int:
    asked = "SELECT count(*) FROM es.events WHERE event_type = 'item_count.posted'"
    return int(await hand.pool.fetchval(asked))


async def _completed(hand: Services, session: UUID) -> bool:
    history = await hand.log.load([session])
    return isinstance(history[-1].event, SessionCompleted)


async def _on_hand(hand: Services) -> dict[UUID, int]:
    rows = await hand.pool.fetch("SELECT product, on_hand FROM read.stock_levels_v1")
    return {row["product"]: int(row["on_hand"]) for row in rows}
