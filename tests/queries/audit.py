"""What an auditor does: he reads all pages, and completes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.stock_take import session_commands as s
from domain.stock_take.item_events import ItemPosted, Posting
from domain.stock_take.session import StockTakeSession
from domain.stock_take.session_events import Totals
from projections.queries.history import History, HistoryEntry, history
from projections.queries.variances import ItemVariance, Variances, item_variances
from tests.queries.world import World


async def shown(world: World, session: StockTakeSession, **asked: Any) -> dict[str, ItemVariance]:
    """All pages of the variances, by SKU."""
    return {one.sku: one for one in await every(world, session, **asked)}


async def every(world: World, session: StockTakeSession, **asked: Any) -> list[ItemVariance]:
    """All pages of the variances, in their order."""
    found: list[ItemVariance] = []
    after: str | None = None
    while True:
        query = Variances(cursor=after, **asked)
        page = await item_variances(query, world.reads("Eve", "auditor"), session.id)
        found += page.items
        after = page.next
        if after is None:
            return found


async def replayed(world: World, session: StockTakeSession, **asked: Any) -> list[HistoryEntry]:
    """All pages of the history."""
    found: list[HistoryEntry] = []
    after: str | None = None
    while True:
        query = History(cursor=after, **asked)
        page = await history(query, world.reads("Eve", "auditor"), session.id)
        found += page.items
        after = page.next
        if after is None:
            return found


async def complete(world: World, session: StockTakeSession, product: UUID, delta: str) -> None:
    """Freezes, posts one item as its variance says, and ends the session in the same append."""
    session.freeze(s.CompleteSession(policy="LEAVE"), world.context())
    await world.save(session)
    (variance,) = [v for v in await every(world, session) if v.item == product]
    count = world.count_of(session, product)
    pool = await world.pool_at(product, "A1")
    pool.adjust_to_count(Decimal(delta), "usable", session.id, count.id, world.context())
    posted = ItemPosted(
        session=session.id,
        item=product,
        warehouse=world.warehouse,
        counted=variance.counted or Decimal(0),
        book=variance.book,
        variance=variance.variance or Decimal(0),
        quarantine_variance=Decimal(0),
        as_of=variance.as_of or world.at,
        position=variance.position,
        unit_cost=variance.unit_cost,
        value=variance.value,
        partial=False,
        postings=(Posting(pool.id, pool.place, "usable", Decimal(delta)),),
    )
    count.post(posted, world.context())
    money = Decimal("0.00")
    totals = Totals(items=1, posted=1, uncounted=0, left_out=0, net_value=money, gross_value=money)
    counters = frozenset(line.counter for line in count.lines.values())
    session.complete(totals, counters, world.context())
    await world.save(session, count, pool)
