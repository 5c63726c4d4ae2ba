"""Posting a frozen stock-take: what blocks it, and each item exactly once (domain.md 1.6, 1.8)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from domain.base import Command, Conflicting, Context
from domain.ids import pool_id
from domain.permissions import Permission
from domain.ports import UnitOfWork
from domain.quantity import ZERO, money
from domain.stock.entries import pool_created
from domain.stock.movement import PoolCreated
from domain.stock.place import Place
from domain.stock.pool_stock import PoolStock
from domain.stock.product import Product
from domain.stock_take.item_count import ItemCount
from domain.stock_take.item_events import ItemPosted, Posting
from domain.stock_take.session import StockTakeSession
from domain.stock_take.session_events import Policy, Totals
from domain.stock_take.variance import Evidence, Variance, fits, incomplete, variances

CHUNK = 200
NAMED = 100
NOTHING = Totals(
    items=0,
    posted=0,
    uncounted=0,
    left_out=0,
    net_value=Decimal("0.00"),
    gross_value=Decimal("0.00"),
)


class PostItems(Command):
    """Posts item counts; with `finish`, what the session has beside postings, it completes it."""

    permission = Permission.STOCK_TAKE_POST
    items: Annotated[tuple[UUID, ...], Meta(max_length=CHUNK)]
    finish: Totals | None = None


class ThawSession(Command):
    """Gives the session back because something blocks its completion."""

    permission = Permission.STOCK_TAKE_POST
    code: str
    detail: str
    items: tuple[UUID, ...]


class NotPosting(Conflicting, code="NOT_POSTING"):
    """The session is not being completed."""


class UncountedItems(Conflicting, code="UNCOUNTED_ITEMS"):
    """Some items were not counted: count them, or leave them out by policy LEAVE."""


class SplitMovement(Conflicting, code="SPLIT_MOVEMENT"):
    """A movement between two counts of an item can be read two ways: count it again."""


class Blockers(msgspec.Struct):
    """Item counts that keep a session from completion, by reason."""

    uncounted: list[UUID] = []
    negative: list[UUID] = []
    split: list[UUID] = []

    def thaw(self, policy: Policy) -> ThawSession | None:
        """The first reason that applies, with at most 100 of its items."""
        reasons = (
            ("UNCOUNTED_ITEMS", "{} item(s) not fully counted", self.uncounted),
            ("NEGATIVE_RESULT", "{} item(s) whose count contradicts the books", self.negative),
            ("SPLIT_MOVEMENT", "{} item(s) moved between two of their counts", self.split),
        )
        for code, detail, items in reasons[0 if policy == "BLOCK" else 1 :]:
            if items:
                named = tuple(items[:NAMED])
                return ThawSession(code=code, detail=detail.format(len(items)), items=named)
        return None


def inspect(
    blockers: Blockers, page: Sequence[Evidence], leave_out: frozenset[UUID], tolerance: Decimal
) -> None:
    """Adds what is wrong with a page of items; those left out by name block nothing.

    What was found, or only locked, and has no count is not missing: nobody expects it.
    """
    for evidence in page:
        found = variances(evidence, tolerance)
        if incomplete(evidence, found) if found else not evidence.found:
            blockers.uncounted.append(evidence.item_count)
        if evidence.item_count in leave_out:
            continue
        if any(v.negative for v in found):
            blockers.negative.append(evidence.item_count)
        elif any(v.split for v in found):
            blockers.split.append(evidence.item_count)


def tolerance(context: Context) -> Decimal:
    """The bound for movements that can be read two ways: the strictest class's."""
    return min(context.settings.tolerance_percent.values(), default=ZERO)


async def thaw_session(command: ThawSession, unit: UnitOfWork, id: UUID) -> StockTakeSession:  # noqa: A002
    """Gives a session back, for the process that posts."""
    session = await unit.load(StockTakeSession, id)
    session.thaw(command.code, command.detail, command.items, unit.context)
    return session


async def post_items(command: PostItems, unit: UnitOfWork, id: UUID) -> StockTakeSession:  # noqa: A002
    """Posts a chunk in one append: what is posted is skipped, what no longer fits stays.

    The session's stream adds up what is posted, so that any number of processes may take part.
    """
    session = await unit.load(StockTakeSession, id)
    if session.frozen is None or session.status != "POSTING":
        raise NotPosting
    page = await unit.books.evidence(session.id, command.items)
    bound = tolerance(unit.context)
    plans = [(evidence, _postable(evidence, session.frozen.leave_out, bound)) for evidence in page]
    roots = {item: await _created(unit, item, session) for item in _opening(plans)}
    counts = await unit.load_all(ItemCount, [evidence.item_count for evidence in page])
    pools = await _pools(unit, plans)
    posted = [
        event
        for count, (evidence, found) in zip(counts, plans, strict=True)
        if count.posted is None
        and (event := _post(count, evidence, found, pools, roots, unit.context))
    ]
    totals = _sum(posted)
    if command.finish:
        total = _all(command.finish, session.posted or NOTHING, totals)
        session.complete(total, await unit.books.counters(session.id), unit.context)
        unit.release("open_session", str(session.warehouse), session.id)
    elif posted:
        session.add_posted(totals, unit.context)
    return session


