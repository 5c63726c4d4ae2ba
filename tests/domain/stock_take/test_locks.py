"""Five minutes for one counter (domain.md 1.4)."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.base import Refused
from domain.settings import Settings
from domain.stock_take import item_commands as c
from domain.stock_take import item_events as e
from domain.stock_take import session_commands as s
from domain.stock_take.item_count import ItemCount
from domain.stock_take.session import StockTakeSession
from tests.domain.stock.products import product
from tests.domain.stock_take.counts import (
    ACTIVE,
    EXPECTED,
    FOUND,
    KEYS,
    TABLETS,
    acquired,
    counting,
    line,
    lock,
    renewed,
)
from tests.domain.stock_take.sessions import (
    CAROL,
    HISTORIES,
    PAUSED,
    RESUMED,
    STARTED,
    changed,
    created,
    session,
)
from tests.specification import ANN, BOB, EVE, NOW, at

LOCKED = (EXPECTED, acquired("10:00"))
BROKEN = e.LockBroken(**KEYS, holder=ANN, reason="lunch")
RELEASED = e.LockReleased(**KEYS, holder=ANN)
RESTARTED = session(created(), STARTED, PAUSED, RESUMED)
WITHOUT_ANN = session(created(), STARTED, changed(counters=(BOB,)))


@pytest.mark.rule("1.4-a")
def test_a_lock_lasts_five_minutes() -> None:
    """Free at the very instant; whoever takes it over is told of its last holder."""
    counting(EXPECTED).locks(ANN, "10:00").then(acquired("10:00"))
    counting(*LOCKED).locks(BOB, "10:04:59").refused(c.Locked, by=ANN, retry_after=1)
    counting(*LOCKED).locks(BOB, "10:04:59.999999").refused(c.Locked, by=ANN, retry_after=1)
    counting(*LOCKED).locks(BOB, "10:00").refused(c.Locked, by=ANN, retry_after=300)
    counting(*LOCKED).locks(BOB, "10:05").then(acquired("10:05", BOB, previous=ANN))


@pytest.mark.rule("1.4-a")
def test_its_holder_can_take_it_again() -> None:
    """From then on it has its full length."""
    counting(*LOCKED).locks(ANN, "10:03").then(renewed("10:03"))
    again = (*LOCKED, renewed("10:03"))
    counting(*again).locks(BOB, "10:07:59").refused(c.Locked, by=ANN, retry_after=1)
    counting(*again).locks(BOB, "10:08").then(acquired("10:08", BOB, previous=ANN))


@pytest.mark.rule("1.4-a", "T-1.4-a")
def test_a_count_ends_its_counter_s_lock() -> None:
    """In the same append, so the next one need not wait."""
    counted = counting(*LOCKED).counts(ANN, "10:02", 325)
    counted.then(line(1, "10:02", 325))
    assert counted.aggregate.lock is None
    counting(*LOCKED, line(1, "10:02", 325)).locks(BOB, "10:02:01").then(acquired("10:02:01", BOB))


@pytest.mark.rule("1.4-a", "T-1.4-a")
def test_a_broken_lock_loses_to_whoever_came_meanwhile() -> None:
    """Refused while the other holds the item, and refused once he has counted it."""
    taken = (*LOCKED, BROKEN, acquired("10:02", BOB))
    counting(*taken).counts(ANN, "10:03", 5).refused(c.Locked, by=BOB, retry_after=240)
    counting(*taken, line(1, "10:02:30", 6, BOB)).counts(ANN, "10:03", 5).refused(
        c.LockLost, by=BOB
    )


@pytest.mark.rule("T-1.4-a")
def test_counting_needs_no_lock_but_respects_one() -> None:
    """A live lock of somebody else refuses counts, withdrawals and locks alike."""
    counting(EXPECTED).counts(ANN, "10:00", 5).then(line(1, "10:00", 5))
    counting(*LOCKED).counts(BOB, "10:04:59", 5).refused(c.Locked, by=ANN, retry_after=1)
    counting(*LOCKED).counts(BOB, "10:05", 5).then(line(1, "10:05", 5, BOB))
    own = (EXPECTED, line(1, "09:59", 5, BOB), acquired("10:00"))
    counting(*own).when(ItemCount.withdraw, c.WithdrawCount(), ACTIVE, 1, at("10:01", BOB)).refused(
        c.Locked, by=ANN, retry_after=240
    )


@pytest.mark.parametrize("ended", [(), (BROKEN,)], ids=["run out", "broken"])
def test_a_late_count_is_accepted_when_nobody_came_between(
    ended: tuple[e.ItemCountEvent, ...],
) -> None:
    """Neither a lock that was taken and ended meanwhile nor another line is in its way."""
    counting(*LOCKED, *ended).counts(ANN, "10:09", 5).then(line(1, "10:09", 5))
    b_line = line(1, "10:06", 6, BOB, shelf="A2")
    counting(*LOCKED, *ended, acquired("10:05", BOB), b_line).counts(ANN, "10:09", 5).then(
        line(2, "10:09", 5)
    )


def test_a_line_that_was_counted_before_the_lock_is_somebody_s_already() -> None:
    """The lock was not lost, it was never of use for that line."""
    history = (EXPECTED, line(1, "09:59", 6, BOB), acquired("10:00"))
    counting(*history).counts(ANN, "10:01", 5).refused(c.AlreadyCounted, by=BOB)


def test_who_gave_his_lock_back_has_lost_none() -> None:
    """The other's count is simply there already."""
    history = (*LOCKED, RELEASED, line(1, "10:01", 6, BOB))
    counting(*history).counts(ANN, "10:02", 5).refused(c.AlreadyCounted, by=BOB)


