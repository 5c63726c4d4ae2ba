"""Every aggregate after every event, and what is true of several together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.base import Aggregate
from domain.quantity import ZERO
from domain.stock import movement as m
from domain.stock.pool_stock import PoolStock
from domain.stock_take.item_count import ItemCount, key
from domain.stock_take.item_events import ItemPosted, LockBroken, LockReleased
from domain.stock_take.session_events import SessionCompleted
from tests.campaign.oracle.events import Stored

KINDS: dict[str, type[Aggregate]] = {
    kind.name: kind for kind in Aggregate.__subclasses__() if hasattr(kind, "name")
}
"""Every one that the product has: importing its projections has imported them."""


class Aggregates:
    """All of them, as far as the log was read; streams that were poisoned are left out."""

    def __init__(self) -> None:
        self._found: dict[UUID, Aggregate] = {}
        self.checked = 0
        self.wrong: list[str] = []
        self._posted: Counter[UUID] = Counter()
        self._open: defaultdict[tuple[UUID, str], Decimal] = defaultdict(Decimal)

    def take(self, page: Sequence[Stored], poisoned: set[UUID]) -> None:
        """The next events."""
        for stored in page:
            if stored.recorded.stream not in poisoned:
                self._apply(stored)
                self._balance(stored)

    def _apply(self, stored: Stored) -> None:
        one, kind = stored.recorded, KINDS[stored.stream_type]
        if one.stream not in self._found:
            self._found[one.stream] = kind.blank(one.stream)
        aggregate = self._found[one.stream]
        before = _posted(aggregate)
        try:
            one.mutate(aggregate)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
            self.wrong.append(f"position {one.position} cannot be applied: {error!r}")
            return
        self.checked += 1
        if broken := _broken(aggregate, stored.recorded.event, before):
            self.wrong.append(f"position {one.position}: {broken}")

    def settled(self) -> None:
        """What left one place came to another, and what was posted is what pools got."""
        rest = {where: sum_ for where, sum_ in self._open.items() if sum_ != ZERO}
        self.wrong += [f"{where} does not add up: {sum_}" for where, sum_ in rest.items()]
        self._open.clear()

    def _balance(self, stored: Stored) -> None:
        event, correlation, stream = (
            stored.recorded.event,
            stored.correlation,
            stored.recorded.stream,
        )
        if isinstance(event, m.StockTransferredOut | m.StockTransferredIn):
            self._open[correlation, f"moved {event.product}"] += event.delta
        if isinstance(event, SessionCompleted) and event.totals.posted != self._posted[stream]:
            told = f"{event.totals.posted} items completed, {self._posted[stream]} posted"
            self.wrong.append(f"position {stored.recorded.position}: {told}")
        if isinstance(event, ItemPosted):
            self._posted[event.session] += 1
            for one in event.postings:
                self._open[correlation, f"posted {one.pool} {one.bucket}"] += one.delta
        if isinstance(event, m.CountAdjusted):
            delta = event.delta if event.bucket == "usable" else event.quarantine_delta
            self._open[correlation, f"posted {stream} {event.bucket}"] -= delta


def _posted(aggregate: Aggregate) -> bool:
    return isinstance(aggregate, ItemCount) and aggregate.posted is not None


def _pool(pool: Any, event: Any, _: bool) -> str:
    if not ZERO <= pool.reservations.total <= pool.on_hand or pool.quarantine < ZERO:
        return f"{pool.on_hand} on hand, {pool.reservations.total} reserved, {pool.quarantine}"
    if isinstance(event, m.Movement) and (event.on_hand, event.quarantine) != (
        pool.on_hand,
        pool.quarantine,
    ):
        return "the event's balance is not the pool's"
    promised = pool.reservations.open.values(), pool.issuances.open.values()
    totals = [sum((one.quantity for one in some), ZERO) for some in promised]
    if totals != [pool.reservations.total, pool.issuances.total]:
        return "what is promised does not add up"
    return ""


def _item(count: Any, event: Any, posted: bool) -> str:
    if posted and not isinstance(event, LockReleased | LockBroken):
        return f"an item that was posted got {event}"
    owners = {key(line): line.counter for line in count.lines.values()}
    return "" if len(owners) == len(count.lines) else "one line has two owners"


INVARIANTS: dict[type[Aggregate], Callable[[Any, Any, bool], str]] = {
    PoolStock: _pool,
    ItemCount: _item,
}


def _broken(aggregate: Aggregate, event: Any, posted: bool) -> str:
    check = INVARIANTS.get(type(aggregate))
    return check(aggregate, event, posted) if check else ""
