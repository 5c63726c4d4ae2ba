"""Movements that can be read two ways, shelf by shelf and in both directions (domain.md 1.6)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.stock_take.variance import partial
from tests.domain.stock.pools import q
from tests.domain.stock_take.evidences import (
    evidence,
    line,
    move,
    pool,
    pool_of,
    shares,
    variance,
)

LINES = [line("A1", "10:00", 30), line("A2", "10:20", 17)]
THREE_PERCENT = Decimal(3)


def test_what_came_and_what_went_do_not_hide_each_other() -> None:
    """4 came and 4 went on no shelf between the counts: it may be +4, 0 or -4."""
    moves = (move("10:05", -4), move("10:15", 4))
    assert variance(evidence(LINES, [pool("", 47, *moves)])).split
    found = variance(evidence(LINES, [pool("", 47, *moves)]), Decimal(10))
    assert (found.split, found.variance) == (False, q(0))


def test_the_smallest_of_all_readings_is_taken() -> None:
    """47 counted, 46 in the books: only what went makes it 46."""
    moves = (move("10:05", -1), move("10:15", 1))
    found = variance(evidence(LINES, [pool("", 46, *moves)]), Decimal(10))
    assert (found.split, found.counted, found.variance) == (False, q(46), q(0))


def test_a_reading_belongs_to_the_shelf_that_it_is_about() -> None:
    """Between two lots of A2 one was sold there: A1 is as its books say, and stays so."""
    lines = [line("A1", "10:00", 100), line("A2", "10:10", 50), line("A2", "10:20", 50)]
    sold = pool("A2", 99, move("10:15", -1))
    found = variance(evidence(lines, [pool("A1", 100), sold]), THREE_PERCENT)

    assert (found.split, found.variance) == (False, q(0))
    assert shares(found) == {pool_of("A1"): 0, pool_of("A2"): 0}


@pytest.mark.parametrize("tolerance", [1, 3, 100])
def test_shares_add_up_whatever_is_read(tolerance: int) -> None:
    """In every mode, with movements on every shelf."""
    lines = [line("A1", "10:00", 9), line("A1", "10:10", 5), line("A2", "10:20", 7)]
    a1 = pool("A1", 12, move("10:05", -2), move("10:15", 1))
    for others in ([pool("A2", 7)], [pool("A2", 7), pool("", 4, move("10:12", 1))]):
        found = variance(evidence(lines, [a1, *others]), Decimal(tolerance))
        assert found.negative or sum(shares(found).values()) == found.variance


def test_an_item_is_not_counted_by_its_quarantine_alone() -> None:
    """Its usable stock lies somewhere in the warehouse, and nobody said how much."""
    damaged = [line("A1", "10:00", 2, bucket="quarantine")]
    assert partial(evidence(damaged, [pool("", 100, quarantine=2)], ("",)))
    assert not partial(evidence([line("A1", "10:00", 100)], [pool("", 100)], ("",)))


@pytest.mark.parametrize(
    ("counted", "partly", "posted"), [(5, False, {"A1": 0}), (6, False, {"A1": 1}), (4, True, {})]
)
def test_quarantine_that_nobody_looked_for_is_not_lost(
    counted: int, partly: bool, posted: dict[str, int]
) -> None:
    """Of 3 at A1 and 2 at A2, all lie on a shelf of their own; fewer there may be the others'."""
    damaged = [line("BROKEN", "10:00", counted, bucket="quarantine")]
    pools = [pool("A1", 10, quarantine=3), pool("A2", 10, quarantine=2)]
    found = variance(evidence(damaged, pools))
    assert found.partial is partly
    assert shares(found) == {pool_of(shelf): delta for shelf, delta in posted.items()}
    everywhere = [line(shelf, "10:01", 0, bucket="quarantine") for shelf in ("A1", "A2")]
    assert not variance(evidence(damaged + everywhere, pools)).partial
