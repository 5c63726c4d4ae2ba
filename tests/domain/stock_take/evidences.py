"""Evidence that examples of variances begin with: shelves of one warehouse, a day in March."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.ids import place_id, pool_id
from domain.stock_take.variance import Evidence, Line, Move, Pool, Variance, variances
from tests.domain.stock.pools import PRODUCT, WAREHOUSE, q
from tests.domain.stock_take.sessions import COUNT
from tests.specification import at

ONE_PERCENT = Decimal(1)


def place(shelf: str) -> UUID:
    """The place of that code; the blank one is the warehouse."""
    return place_id(WAREHOUSE, shelf)


def pool_of(shelf: str) -> UUID:
    """The entry of PRODUCT there."""
    return pool_id(PRODUCT, place(shelf))


def when(clock: str | datetime) -> datetime:
    """A time of that day, or any instant."""
    return clock if isinstance(clock, datetime) else at(clock).now


def line(shelf: str, clock: str | datetime, quantity: int | str, **others: Any) -> Line:
    """What was counted there and then."""
    return Line(place(shelf), shelf, q(quantity), when(clock), **others)


def move(clock: str | datetime, delta: int | str, quarantine_delta: int = 0) -> Move:
    """What moved then."""
    return Move(when(clock), q(delta), q(quarantine_delta))


def pool(shelf: str, on_hand: int | str, *moves: Move, quarantine: int = 0) -> Pool:
    """What is there now, behind these movements."""
    return Pool(pool_of(shelf), place(shelf), shelf, q(on_hand), q(quarantine), moves)


def evidence(
    lines: list[Line], pools: list[Pool], expected: tuple[str, ...] = (), **others: Any
) -> Evidence:
    """All that is known of PRODUCT's count."""
    return Evidence(
        item_count=COUNT,
        item=PRODUCT,
        warehouse=WAREHOUSE,
        position=9,
        expected=frozenset(map(place, expected)),
        lines=tuple(lines),
        pools=tuple(pools),
        **others,
    )


def variance(given: Evidence, tolerance_percent: Decimal = ONE_PERCENT) -> Variance:
    """Its only bucket's variance."""
    (found,) = variances(given, tolerance_percent)
    return found


def shares(found: Variance) -> dict[UUID | None, Decimal]:
    """What is posted to each pool; None opens one at the warehouse itself."""
    return {share.pool: share.delta for share in found.shares}
