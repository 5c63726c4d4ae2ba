"""The figures of an item's variance: what evidence comes to, or what was posted (domain.md 1.6)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Self
from uuid import UUID

import msgspec

from domain.base import View
from domain.quantity import ZERO, money, percent
from domain.stock.movement import Bucket
from domain.stock_take.item_events import ItemPosted
from domain.stock_take.variance import Evidence, Share, Variance, incomplete, variances


class Part(msgspec.Struct, frozen=True):
    """What one pool gets; without an id it is opened at the place."""

    pool: UUID | None
    place: UUID
    bucket: Bucket
    delta: Decimal


class Figures(View):
    """Counted C*, book B(t*) and variance V at `as_of`, by all that was recorded up to `position`.

    An uncounted item has neither count nor variance, and its book is that of the position.
    """

    counted: Decimal | None
    book: Decimal
    variance: Decimal | None
    quarantine_variance: Decimal | None
    percent: Decimal | None
    value: Decimal | None
    unit_cost: Decimal | None
    as_of: datetime | None
    position: int
    uncounted: bool
    partial: bool
    split: bool
    negative: bool

    @property
    def differs(self) -> bool:
        """Whether anything is to be adjusted."""
        return bool(self.variance or self.quarantine_variance)

    @classmethod
    def of(cls, evidence: Evidence, found: tuple[Variance, ...]) -> Self:
        """As the evidence has it, whose variances were found."""
        if not found:
            return cls._uncounted(evidence)
        by_bucket = {variance.bucket: variance for variance in found}
        usable, quarantine = by_bucket.get("usable"), by_bucket.get("quarantine")
        total = sum((variance.variance for variance in found), ZERO)
        cost = evidence.unit_cost
        return cls(
            counted=usable.counted if usable else ZERO,
            book=usable.book if usable else ZERO,
            variance=usable.variance if usable else ZERO,
            quarantine_variance=quarantine.variance if quarantine else ZERO,
            percent=usable.percent if usable else Decimal("0.00"),
            value=None if cost is None else money(total * cost),
            unit_cost=cost,
            as_of=max(variance.as_of for variance in found),
            position=evidence.position,
            uncounted=False,
            partial=incomplete(evidence, found),
            split=any(variance.split for variance in found),
            negative=any(variance.negative for variance in found),
        )

    @classmethod
    def of_posted(cls, event: ItemPosted) -> Self:
        """As they were posted: nothing that came later changes them."""
        no_book = None if event.counted else Decimal("0.00")
        return cls(
            counted=event.counted,
            book=event.book,
            variance=event.variance,
            quarantine_variance=event.quarantine_variance,
            percent=percent(event.variance, event.book) if event.book else no_book,
            value=event.value,
            unit_cost=event.unit_cost,
            as_of=event.as_of,
            position=event.position,
            uncounted=False,
            partial=event.partial,
            split=False,
            negative=False,
        )

    @classmethod
    def _uncounted(cls, evidence: Evidence) -> Self:
        return cls(
            counted=None,
            book=sum((pool.on_hand for pool in evidence.pools), ZERO),
            variance=None,
            quarantine_variance=None,
            percent=None,
            value=None,
            unit_cost=evidence.unit_cost,
            as_of=None,
            position=evidence.position,
            uncounted=True,
            partial=False,
            split=False,
            negative=False,
        )


def figures(evidence: Evidence, tolerance: Decimal) -> Figures:
    """What the evidence comes to."""
    return Figures.of(evidence, variances(evidence, tolerance))


def parts(found: tuple[Variance, ...]) -> list[Part]:
    """What posting these variances would do to each pool."""
    return [_part(variance, share) for variance in found for share in variance.shares]


def _part(variance: Variance, share: Share) -> Part:
    return Part(share.pool, share.place, variance.bucket, share.delta)
