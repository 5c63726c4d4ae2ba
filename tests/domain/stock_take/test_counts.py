"""Count lines: one current value each, owned by its counter (domain.md 1.5)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain.base import Refused
from domain.permissions import Permission
from domain.stock.product import UnknownUnit
from domain.stock_take import item_commands as c
from domain.stock_take import item_events as e
from domain.stock_take import session_commands as s
from domain.stock_take.counted_shelf import CountedShelf, ShelfClaimed
from domain.stock_take.item_count import MOST_LINES, ItemCount
from tests.domain.stock.pools import PRODUCT, q
from tests.domain.stock.products import product
from tests.domain.stock_take.counts import (
    ACTIVE,
    EXPECTED,
    FOUND,
    KEYS,
    TABLETS,
    count,
    counting,
    line,
    superseded,
)
from tests.domain.stock_take.sessions import CAROL, HISTORIES, SESSION, created, session
from tests.specification import ANN, BOB, NOW, at, fold

COUNTED = (EXPECTED, line(1, "10:00", 5))
WITHDRAWN = e.CountWithdrawn(**KEYS, number=1, counter=ANN)
POSTED = e.ItemPosted(
    **KEYS,
    counted=q(5),
    book=q(5),
    variance=q(0),
    quarantine_variance=q(0),
    as_of=at("10:00").now,
    position=9,
    unit_cost=None,
    value=None,
    partial=False,
    postings=(),
)


def parts(*entries: tuple[str, str | None]) -> tuple[c.CountPart, ...]:
    """What was counted in several units."""
    return tuple(c.CountPart(q(quantity), unit) for quantity, unit in entries)


@pytest.mark.rule("T-1.5-a")
def test_a_count_in_several_units_is_one_line() -> None:
    """3 packs of 100 and 25 tablets are 325, and what was written down is kept."""
    entries = parts(("3", "pack"), ("25", None))
    counted = counting(EXPECTED).counts(ANN, "10:00", count(None, entries=entries))
    counted.then(line(1, "10:00", 325, entries=(e.Entry(q(3), "pack"), e.Entry(q(25), None))))
    assert [one.quantity for one in counted.aggregate.lines.values()] == [325]


@pytest.mark.rule("T-1.1-b")
def test_the_counter_is_whoever_acts() -> None:
    """No field names him, and a body that does is refused."""
    for field in ("counted_by", "user_id", "counter"):
        wish: dict[str, Any] = {"session": str(SESSION), "item": str(PRODUCT), field: str(BOB)}
        with pytest.raises(msgspec.ValidationError, match=f"unknown field `{field}`"):
            msgspec.convert(wish, c.RecordCount)
    for who in (ANN, BOB):
        recorded = counting(EXPECTED).counts(who, "10:00", 5).recorded
        assert recorded == (line(1, "10:00", 5, who),)


def test_a_second_count_of_one_s_own_replaces_the_first() -> None:
    """It is never added; zero is a count."""
    counting(*COUNTED).counts(ANN, "10:10", 0).then(superseded(1, "10:00", 5), line(1, "10:10", 0))


def test_another_s_line_is_refused() -> None:
    """However little he says."""
    counting(*COUNTED).counts(BOB, "10:10", 5).refused(c.AlreadyCounted, by=ANN)
    counting(*COUNTED).counts(BOB, "10:10", count(5, " a1 ")).refused(c.AlreadyCounted, by=ANN)


@pytest.mark.parametrize(
    "other",
    [
        {"shelf": "A2"},
        {"shelf": ""},
        {"lot": "L1"},
        {"expiry": date(2026, 1, 31)},
        {"bucket": "quarantine"},
    ],
)
def test_another_shelf_lot_expiry_or_bucket_is_another_line(other: dict[str, Any]) -> None:
    """Anybody may count it, and the item's total is the sum."""
    decision = counting(*COUNTED).counts(BOB, "10:10", count(3, **other))
    decision.then(line(2, "10:10", 3, BOB, **other))
    assert sum(one.quantity for one in decision.aggregate.lines.values()) == 8


