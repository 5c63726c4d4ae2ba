"""The count against what the books said of the same moment (domain.md 1.6)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.quantity import ZERO
from domain.stock import movement as m
from domain.stock.pool_stock import PoolStock
from domain.stock_take.posting import Blockers, inspect
from domain.stock_take.variance import Pool, partial, variances
from tests.domain.stock.pools import CREATED, SHELF, moved, q, received, stocked
from tests.domain.stock_take.counts import BOOK, EXPECTED, count, counting
from tests.domain.stock_take.evidences import (
    ONE_PERCENT,
    evidence,
    line,
    move,
    pool,
    pool_of,
    shares,
    variance,
)
from tests.domain.stock_take.sessions import COUNT, SESSION
from tests.specification import ANN, NOW, fold


def final(on_hand: int, delta: Decimal) -> Decimal:
    """What a pool has when the variance is posted to it."""
    stock = fold(PoolStock, *stocked(on_hand))
    stock.adjust_to_count(delta, "usable", SESSION, COUNT, NOW)
    return stock.on_hand


@pytest.mark.rule("1.6-1")
def test_what_moves_after_the_count_is_not_in_the_variance() -> None:
    """100 in the books, 97 counted, then a sale of 5 and a receipt of 20."""
    after = (move("10:10", -5), move("10:20", 20))
    found = variance(evidence([line("A1", "10:00", 97)], [pool("A1", 115, *after)]))

    assert (found.book, found.counted, found.variance) == (q(100), q(97), q(-3))
    assert str(found.percent) == "-3.00"
    assert str(found.value(Decimal("2.50"))) == "-7.50"
    assert final(115, found.variance) == 112


@pytest.mark.rule("T-1.6-a")
def test_what_moved_before_the_count_is_in_the_book() -> None:
    """10 at the start, 6 sold, 4 counted: nothing is missing."""
    found = variance(evidence([line("A1", "10:00", 4)], [pool("A1", 4, move("09:00", -6))]))

    assert found.variance == 0
    assert final(4, found.variance) == 4


@pytest.mark.rule("1.6-2", "T-1.6-b")
@pytest.mark.parametrize(
    "pools", [[pool("", 50)], [pool("A1", 32), pool("A2", 18)]], ids=["one pool", "own pools"]
)
def test_the_lines_of_an_item_are_added_before_they_are_compared(pools: list[Pool]) -> None:
    """30 and 17 against a book of 50 miss 3, not 20 and 33."""
    found = variance(evidence([line("A1", "10:00", 30), line("A2", "10:20", 17)], pools))

    assert (found.counted, found.book, found.variance) == (q(47), q(50), q(-3))
    assert sum(shares(found).values()) == -3


@pytest.mark.rule("1.6-3")
def test_a_line_is_carried_to_the_last_count() -> None:
    """4 were sold from A1 between its count of 30 and A2's of 17: 43 against 46."""
    sold = pool("A1", 29, move("10:10", -4))
    lines = [line("A1", "10:00", 30), line("A2", "10:20", 17)]
    found = variance(evidence(lines, [sold, pool("A2", 17)]))

    assert (found.counted, found.book, found.variance) == (q(43), q(46), q(-3))
    assert shares(found) == {pool_of("A1"): -3, pool_of("A2"): 0}
    assert sum(final(b, d) for b, d in zip((29, 17), shares(found).values(), strict=True)) == 43


@pytest.mark.rule("1.6-3")
def test_a_movement_on_no_counted_shelf_can_be_read_two_ways() -> None:
    """Out of A1 after its count -3, out of A2 before its count +1: beyond 1 % of 46."""
    lines = [line("A1", "10:00", 30), line("A2", "10:20", 17)]
    unclear = evidence(lines, [pool("", 46, move("10:10", -4))])
    assert variance(unclear).split

    blockers = Blockers()
    inspect(blockers, [unclear], frozenset(), ONE_PERCENT)
    assert blockers.split == [COUNT]


@pytest.mark.rule("1.6-3")
def test_within_the_tolerance_the_smaller_reading_is_taken() -> None:
    """-3 and +1 are both within 7 % of 46."""
    lines = [line("A1", "10:00", 30), line("A2", "10:20", 17)]
    found = variance(evidence(lines, [pool("", 46, move("10:10", -4))]), Decimal(7))

    assert not found.split
    assert (found.counted, found.variance) == (q(47), q(1))


@pytest.mark.rule("1.6-4")
def test_a_back_dated_movement_is_honoured() -> None:
    """80 counted when the book said 1000; the issue of 900 of the day before comes in later."""
    counted_at = datetime(2025, 7, 1, 12, tzinfo=UTC)
    day_before = datetime(2025, 6, 30, 12, tzinfo=UTC)
    captured = variance(evidence([line("A1", counted_at, 80)], [pool("A1", 1000)]))
    found = variance(
        evidence([line("A1", counted_at, 80)], [pool("A1", 100, move(day_before, -900))])
    )

    assert captured.variance == -920
    assert (found.book, found.variance) == (q(100), q(-20))
    assert final(100, found.variance) == 80


