"""Time-true variance: the count against what the books said of the same moment (domain.md 1.6).

Pure: everything it follows from is in the evidence. Places stand for shelves; the warehouse itself
is the place of stock that is on no known shelf.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import msgspec

from domain.quantity import LARGEST, ZERO, money, percent
from domain.stock.movement import Bucket

READINGS = ((0, 0), (1, 1), (0, 1), (1, 0))
"""Whether what came, and what went, is taken in; of equal ones the first."""


class Line(msgspec.Struct, frozen=True):
    """A current count line."""

    place: UUID
    shelf: str
    quantity: Decimal
    counted_at: datetime
    bucket: Bucket = "usable"


class Move(msgspec.Struct, frozen=True):
    """A movement of a pool after the first count of the item."""

    occurred_at: datetime
    delta: Decimal
    quarantine_delta: Decimal = ZERO

    def of(self, bucket: Bucket) -> Decimal:
        """What it did to the bucket."""
        return self.delta if bucket == "usable" else self.quarantine_delta


class Flow(NamedTuple):
    """What came to a place in some time, and what went: above and below zero."""

    came: Decimal
    went: Decimal


class Pool(msgspec.Struct, frozen=True):
    """A pool of the item in the warehouse: balances as of the position, and its later movements."""

    id: UUID
    place: UUID
    shelf: str
    on_hand: Decimal
    quarantine: Decimal = ZERO
    moves: tuple[Move, ...] = ()

    def balance(self, bucket: Bucket) -> Decimal:
        """The newest known quantity."""
        return self.on_hand if bucket == "usable" else self.quarantine

    def book(self, at: datetime, bucket: Bucket) -> Decimal:
        """What was there by everything that had occurred at the instant: B(t)."""
        later = (move.of(bucket) for move in self.moves if move.occurred_at > at)
        return self.balance(bucket) - sum(later, ZERO)

    def flow(self, after: datetime, until: datetime, bucket: Bucket) -> Flow:
        """What came and went in (after, until]."""
        moved = [m.of(bucket) for m in self.moves if after < m.occurred_at <= until]
        came = sum((delta for delta in moved if delta > ZERO), ZERO)
        return Flow(came, sum(moved, ZERO) - came)


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """All that the variance of one item follows from, as known at `position`."""

    item_count: UUID
    item: UUID
    warehouse: UUID
    position: int
    expected: frozenset[UUID]
    lines: tuple[Line, ...]
    pools: tuple[Pool, ...]
    unit_cost: Decimal | None = None
    found: bool = False
    """Not in the session's scope, but somebody locked or counted it."""


class Share(msgspec.Struct, frozen=True):
    """The part of a variance that one place posts; without a pool one is opened there."""

    place: UUID
    pool: UUID | None
    delta: Decimal


class Variance(msgspec.Struct, frozen=True, kw_only=True):
    """Counted C*, book B(t*) and their difference for one bucket of one item.

    `partial`: an expected place has no line. `split`: a movement on no counted shelf can be read
    two ways and the difference matters. `negative`: posting would leave less than nothing, or more
    than a balance can be. `shares` add up to `variance`, or are empty: nothing can be posted.
    """

    bucket: Bucket
    as_of: datetime
    counted: Decimal
    book: Decimal
    variance: Decimal
    partial: bool
    split: bool
    negative: bool
    shares: tuple[Share, ...]

    @property
    def percent(self) -> Decimal | None:
        """100 V / B; null where the book is zero and the count is not."""
        if self.book == ZERO:
            return None if self.counted else Decimal("0.00")
        return percent(self.variance, self.book)

    def value(self, unit_cost: Decimal | None) -> Decimal | None:
        """V at that cost; null without one."""
        return None if unit_cost is None else money(self.variance * unit_cost)


class _Counted(msgspec.Struct):
    """The lines of one place: when it was counted first and last, and how much."""

    first: datetime
    last: datetime
    quantity: Decimal


def variances(evidence: Evidence, tolerance_percent: Decimal) -> tuple[Variance, ...]:
    """One variance for each bucket that has lines; none for an uncounted item."""
    buckets: tuple[Bucket, ...] = ("usable", "quarantine")
    found = {line.bucket for line in evidence.lines}
    return tuple(_variance(evidence, b, tolerance_percent) for b in buckets if b in found)


def partial(evidence: Evidence) -> bool:
    """Whether some of the item's expected places have no line yet, or none has (1.8)."""
    counted = {line.place for line in evidence.lines if line.bucket == "usable"}
    missing = evidence.expected - counted - {evidence.warehouse}
    return bool(missing or (evidence.expected and not counted))


def incomplete(evidence: Evidence, found: Iterable[Variance]) -> bool:
    """Whether the item is counted in part only, by what was expected or by what is known since."""
    return partial(evidence) or any(variance.partial for variance in found)


def fits(balance: Decimal, delta: Decimal) -> bool:
    """Whether a balance may change by so much."""
    return ZERO <= balance + delta < LARGEST