def test_blanks_around_a_lot_make_no_other_lot() -> None:
    """Else the same boxes would be counted twice."""
    decision = counting(EXPECTED, line(1, "10:00", 5, lot="L1"))
    decision.counts(BOB, "10:10", count(5, lot=" L1 ")).refused(c.AlreadyCounted, by=ANN)
    counting(EXPECTED).counts(ANN, "10:00", count(5, lot=" L1 ")).then(
        line(1, "10:00", 5, lot="L1")
    )


@pytest.mark.rule("3.2-a")
@pytest.mark.parametrize(
    ("wish", "error", "pointer"),
    [
        (count(None), c.QuantityOrEntries, "/quantity"),
        (count(5, entries=parts(("5", None))), c.QuantityOrEntries, "/quantity"),
        (count(5, lot=" "), c.BlankLot, "/lot"),
        (count(-1), c.NegativeCount, "/quantity"),
        (count(None, entries=parts(("5", None), ("-1", None))), c.NegativeCount, "/quantity"),
        (count("0.5"), c.CountNotWhole, "/quantity"),
        (count(None, entries=parts(("0.025", "pack"))), c.CountNotWhole, "/quantity"),
        (
            count(None, entries=parts(("999999999999", None), ("1", None))),
            c.CountTooLarge,
            "/quantity",
        ),
    ],
)
def test_an_impossible_count_is_refused(
    wish: c.RecordCount, error: type[Refused], pointer: str
) -> None:
    """Blank is not zero, and a quarter of a pack of ten is no number of tablets."""
    counting(*COUNTED).counts(ANN, "10:10", wish).refused(error, pointer=pointer)


def test_bulk_is_counted_in_fractions() -> None:
    """Of what has no whole units."""
    litres = product(classification="bulk_material")
    wish = count("11.640")
    decision = counting(EXPECTED).counts(ANN, "10:00", wish, of=litres)
    assert [getattr(one, "quantity", None) for one in decision.recorded] == [q("11.640")]


def test_a_part_of_a_pack_is_fine_where_it_is_whole() -> None:
    """Half a pack of 100 is 50 tablets."""
    wish = count(None, entries=parts(("0.5", "pack")))
    counting(EXPECTED).counts(ANN, "10:00", wish).then(
        line(1, "10:00", 50, entries=(e.Entry(q("0.5"), "pack"),))
    )


def test_what_was_not_expected_is_found() -> None:
    """Unless it is digital, which nobody counts."""
    counting().counts(ANN, "10:00", 5).then(FOUND, line(1, "10:00", 5))
    digital = product(classification="digital")
    counting().counts(ANN, "10:00", 5, of=digital).refused(c.NotCountable, pointer="/item")


@pytest.mark.parametrize(
    ("status", "who", "shelf", "error"),
    [
        ("ACTIVE", CAROL, "B1", s.NotAllowedToCount),
        ("ACTIVE", BOB, "a1", s.ShelfOfAnother),
        ("ACTIVE", ANN, "B1", s.ShelfOfAnother),
        ("DRAFT", BOB, "B1", s.WrongStatus),
        ("PAUSED", BOB, "B1", s.SessionPausedNow),
        ("POSTING", BOB, "B1", s.SessionIsPosting),
        ("COMPLETED", BOB, "B1", s.WrongStatus),
        ("CANCELLED", BOB, "B1", s.WrongStatus),
    ],
)
def test_a_count_needs_the_right_to_count_there(
    status: str, who: UUID, shelf: str, error: type[Refused]
) -> None:
    """In that session, now, on that shelf."""
    folded = session(created(shelves={"A1": ANN}), *HISTORIES[status][1:])
    counting(EXPECTED).counts(who, "10:00", count(5, shelf), session=folded).refused(error)


def test_a_claimed_shelf_is_its_owner_s() -> None:
    """Where first counts claim shelves."""
    claimed = fold(CountedShelf, ShelfClaimed(session=SESSION, shelf="A1", owner=ANN))
    counting(EXPECTED).counts(BOB, "10:00", 5, shelf=claimed).refused(s.ShelfOfAnother, by=ANN)
    counting(EXPECTED).counts(ANN, "10:00", 5, shelf=claimed).then(line(1, "10:00", 5))


