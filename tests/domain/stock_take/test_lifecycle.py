"""A stock-take's commands over several aggregates, run in memory (domain.md 1.1 and 1.4)."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.stock_take import counting
from domain.stock_take import item_commands as i
from domain.stock_take import session_commands as s
from domain.stock_take.session import StockTakeSession
from tests.domain.stock_take.stores import Store
from tests.specification import ANN, BOB, EVE, at


def store() -> Store:
    """A started stock-take over ten of PRODUCT on A1, at ten."""
    made = Store()
    made.receive("A1", 10)
    made.start()
    made.now = at("10:00").now
    return made


def test_a_warehouse_has_one_open_stock_take() -> None:
    """A second one is planned but not started, until the first has ended."""
    open_ = store()
    first = open_.session
    with pytest.raises(s.BranchHasOpenSession):
        open_.start()

    open_.memory.do(counting.cancel_session, s.CancelSession(reason="flood"), open_.by(EVE), first)
    open_.start()
    assert open_.session != first
    assert open_.memory.fold(StockTakeSession, open_.session).status == "ACTIVE"


def test_starting_a_paused_session_resumes_it() -> None:
    """Its scope stays the one it had."""
    open_ = store()
    open_.act(lambda session, by: session.pause(s.PauseSession(), by))
    open_.receive("A2", 5)
    resumed = open_.memory.do(
        counting.start_session, s.StartSession(), open_.by(EVE), open_.session
    )
    assert (resumed.status, resumed.activation, resumed.items) == ("ACTIVE", 2, 1)


def test_a_warehouse_without_stock_has_nothing_to_count() -> None:
    """Unless items are listed, which these tests do not."""
    with pytest.raises(s.NothingToCount):
        Store().start()


def test_a_lock_is_taken_broken_and_given_back() -> None:
    """By the id of the item's count."""
    open_ = store()
    count = open_.counted().id
    open_.lock(ANN)
    with pytest.raises(i.Locked):
        open_.lock(BOB)
    wish = i.BreakLock(reason="lunch")
    open_.memory.do(counting.break_lock, wish, open_.by(EVE), count)
    open_.lock(BOB)
    open_.memory.do(counting.release_lock, i.ReleaseLock(), open_.by(BOB), count)
    assert open_.counted().lock is None


def test_what_nobody_counts_cannot_be_unlocked() -> None:
    """It is not found."""
    open_ = store()
    nothing = UUID(int=99)
    with pytest.raises(i.NoSuchCount):
        open_.memory.do(counting.release_lock, i.ReleaseLock(), open_.by(ANN), nothing)
    wish = i.BreakLock(reason="lunch")
    with pytest.raises(i.NoSuchCount):
        open_.memory.do(counting.break_lock, wish, open_.by(EVE), nothing)