def _variance(evidence: Evidence, bucket: Bucket, tolerance_percent: Decimal) -> Variance:
    places = _places(line for line in evidence.lines if line.bucket == bucket)
    t_first = min(place.first for place in places.values())
    t_star = max(place.last for place in places.values())
    pools = {pool.place: pool for pool in evidence.pools}
    missing = bucket == "usable" and _missing(evidence, places, t_star, bucket)
    by_shelf = _by_shelf(evidence, places, pools, (t_first, t_star), bucket)
    counting = [p for p in evidence.pools if p.place in places] if by_shelf else evidence.pools
    book = sum((pool.book(t_star, bucket) for pool in counting), ZERO)
    carried, unclear = _carry(places, pools, t_star, bucket)
    if not by_shelf:
        elsewhere = (p for p in evidence.pools if p.place not in places)
        unclear |= {p.place: p.flow(t_first, t_star, bucket) for p in elsewhere}
    bound = abs(book) * tolerance_percent / 100
    (came, went), split = _read(sum(carried.values(), ZERO) - book, unclear.values(), bound)
    for place, flow in unclear.items():
        carried[place] = carried.get(place, ZERO) + came * flow.came + went * flow.went
    counted = sum(carried.values(), ZERO)
    if bucket == "quarantine" and not by_shelf and counted < book:
        missing = _missing(evidence, places, t_star, bucket)
    shares: tuple[Share, ...] = ()
    if by_shelf:
        deltas = {place: carried[place] - pools[place].book(t_star, bucket) for place in places}
        shares = tuple(Share(place, pools[place].id, delta) for place, delta in deltas.items())
    negative = sum((p.balance(bucket) for p in counting), ZERO) + counted - book < ZERO
    if not (by_shelf or missing or negative):
        shares = _distribute(evidence, list(places), counted - book, bucket)
    balances = {place: pool.balance(bucket) for place, pool in pools.items()}
    return Variance(
        bucket=bucket,
        as_of=t_star,
        counted=counted,
        book=book,
        variance=counted - book,
        partial=missing,
        split=split,
        negative=negative or not all(fits(balances.get(s.place, ZERO), s.delta) for s in shares),
        shares=shares,
    )


def _places(lines: Iterable[Line]) -> dict[UUID, _Counted]:
    """The counted places in the order of their first count."""
    places: dict[UUID, _Counted] = {}
    for line in sorted(lines, key=lambda one: one.counted_at):
        place = places.setdefault(line.place, _Counted(line.counted_at, line.counted_at, ZERO))
        place.last = line.counted_at
        place.quantity += line.quantity
    return places


def _missing(
    evidence: Evidence, places: dict[UUID, _Counted], t_star: datetime, bucket: Bucket
) -> bool:
    """Whether a shelf that had stock at the start, or has some by now, was not counted.

    Damaged stock may lie together elsewhere: only what is less than the books is incomplete then.
    """
    stocked = {pool.place for pool in evidence.pools if pool.book(t_star, bucket)}
    expected = evidence.expected if bucket == "usable" else frozenset[UUID]()
    return bool((expected | stocked) - places.keys() - {evidence.warehouse})


def _by_shelf(
    evidence: Evidence,
    places: dict[UUID, _Counted],
    pools: dict[UUID, Pool],
    interval: tuple[datetime, datetime],
    bucket: Bucket,
) -> bool:
    """Whether each counted place has a pool of its own and no uncounted stock lies on no shelf."""
    root = pools.get(evidence.warehouse)
    if root is not None and root.place not in places:
        moved = any(interval[0] < move.occurred_at <= interval[1] for move in root.moves)
        if moved or root.book(interval[1], bucket):
            return False
    return all(place in pools for place in places)


def _carry(
    places: dict[UUID, _Counted], pools: dict[UUID, Pool], t_star: datetime, bucket: Bucket
) -> tuple[dict[UUID, Decimal], dict[UUID, Flow]]:
    """Each place's count carried to t*, and what moved between two counts of the same place."""
    carried: dict[UUID, Decimal] = {}
    unclear: dict[UUID, Flow] = {}
    for place, count in places.items():
        carried[place] = count.quantity
        if (pool := pools.get(place)) is not None:
            carried[place] += sum(pool.flow(count.last, t_star, bucket))
            unclear[place] = pool.flow(count.first, count.last, bucket)
    return carried, unclear


def _read(
    variance: Decimal, unclear: Iterable[Flow], bound: Decimal
) -> tuple[tuple[int, int], bool]:
    """The reading with the smallest variance, and whether one of them is beyond the bound.

    Each unclear movement may have been before or after the count of where it was: of all readings
    those that take in none, all, only what came or only what went are the extremes.
    """
    flows = list(unclear)
    came = sum((flow.came for flow in flows), ZERO)
    went = sum((flow.went for flow in flows), ZERO)
    readings = {(i, j): variance + i * came + j * went for i, j in READINGS}
    split = bool(came or went) and any(abs(one) > bound for one in readings.values())
    return min(readings, key=lambda taken: abs(readings[taken])), split


def _distribute(
    evidence: Evidence, places: list[UUID], variance: Decimal, bucket: Bucket
) -> tuple[Share, ...]:
    """A surplus goes to one pool; a loss is taken from pools in order, none below zero."""
    at_counted = [pool for place in places for pool in evidence.pools if pool.place == place]
    if variance >= ZERO:
        largest = sorted(evidence.pools, key=lambda p: (-p.balance(bucket), p.shelf))
        for pool in (*at_counted, *largest)[:1]:
            return (Share(pool.place, pool.id, variance),)
        return (Share(evidence.warehouse, None, variance),)
    others = sorted((p for p in evidence.pools if p not in at_counted), key=lambda p: p.shelf)
    shares, rest = [], -variance
    for pool in (*at_counted, *others):
        taken = min(rest, pool.balance(bucket))
        if taken > ZERO:
            shares.append(Share(pool.place, pool.id, -taken))
            rest -= taken
    return tuple(shares)
