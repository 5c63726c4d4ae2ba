"""Adjustments of a stock-take: what completion will post, or has posted (domain.md 1.6, 1.8)."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from domain.base import View
from domain.permissions import Permission
from domain.stock.movement import Bucket
from domain.stock_take.posting import tolerance
from domain.stock_take.variance import variances
from projections.queries.base import Listing, Page, Reads
from projections.queries.figures import Figures, Part, parts
from projections.queries.sessions import known_session
from projections.queries.variances import Known, Scan, scanned


class AdjustmentPart(View):
    """The difference of one stock entry; without an id it is opened at the warehouse itself."""

    stock: UUID | None
    place: UUID
    location: str
    bucket: Bucket
    delta: Decimal


class Adjustment(View):
    """The adjustment of one item; `confirmed` is a count that agrees with the book.

    What is `blocked` is not posted: it has to be counted (again), or left out by name.
    """

    id: UUID
    item: UUID
    sku: str
    name: str
    unit: str
    variance: Decimal | None
    quarantine_variance: Decimal | None
    value: Decimal | None
    posted: bool
    confirmed: bool
    partial: bool
    blocked: bool
    parts: tuple[AdjustmentPart, ...]
    position: int


class Adjustments(Listing):
    """Counted items by SKU."""

    permission = Permission.STOCK_TAKE_REVIEW


async def adjustments(query: Adjustments, reads: Reads, id: UUID) -> Page[Adjustment]:  # noqa: A002 - the path's name
    """What was posted, or while the session is open what would be posted now."""
    session = await known_session(reads, id)
    bound = tolerance(reads.context)
    ended = session.row.status in {"COMPLETED", "CANCELLED"}
    scan = Scan(id, "", None, "posted" if ended else "counted")
    shown, after = await scanned(
        reads, scan, query, query.limit + 1, lambda known: _adjustment(known, bound)
    )
    return Page(items=shown, next=after)


def _adjustment(known: Known, bound: Decimal) -> Adjustment:
    if posted := known.posted:
        done = [Part(p.pool, p.place, p.bucket, p.delta) for p in posted.postings]
        return _view(known, Figures.of_posted(posted), done)
    evidence = known.item.at(known.position)
    found = variances(evidence, bound)
    return _view(known, Figures.of(evidence, found), parts(found))


def _view(known: Known, found: Figures, deltas: list[Part]) -> Adjustment:
    row = known.row
    return Adjustment(
        id=row["id"],
        item=row["item"],
        sku=row["sku"],
        name=row["name"],
        unit=row["unit"],
        variance=found.variance,
        quarantine_variance=found.quarantine_variance,
        value=found.value,
        posted=row["posted"] is not None,
        confirmed=not found.differs,
        partial=found.partial,
        blocked=found.negative or found.split or not deltas,
        parts=tuple(
            AdjustmentPart(
                stock=part.pool,
                place=part.place,
                location=known.item.location(part.pool),
                bucket=part.bucket,
                delta=part.delta,
            )
            for part in deltas
        ),
        position=found.position,
    )
