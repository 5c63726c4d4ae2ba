"""The evidence that variances follow from (domain.md 1.6), for posting, variances and replay alike.

Counts are folded from the log and movements taken from the ledger, both as of one position that
the ledger has reached; everything has to be fetched in one snapshot.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from domain.ids import place_id
from domain.quantity import ZERO
from domain.registry import Registry
from domain.stock.movement import Bucket
from domain.stock_take.item_count import ItemCount
from domain.stock_take.item_events import CountRecorded, ItemCountEvent
from domain.stock_take.session_events import Scope
from domain.stock_take.variance import Evidence, Line, Move, Pool
from projections.queries.base import Fetch, Row
from projections.sql import statements

SQL = statements(__file__)
REGISTRY = Registry()
NOTHING_LATER = datetime.max.replace(tzinfo=UTC)


class _Pool(msgspec.Struct):
    """A pool with its balance at the newest position, and the movements known of it."""

    row: Row
    moves: list[Row]

    def at(self, position: int, since: datetime | None) -> Pool | None:
        """The pool as known then; None where it had not moved, or is gone without a trace."""
        if self.row["first_position"] > position:
            return None
        later = [move for move in self.moves if move["position"] > position]
        moves = [
            Move(move["occurred_at"], move["delta"], move["quarantine_delta"])
            for move in self.moves
            if since is not None and move["occurred_at"] > since and move["position"] <= position
        ]
        on_hand = self.row["on_hand"] - _sum(later, "delta")
        quarantine = self.row["quarantine"] - _sum(later, "quarantine_delta")
        if not (self.row["live"] or moves or on_hand or quarantine):
            return None
        row = self.row
        return Pool(row["pool"], row["place"], row["shelf"], on_hand, quarantine, tuple(moves))


class Item(msgspec.Struct):
    """All that is known of the count of one item, as of any position that was asked for."""

    id: UUID
    events: list[tuple[int, ItemCountEvent]]
    scope: Scope
    pools: list[_Pool] = []
    unit_cost: Decimal | None = None

    def count(self, position: int) -> ItemCount:
        """The count folded up to the position."""
        count = ItemCount.blank(self.id)
        for at, event in self.events:
            if at <= position:
                event.apply(count)
        return count

    def at(self, position: int) -> Evidence:
        """The evidence as of the position."""
        count = self.count(position)
        lines = count.lines.values()
        since = min((line.counted_at for line in lines), default=None)
        pools = (pool.at(position, since) for pool in self.pools)
        return Evidence(
            item_count=self.id,
            item=count.item,
            warehouse=count.warehouse,
            position=position,
            expected=frozenset(shelf.place for shelf in count.shelves),
            lines=tuple(
                Line(line.place, line.shelf, line.quantity, line.counted_at, line.bucket)
                for line in lines
            ),
            pools=tuple(p for p in pools if p is not None and self._counts(p, count)),
            unit_cost=self.unit_cost,
            found=count.found,
        )

    def book(self, position: int, at: datetime, bucket: Bucket) -> Decimal:
        """What the whole warehouse had of it at a moment since its first count."""
        pools = (pool.at(position, self.first_count) for pool in self.pools)
        return sum((pool.book(at, bucket) for pool in pools if pool is not None), ZERO)

    def location(self, pool: UUID | None) -> str:
        """Where the pool is; blank for the warehouse itself."""
        return next((one.row["shelf"] for one in self.pools if one.row["pool"] == pool), "")

    def _counts(self, pool: Pool, count: ItemCount) -> bool:
        """Whether stock there is counted here: a session of some shelves is about those alone."""
        if not self.scope.shelves:
            return True
        places = {place_id(count.warehouse, shelf) for shelf in self.scope.shelves}
        places |= {shelf.place for shelf in count.shelves}
        return pool.place in places | {line.place for line in count.lines.values()}

    @property
    def first_count(self) -> datetime | None:
        """When it was first counted, by any count that was ever recorded."""
        counted = (e.counted_at for _, e in self.events if isinstance(e, CountRecorded))
        return min(counted, default=None)


async def evidence(
    fetch: Fetch, session: UUID, items: Sequence[UUID], position: int | None = None
) -> list[Evidence]:
    """The evidence of these item counts, as of the newest known position or an older one.

    The fetch has to see one snapshot. What is not in the session is left out.
    """
    at = await reached(fetch, session)
    if position is not None:
        at = min(position, at)
    return [item.at(at) for item in await load(fetch, session, items, at, at)]


async def reached(fetch: Fetch, session: UUID) -> int:
    """The position up to which the movements are known to the session's organization."""
    return int((await fetch(SQL["reached"], session))[0]["position"] or 0)


async def load(
    fetch: Fetch, session: UUID, items: Sequence[UUID], first: int, last: int
) -> list[Item]:
    """What is needed to tell the items' evidence as of any position from `first` to `last`."""
    found = await _counts(fetch, session, items, last)
    if not found:
        return []
    counts = {item.id: item.count(last) for item in found}
    products = {counts[item.id].item: item for item in found}
    for row in await fetch(SQL["costs"], list(products)):
        products[row["product"]].unit_cost = row["average"]
    warehouse = next(iter(counts.values())).warehouse
    pools: dict[UUID, _Pool] = {}
    for row in await fetch(SQL["pools"], warehouse, list(products), last):
        pools[row["pool"]] = pool = _Pool(row, [])
        products[row["product"]].pools.append(pool)
    since = [products[pool.row["product"]].first_count or NOTHING_LATER for pool in pools.values()]
    for row in await fetch(SQL["moves"], list(pools), since, first, last):
        pools[row["pool"]].moves.append(row)
    return found


async def _counts(fetch: Fetch, session: UUID, items: Sequence[UUID], last: int) -> list[Item]:
    rows = await fetch(SQL["scope"], session)
    scope = msgspec.json.decode(rows[0]["scope"], type=Scope) if rows else Scope()
    events: defaultdict[UUID, list[tuple[int, ItemCountEvent]]] = defaultdict(list)
    for row in await fetch(SQL["events"], items, last):
        event: Any = REGISTRY.decode(row["event_type"], row["event_schema"], row["payload"])
        if event.session == session:
            events[row["stream_id"]].append((row["position"], event))
    return [Item(stream, found, scope, []) for stream, found in events.items()]


def _sum(moves: Iterable[Row], column: str) -> Decimal:
    return sum((move[column] for move in moves), ZERO)