def test_an_item_has_at_most_500_lines() -> None:
    """One of them can still be counted again."""
    lines = [line(n, "10:00", 5, shelf=f"S{n}") for n in range(1, MOST_LINES + 1)]
    counting(EXPECTED, *lines).counts(ANN, "10:01", count(5, "S501")).refused(c.TooManyLines)
    again = counting(EXPECTED, *lines).counts(ANN, "10:01", count(6, "S500"))
    assert again.recorded[-1] == line(500, "10:01", 6, shelf="S500")


def withdraw(*history: e.ItemCountEvent, who: UUID = ANN, number: int = 1) -> counting:
    """Somebody takes a line back."""
    decision = counting(*history)
    context = at("10:10", who)
    return decision.when(ItemCount.withdraw, c.WithdrawCount(), ACTIVE, number, context)


def test_a_counter_takes_his_own_line_back() -> None:
    """Its number is not used again, so that nothing that names it changes its meaning."""
    withdraw(*COUNTED).then(WITHDRAWN)
    counting(*COUNTED, WITHDRAWN).counts(BOB, "10:20", 6).then(line(2, "10:20", 6, BOB))


@pytest.mark.parametrize(
    ("who", "number", "error"),
    [(BOB, 1, c.CountOfAnother), (ANN, 2, c.NoSuchCount), (CAROL, 1, s.NotAllowedToCount)],
)
def test_only_one_s_own_line_is_taken_back(who: UUID, number: int, error: type[Refused]) -> None:
    """And only while it is there."""
    withdraw(*COUNTED, who=who, number=number).refused(error)


@pytest.mark.parametrize(
    ("status", "error"),
    [("PAUSED", s.SessionPausedNow), ("POSTING", s.SessionIsPosting), ("COMPLETED", s.WrongStatus)],
)
def test_nothing_is_taken_back_while_counting_rests(status: str, error: type[Refused]) -> None:
    """Neither in a pause nor after it."""
    folded = session(*HISTORIES[status])
    counting(*COUNTED).when(
        ItemCount.withdraw, c.WithdrawCount(), folded, 1, at("10:10", ANN)
    ).refused(error)


def test_an_item_is_expected_where_the_books_have_it() -> None:
    """The session says whether it is counted blind."""
    decision = counting()
    decision.when(ItemCount.expect, ACTIVE, PRODUCT, EXPECTED.shelves, NOW)
    decision.then(EXPECTED)


def test_an_item_is_posted_once() -> None:
    """A second time is refused, so a repeated posting changes nothing."""
    counting(*COUNTED).when(ItemCount.post, POSTED, NOW).then(POSTED)
    counting(*COUNTED, POSTED).when(ItemCount.post, POSTED, NOW).refused(c.AlreadyPosted)


REVIEWER = at("10:10", permissions=frozenset({Permission.STOCK_TAKE_REVIEW}))


@pytest.mark.parametrize(
    ("blind", "reviewer", "counters", "captured"),
    [
        (True, False, [ANN], None),
        (True, True, [ANN, BOB], 500),
        (False, False, [ANN, BOB], 500),
        (False, True, [ANN, BOB], 500),
    ],
)
def test_a_blind_counter_sees_his_own_lines_without_the_book(
    blind: bool, reviewer: bool, counters: list[UUID], captured: int | None
) -> None:
    """A reviewer sees all, and in an open count everybody does."""
    expected = e.ItemExpected(**KEYS, blind=blind, shelves=())
    lines = (line(1, "10:00", 5), line(2, "10:01", 6, BOB, shelf="A2"))
    shown = counting(expected, *lines).aggregate.view(REVIEWER if reviewer else at("10:10", ANN))

    assert [one.counter for one in shown.lines] == counters
    assert {one.captured for one in shown.lines} == {captured}


def test_the_book_is_captured_as_it_was_known() -> None:
    """It stands beside the count for ever, whatever is recorded later (domain.md 1.6)."""
    decision = counting(EXPECTED).counts(ANN, "10:00", 5)
    assert [getattr(one, "captured", None) for one in decision.recorded] == [500]
    assert [getattr(one, "captured_position", None) for one in decision.recorded] == [7]


def test_a_product_has_the_units_it_has() -> None:
    """Another one cannot be counted in."""
    wish = count(None, entries=parts(("1", "box")))
    counting(EXPECTED).counts(ANN, "10:00", wish).refused(UnknownUnit)
    assert TABLETS.facts.packs == {"pack": 100}