def _postable(
    evidence: Evidence, leave_out: Sequence[UUID], bound: Decimal
) -> tuple[Variance, ...]:
    found = variances(evidence, bound)
    blocked = any(v.negative or v.split or not v.shares for v in found)
    return () if blocked or evidence.item_count in leave_out else found


async def _pools(
    unit: UnitOfWork, plans: Sequence[tuple[Evidence, tuple[Variance, ...]]]
) -> dict[UUID, PoolStock]:
    """The pools that change, loaded last: whatever moves from now on conflicts.

    Where the books are right stock may move as it likes.
    """
    shares = ((e, s) for e, found in plans for v in found for s in v.shares if s.delta != ZERO)
    streams = {share.pool or pool_id(evidence.item, share.place) for evidence, share in shares}
    loaded = await unit.load_all(PoolStock, sorted(streams))
    return {pool.id: pool for pool in loaded}


def _opening(plans: Sequence[tuple[Evidence, tuple[Variance, ...]]]) -> set[UUID]:
    """The items whose surplus opens a pool at the warehouse itself."""
    return {e.item for e, found in plans for v in found for s in v.shares if s.pool is None}


async def _created(unit: UnitOfWork, item: UUID, session: StockTakeSession) -> PoolCreated:
    product = await unit.look(Product, item)
    return pool_created(product, await unit.look(Place, session.warehouse))


def _post(  # noqa: PLR0913 - the item and all that its posting touches
    count: ItemCount,
    evidence: Evidence,
    found: tuple[Variance, ...],
    pools: dict[UUID, PoolStock],
    roots: dict[UUID, PoolCreated],
    context: Context,
) -> ItemPosted | None:
    """Records the posting and its adjustments; None without a count, or if it no longer fits."""
    postings = [
        Posting(
            share.pool or pool_id(evidence.item, share.place), share.place, v.bucket, share.delta
        )
        for v in found
        for share in v.shares
    ]
    changes = [posting for posting in postings if posting.delta != ZERO]
    if not found or not all(_fits(pools[p.pool], p) for p in changes):
        return None
    for posting in changes:
        pool = pools[posting.pool]
        if not pool.exists:
            pool.open(_again(pool) if pool.version else roots[evidence.item], context)
        pool.adjust_to_count(posting.delta, posting.bucket, count.session, count.id, context)
    event = _event(count, evidence, found, tuple(postings))
    count.post(event, context)
    return event


def _again(pool: PoolStock) -> PoolCreated:
    """What opens a pool as it was before it was deleted."""
    return PoolCreated(
        product=pool.product,
        place=pool.place,
        warehouse=pool.warehouse,
        place_code=pool.place_code,
        whole=pool.whole,
        threshold=pool.threshold,
    )


def _fits(pool: PoolStock, posting: Posting) -> bool:
    balance = pool.on_hand if posting.bucket == "usable" else pool.quarantine
    return fits(balance, posting.delta)


def _event(
    count: ItemCount,
    evidence: Evidence,
    found: tuple[Variance, ...],
    postings: tuple[Posting, ...],
) -> ItemPosted:
    by_bucket = {v.bucket: v for v in found}
    usable = by_bucket.get("usable")
    quarantine = by_bucket.get("quarantine")
    total = sum((v.variance for v in found), ZERO)
    cost = evidence.unit_cost
    return ItemPosted(
        session=count.session,
        item=count.item,
        warehouse=count.warehouse,
        counted=usable.counted if usable else ZERO,
        book=usable.book if usable else ZERO,
        variance=usable.variance if usable else ZERO,
        quarantine_variance=quarantine.variance if quarantine else ZERO,
        as_of=max(v.as_of for v in found),
        position=evidence.position,
        unit_cost=cost,
        value=None if cost is None else money(total * cost),
        partial=incomplete(evidence, found),
        postings=postings,
    )


def _sum(posted: Sequence[ItemPosted]) -> Totals:
    values = [event.value for event in posted if event.value is not None]
    return msgspec.structs.replace(
        NOTHING,
        posted=len(posted),
        partial=sum(event.partial for event in posted),
        unvalued=sum(event.value is None and _differs(event) for event in posted),
        net_value=sum(values, NOTHING.net_value),
        gross_value=sum(map(abs, values), NOTHING.gross_value),
    )


def _differs(event: ItemPosted) -> bool:
    return bool(event.variance or event.quarantine_variance)


def _all(others: Totals, before: Totals, now: Totals) -> Totals:
    """The session's totals: what is neither posted, nor left, nor uncounted could not be posted."""
    found = others.plus(before).plus(now)
    blocked = found.items - found.posted - found.uncounted - found.left_out
    return msgspec.structs.replace(found, blocked=blocked)