@pytest.mark.parametrize(
    ("now", "free"),
    [(ACTIVE, False), (RESTARTED, True), (WITHOUT_ANN, True)],
    ids=["active", "paused and resumed", "holder removed"],
)
def test_a_lock_ends_with_a_pause_and_with_its_holder_s_right(
    now: StockTakeSession, free: bool
) -> None:
    """No event says so: it follows from the session."""
    decision = counting(*LOCKED).locks(BOB, "10:01", now)
    if free:
        activation = now.activation
        decision.then(acquired("10:01", BOB, previous=ANN, activation=activation))
    else:
        decision.refused(c.Locked)


def test_the_organization_chooses_how_long_a_lock_lasts() -> None:
    """One minute, here."""
    minute = Settings(lock_seconds=60)
    decision = counting(EXPECTED).locks(ANN, "10:00", settings=minute)
    assert [getattr(one, "expires_at", None) for one in decision.recorded] == [at("10:01").now]


def test_an_item_that_was_not_expected_is_found_with_its_lock() -> None:
    """What is never counted, being digital, is refused."""
    counting().locks(ANN, "10:00").then(FOUND, acquired("10:00"))
    digital = product(classification="digital")
    counting().when(ItemCount.acquire, lock(), ACTIVE, digital, at("10:00", ANN)).refused(
        c.NotCountable, pointer="/item"
    )


@pytest.mark.parametrize(
    ("status", "who", "shelf", "error"),
    [
        ("ACTIVE", ANN, None, None),
        ("ACTIVE", BOB, " b1", None),
        ("ACTIVE", BOB, " a1 ", s.ShelfOfAnother),
        ("ACTIVE", CAROL, None, s.NotAllowedToCount),
        ("PAUSED", ANN, None, s.SessionPausedNow),
        ("POSTING", ANN, None, s.SessionIsPosting),
        ("COMPLETED", ANN, None, s.WrongStatus),
        ("NONE", ANN, None, s.NoSuchSession),
    ],
)
def test_a_lock_needs_the_right_to_count(
    status: str, who: UUID, shelf: str | None, error: type[Refused] | None
) -> None:
    """In that session, now, and on the shelf if one is named."""
    history = [created(shelves={"A1": ANN}), *HISTORIES[status][1:]] if status != "NONE" else []
    folded = session(*history) if history else StockTakeSession.blank(ACTIVE.id)
    decision = counting(EXPECTED).when(
        ItemCount.acquire, lock(shelf), folded, TABLETS, at("10:00", who)
    )
    if error is None:
        decision.then(acquired("10:00", who))
    else:
        decision.refused(error)


@pytest.mark.parametrize(
    ("history", "who", "events"),
    [
        (LOCKED, ANN, [RELEASED]),
        (LOCKED, BOB, []),
        ((EXPECTED,), ANN, []),
        ((*LOCKED, BROKEN), ANN, []),
    ],
)
def test_only_the_holder_gives_a_lock_back(
    history: tuple[e.ItemCountEvent, ...], who: UUID, events: list[e.ItemCountEvent]
) -> None:
    """For everybody else there is nothing to do, and nothing is done."""
    counting(*history).when(ItemCount.release, ACTIVE, at("10:01", who)).then(*events)


def test_strangers_give_nothing_back() -> None:
    """They are refused."""
    counting(*LOCKED).when(ItemCount.release, ACTIVE, at("10:01", CAROL)).refused(
        s.NotAllowedToCount
    )


@pytest.mark.parametrize(
    ("history", "now", "clock", "possible"),
    [
        (LOCKED, ACTIVE, "10:04:59", True),
        (LOCKED, ACTIVE, "10:05", False),
        (LOCKED, RESTARTED, "10:01", False),
        ((EXPECTED,), ACTIVE, "10:01", False),
        ((*LOCKED, BROKEN), ACTIVE, "10:01", False),
    ],
)
def test_a_live_lock_can_be_broken_for_a_reason(
    history: tuple[e.ItemCountEvent, ...], now: StockTakeSession, clock: str, possible: bool
) -> None:
    """One that has ended cannot."""
    decision = counting(*history)
    decision.when(ItemCount.break_lock, c.BreakLock(reason="lunch"), now, at(clock, EVE))
    if possible:
        decision.then(BROKEN)
    else:
        decision.refused(c.NotLocked)


def test_the_lock_is_shown_with_its_end() -> None:
    """To everyone: who waits has to know."""
    shown = counting(*LOCKED).aggregate.view(NOW)
    assert shown.lock == c.LockView(holder=ANN, expires_at=at("10:05").now)