@pytest.mark.rule("1.6-5")
def test_a_count_that_contradicts_the_books_blocks_the_completion() -> None:
    """10 in the books, 4 counted, then a sale of 5: 5 - 6 would be less than nothing."""
    contradicting = evidence(
        [line("A1", "10:00", 4)], [pool("A1", 5, move("10:10", -5))], expected=("A1",)
    )
    found = variance(contradicting)
    assert (found.variance, found.negative) == (q(-6), True)

    blockers = Blockers()
    inspect(blockers, [contradicting], frozenset(), ONE_PERCENT)
    thaw = blockers.thaw("BLOCK")
    assert thaw is not None
    assert (thaw.code, thaw.items) == ("NEGATIVE_RESULT", (COUNT,))


@pytest.mark.rule("1.6-4")
def test_the_captured_book_is_kept_beside_the_new_one() -> None:
    """It is what was known when the count came in."""
    event = counting(EXPECTED).counts(ANN, "10:00", count(80)).recorded[0]
    assert getattr(event, "captured", None) == BOOK.quantity


@pytest.mark.parametrize(
    ("clock", "in_the_book"), [("09:59:59", True), ("10:00", True), ("10:00:01", False)]
)
def test_a_movement_of_the_very_instant_came_before_the_count(
    clock: str, in_the_book: bool
) -> None:
    """B(t) is what had occurred at t."""
    found = variance(evidence([line("A1", "10:00", 10)], [pool("A1", 10, move(clock, 4))]))
    assert found.book == (10 if in_the_book else 6)


@pytest.mark.parametrize(
    ("counted", "book", "percent"),
    [(0, 0, "0.00"), (1, 0, None), (97, 100, "-3.00"), (101, 100, "1.00"), (0, 3, "-100.00")],
)
def test_a_percentage_needs_a_book(counted: int, book: int, percent: str | None) -> None:
    """Something where the books have nothing is over any threshold."""
    found = variance(evidence([line("A1", "10:00", counted)], [pool("A1", book)]))
    assert (None if found.percent is None else str(found.percent)) == percent


def test_a_value_needs_a_cost() -> None:
    """It is rounded half away from zero."""
    found = variance(evidence([line("A1", "10:00", 97)], [pool("A1", 100)]))
    assert found.value(None) is None
    assert str(found.value(Decimal("0.0150"))) == "-0.05"


def test_nothing_counted_has_no_variance() -> None:
    """Neither zero nor minus everything."""
    assert variances(evidence([], [pool("A1", 100)], expected=("A1",)), ONE_PERCENT) == ()


def test_quarantine_is_counted_for_itself() -> None:
    """Each bucket against its own book; one without lines has no variance."""
    damaged = pool("A1", 10, move("10:10", 0, 2), quarantine=5)
    lines = [line("A1", "10:00", 9), line("A1", "10:00", 4, bucket="quarantine")]
    usable, quarantine = variances(evidence(lines, [damaged]), ONE_PERCENT)

    assert (usable.bucket, usable.book, usable.variance) == ("usable", q(10), q(-1))
    assert (quarantine.bucket, quarantine.book, quarantine.variance) == ("quarantine", q(3), q(1))
    assert shares(quarantine) == {pool_of("A1"): 1}


def test_two_lots_of_one_shelf_are_one_count_of_it() -> None:
    """A sale between them can be read two ways."""
    lines = [line("A1", "10:00", 5), line("A1", "10:20", 5)]
    assert variance(evidence(lines, [pool("A1", 10)])).variance == 0
    assert variance(evidence(lines, [pool("A1", 6, move("10:10", -4))])).split
    assert not variance(evidence(lines, [pool("A1", 6, move("10:20:01", -4))])).split


def test_a_transfer_between_counted_shelves_is_no_difference() -> None:
    """5 went from A1, counted before, to A2, counted after."""
    pools = [pool("A1", 25, move("10:10", -5)), pool("A2", 25, move("10:10", 5))]
    lines = [line("A1", "10:00", 30), line("A2", "10:20", 25)]
    assert set(shares(variance(evidence(lines, pools))).values()) == {ZERO}


@pytest.mark.parametrize(
    ("shelves", "expected", "missing"),
    [
        (("A1", "A2"), ("A1", "A2"), False),
        (("A1",), ("A1", "A2"), True),
        (("A1",), ("A1", ""), False),
        (("A1", "B1"), ("A1",), False),
        ((), (), False),
        ((), ("A1",), True),
    ],
)
def test_an_item_is_partly_counted_while_an_expected_shelf_has_no_line(
    shelves: tuple[str, ...], expected: tuple[str, ...], missing: bool
) -> None:
    """Stock of the warehouse itself lies on any shelf."""
    lines = [line(shelf, "10:00", 5) for shelf in shelves]
    assert partial(evidence(lines, [], expected)) is missing


def test_stock_that_came_to_an_uncounted_shelf_makes_the_item_partial() -> None:
    """Only the counted shelves are posted then."""
    found = variance(evidence([line("A1", "10:00", 9)], [pool("A1", 10), pool("A2", 3)]))

    assert found.partial
    assert shares(found) == {pool_of("A1"): -1}


def test_posting_a_variance_to_a_pool_is_a_delta() -> None:
    """What moved after the count stays moved."""
    sold = moved(m.StockConsumed, -5, 95, job="sale")
    stock = fold(PoolStock, CREATED, received(100), sold)
    stock.adjust_to_count(q(-3), "usable", SESSION, COUNT, NOW)
    assert (stock.on_hand, stock.place) == (q(92), SHELF)
