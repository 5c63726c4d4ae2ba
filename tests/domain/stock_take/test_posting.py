"""A stock-take from its start to its posting, in memory (domain.md 1.6 and 1.8)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from domain.base import Refused
from domain.duties import Override
from domain.quantity import ZERO
from domain.stock import movement as m
from domain.stock_take import item_commands as i
from domain.stock_take import posting
from domain.stock_take import session_commands as s
from domain.stock_take.item_events import ExpectedShelf, ItemExpected, ItemFound, ItemPosted
from domain.stock_take.session_events import Policy
from tests.domain.stock.pools import PRODUCT, SHELF, WAREHOUSE, q
from tests.domain.stock_take.stores import Store
from tests.specification import ANN, BOB, EVE, ORGANIZATION, at

OTHER = UUID(int=24)


def store(**stock: int) -> Store:
    """A started stock-take over PRODUCT on these shelves; OTHER has no stock."""
    made = Store((PRODUCT, OTHER))
    for shelf, quantity in stock.items():
        made.receive(shelf, quantity)
    made.start()
    made.now = at("10:00").now
    return made


def test_each_shelf_s_difference_is_posted_to_its_own_pool() -> None:
    """Whatever was sold after its count."""
    open_ = store(A1=10, A2=10)
    open_.count(ANN, "A1", 8)
    open_.count(BOB, "A2", 13)
    open_.now = at("10:10").now
    open_.sell("A1", 5)
    completed = open_.complete("BLOCK")

    assert completed.status == "COMPLETED"
    assert (open_.pool("A1").on_hand, open_.pool("A2").on_hand) == (q(3), q(13))
    (posted,) = open_.memory.events(ItemPosted)
    assert [posted.counted, posted.book, posted.variance] == [q(21), q(20), q(1)]
    assert (ORGANIZATION, "open_session", str(WAREHOUSE)) not in open_.memory.claims


def test_a_confirmed_count_is_posted_without_a_movement() -> None:
    """The books were right."""
    open_ = store(A1=10)
    open_.count(ANN, "A1", 10)
    open_.complete("BLOCK")

    assert open_.variances == {PRODUCT: ZERO}
    assert open_.memory.events(m.CountAdjusted) == []


def test_the_scope_is_what_has_stock_at_the_start() -> None:
    """With the shelves that the books know; what else turns up is found."""
    open_ = store(A1=10)
    (expected,) = open_.memory.events(ItemExpected)
    assert expected.shelves == (ExpectedShelf(open_.pool("A1").place, "A1", q(10)),)

    open_.count(ANN, "A1", 4, OTHER)
    (found,) = open_.memory.events(ItemFound)
    assert found.item == OTHER


def test_what_is_found_is_posted_to_a_new_pool() -> None:
    """At the warehouse itself: no shelf has an entry of it."""
    open_ = store(A1=10)
    open_.count(ANN, "A1", 10)
    open_.count(ANN, "A1", 4, OTHER)
    open_.complete("BLOCK")

    assert open_.pool("", OTHER).on_hand == 4
    assert open_.pool("", OTHER).exists


@pytest.mark.parametrize(
    ("policy", "status", "on_hand"), [("BLOCK", "ACTIVE", 10), ("LEAVE", "COMPLETED", 8)]
)
def test_a_partly_counted_item_blocks_or_is_posted_where_it_was_counted(
    policy: Policy, status: str, on_hand: int
) -> None:
    """The uncounted shelf is left as it is; nothing is ever taken for zero silently."""
    open_ = store(A1=10, A2=5)
    open_.count(ANN, "A1", 8)
    session = open_.complete(policy)

    assert session.status == status
    assert (open_.pool("A1").on_hand, open_.pool("A2").on_hand) == (q(on_hand), q(5))
    assert (session.thawed is None) is (status == "COMPLETED")


def test_an_uncounted_item_may_be_left() -> None:
    """It is listed, and its stock stays."""
    open_ = store(A1=10)
    session = open_.complete("LEAVE")

    assert session.completed is not None
    assert (session.completed.totals.uncounted, session.completed.totals.posted) == (1, 0)
    assert open_.pool("A1").on_hand == 10


@pytest.mark.rule("1.6-5")
def test_a_contradiction_gives_the_session_back_and_names_the_item() -> None:
    """10 in the books, 4 counted, then a sale of 5; an admin may leave the item out by name."""
    open_ = store(A1=10)
    open_.count(ANN, "A1", 4)
    open_.now = at("10:10").now
    open_.sell("A1", 5)
    given_back = open_.complete()

    assert given_back.status == "ACTIVE"
    assert given_back.thawed is not None
    assert given_back.thawed.code == "NEGATIVE_RESULT"
    assert given_back.thawed.items == (open_.counted().id,)

    completed = open_.complete(leave_out=(open_.counted().id,))
    assert completed.completed is not None
    assert completed.completed.totals.left_out == 1
    assert open_.pool("A1").on_hand == 5


def test_the_only_counter_does_not_complete() -> None:
    """He gets the session back, until somebody else has a count in it that stands."""
    open_ = store(A1=10, A2=10)
    open_.count(ANN, "A1", 9)
    open_.count(BOB, "A2", 10)
    open_.withdraw(BOB, 2)
    given_back = open_.complete(who=ANN)

    assert given_back.status == "ACTIVE"
    assert given_back.thawed is not None
    assert given_back.thawed.code == "DUTIES_NOT_SEPARATED"
    assert open_.pool("A1").on_hand == 10

    open_.count(BOB, "A2", 10)
    completed = open_.complete(who=ANN)
    assert completed.completed is not None
    assert completed.completed.override is None


@pytest.mark.parametrize("counter", [ANN, BOB])
def test_an_override_stands_in_the_completion_where_it_was_needed(counter: UUID) -> None:
    """Ann gives a reason; it was needed where nobody but she has counted."""
    open_ = store(A1=10)
    open_.count(counter, "A1", 9)
    session = open_.complete(who=ANN, override="Bob is ill")

    assert session.completed is not None
    needed = Override(rule="completer_is_not_the_only_counter", by=ANN, reason="Bob is ill")
    assert session.completed.override == (needed if counter == ANN else None)


def test_who_counted_nothing_completes_a_stock_take_that_nobody_counted() -> None:
    """There is no count to look at with other eyes."""
    assert store(A1=10).complete(who=ANN).status == "COMPLETED"


def test_a_surplus_of_a_pool_that_was_deleted_meanwhile_opens_it_again() -> None:
    """It was counted, sold out and removed from the list before the completion."""
    open_ = store(A1=10)
    open_.count(ANN, "A1", 12)
    open_.now = at("10:10").now
    open_.sell("A1", 10)
    open_.delete("A1")
    assert open_.complete("BLOCK").status == "COMPLETED"

    assert open_.pool("A1").exists
    assert open_.pool("A1").on_hand == 2
    assert open_.memory.events(m.PoolCreated)[-1] == open_.memory.events(m.PoolCreated)[0]


def test_an_item_is_posted_once_however_often_posting_runs() -> None:
    """Once it is completed there is nothing to post to."""
    open_ = store(A1=10)
    open_.count(ANN, "A1", 8)
    open_.act(lambda session, context: session.freeze(s.CompleteSession(), context))
    post = posting.PostItems(items=(open_.counted().id,))
    for _ in range(2):
        open_.memory.do(posting.post_items, post, open_.by(EVE), open_.session)
    assert open_.pool("A1").on_hand == 8
    assert len(open_.memory.events(ItemPosted)) == 1


def test_nothing_is_posted_to_a_session_that_is_not_being_completed() -> None:
    """Before the freeze counts may still come in."""
    open_ = store(A1=10)
    with pytest.raises(posting.NotPosting):
        open_.memory.do(
            posting.post_items, posting.PostItems(items=()), open_.by(EVE), open_.session
        )


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda open_: open_.count(ANN, "A1", 9), s.SessionIsPosting),
        (lambda open_: open_.lock(ANN), s.SessionIsPosting),
        (lambda open_: open_.withdraw(ANN, 1), s.SessionIsPosting),
    ],
)
def test_no_count_slips_in_after_the_freeze(
    act: Callable[[Store], None], error: type[Refused]
) -> None:
    """Nor a lock, nor a withdrawal."""
    open_ = store(A1=10)
    open_.count(ANN, "A1", 8)
    open_.act(lambda session, context: session.freeze(s.CompleteSession(), context))
    with pytest.raises(error):
        act(open_)


def test_the_first_count_claims_an_unassigned_shelf_where_the_session_says_so() -> None:
    """Its owner goes on there, the other one is sent elsewhere."""
    made = Store((PRODUCT, OTHER))
    made.receive("A1", 10)
    made.receive("A1", 10, OTHER)
    made.start(claims_shelves=True)
    made.count(ANN, "A1", 10)
    with pytest.raises(s.ShelfOfAnother):
        made.count(BOB, "a1", 10, OTHER)
    made.count(ANN, "A1", 10, OTHER)
    made.count(BOB, "", 0, OTHER)


def test_a_count_that_is_none_is_not_found() -> None:
    """Neither to be taken back nor to be unlocked."""
    open_ = store(A1=10)
    with pytest.raises(i.NoSuchCount):
        open_.withdraw(ANN, 1, OTHER)
    assert open_.pool("A1").place != SHELF
