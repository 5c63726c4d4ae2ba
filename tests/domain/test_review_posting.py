"""Posting a frozen stock-take: in ever smaller parts, once, and with every item told of (1.8)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from domain.base import InvalidValue
from domain.ports import VersionConflict
from domain.processes.post_stock_take import post_stock_take
from domain.quantity import LARGEST
from domain.stock_take import posting
from domain.stock_take import session_commands as s
from domain.stock_take.item_events import ItemPosted
from domain.stock_take.session import StockTakeSession
from domain.stock_take.session_events import SessionPosted, Totals
from tests.domain.memory import Books, Unit, finish
from tests.domain.stock.pools import q
from tests.domain.stock_take.stores import Poster, Store
from tests.specification import ANN, BOB, EVE, at

PRODUCTS = tuple(UUID(int=100 + number) for number in range(8))


def counted(missing: int = 2) -> Store:
    """A stock-take over ten of each product on A1, from each of which some are missing."""
    store = Store(PRODUCTS)
    for product in PRODUCTS:
        store.receive("A1", 10, product)
    store.start()
    store.now = at("10:00").now
    for product in PRODUCTS:
        store.count(ANN, "A1", 10 - missing, product)
    return store


class Hindered(Poster):
    """Cannot post some items, or not together with others."""

    def __init__(
        self, store: Store, refuses: Callable[[tuple[UUID, ...]], type[Exception] | None]
    ) -> None:
        super().__init__(store)
        self.refuses = refuses

    async def post(self, session: UUID, command: posting.PostItems) -> None:
        """Posts unless something is in the way."""
        if error := self.refuses(command.items):
            raise error
        await super().post(session, command)


def freeze(store: Store, policy: str = "LEAVE") -> None:
    """Ends the counting."""
    wish = s.CompleteSession(policy=policy)  # type: ignore[arg-type]  # one of them
    store.act(lambda session, context: session.freeze(wish, context))


def drive(store: Store, poster: Poster) -> StockTakeSession:
    """One run of the process."""
    session = store.memory.fold(StockTakeSession, store.session)
    finish(post_stock_take(session, Books(store.memory), poster, store.by(EVE)))
    return store.memory.fold(StockTakeSession, store.session)


def totals(session: StockTakeSession) -> Totals:
    """What it came to."""
    assert session.completed is not None
    return session.completed.totals


def test_where_stock_moves_all_the_time_items_go_in_one_by_one() -> None:
    """No two of them rest at the same time; the totals are those of one append."""
    store = counted()
    freeze(store)
    alone = Hindered(store, lambda items: VersionConflict if len(items) > 1 else None)
    shown = totals(drive(store, alone))

    assert (shown.items, shown.posted, shown.uncounted, shown.blocked) == (8, 8, 0, 0)
    assert len(store.memory.events(SessionPosted)) == 8
    assert all(store.pool("A1", product).on_hand == 8 for product in PRODUCTS)


def test_an_item_whose_stock_never_rests_keeps_none_of_the_others_waiting() -> None:
    """They are posted; the session stays in posting until that one is."""
    store = counted()
    freeze(store)
    restless = store.counted(PRODUCTS[3]).id
    hindered = Hindered(store, lambda items: VersionConflict if restless in items else None)
    for _ in range(2):
        with pytest.raises(VersionConflict):
            drive(store, hindered)
        assert len(store.memory.events(ItemPosted)) == 7
    assert store.memory.fold(StockTakeSession, store.session).status == "POSTING"

    shown = totals(drive(store, Poster(store)))
    assert (shown.posted, shown.blocked) == (8, 0)
    assert store.pool("A1", PRODUCTS[3]).on_hand == 8


def test_an_item_that_can_never_be_stored_is_told_of_and_holds_up_nothing() -> None:
    """It is neither posted nor uncounted: it is blocked."""
    store = counted()
    freeze(store)
    spoilt = store.counted(PRODUCTS[5]).id
    shown = totals(
        drive(store, Hindered(store, lambda items: InvalidValue if spoilt in items else None))
    )
    assert (shown.items, shown.posted, shown.uncounted, shown.blocked) == (8, 7, 0, 1)


def test_once_something_is_posted_there_is_no_way_back() -> None:
    """Else the session would go on with counts whose stock is adjusted already."""
    store = counted()
    freeze(store)
    one = posting.PostItems(items=(store.counted(PRODUCTS[0]).id,))
    store.memory.do(posting.post_items, one, store.by(EVE), store.session)
    thaw = posting.ThawSession(code="NEGATIVE_RESULT", detail="", items=())
    with pytest.raises(s.PostingHasBegun):
        store.memory.do(posting.thaw_session, thaw, store.by(EVE), store.session)


def test_what_became_a_contradiction_after_posting_had_begun_is_blocked() -> None:
    """Nine were sold meanwhile, of eight that were counted."""
    store = counted()
    freeze(store)
    one = posting.PostItems(items=(store.counted(PRODUCTS[0]).id,))
    store.memory.do(posting.post_items, one, store.by(EVE), store.session)
    store.now = at("10:10").now
    store.sell("A1", 9, PRODUCTS[1])
    shown = totals(drive(store, Poster(store)))

    assert (shown.posted, shown.blocked) == (7, 1)
    assert store.pool("A1", PRODUCTS[1]).on_hand == 1


def test_stock_that_is_as_counted_may_move_while_it_is_posted() -> None:
    """Nothing is written to it, so the append does not depend on it either."""
    store = counted(missing=0)
    freeze(store)
    post = posting.PostItems(items=tuple(store.counted(product).id for product in PRODUCTS))
    unit = Unit(store.memory, store.by(EVE))
    finish(posting.post_items(post, unit, store.session))
    unit.commit()

    assert len(store.memory.events(ItemPosted)) == 8
    assert not {store.pool("A1", product).id for product in PRODUCTS} & unit.loaded.keys()


def test_a_surplus_beyond_what_a_balance_can_be_blocks_the_completion() -> None:
    """Two shelves, each counted with almost the most: the session is given back, not stuck."""
    store = counted()
    most = int(LARGEST) - 1
    store.count(ANN, "B1", most, PRODUCTS[0])
    store.count(BOB, "B2", most, PRODUCTS[0])
    given_back = store.complete("LEAVE")

    assert given_back.status == "ACTIVE"
    assert given_back.thawed is not None
    assert given_back.thawed.items == (store.counted(PRODUCTS[0]).id,)


def test_what_is_only_locked_or_taken_back_is_not_missing() -> None:
    """Nobody expects it: it blocks nothing, and no total has it."""
    store = Store((*PRODUCTS[:1], *PRODUCTS[6:]))
    store.receive("A1", 10, PRODUCTS[0])
    store.start()
    store.now = at("10:00").now
    store.count(ANN, "A1", 10, PRODUCTS[0])
    store.lock(ANN, PRODUCTS[6])
    store.count(BOB, "A1", 3, PRODUCTS[7])
    store.withdraw(BOB, 1, PRODUCTS[7])
    shown = totals(store.complete("BLOCK"))

    assert (shown.items, shown.posted, shown.uncounted, shown.blocked) == (1, 1, 0, 0)


def test_totals_say_what_no_value_holds_and_what_was_counted_in_part() -> None:
    """A difference of unknown worth is not a difference of nothing."""
    store = Store(PRODUCTS[:3])
    for product in PRODUCTS[:2]:
        store.receive("A1", 10, product)
    store.receive("B1", 10, PRODUCTS[1])
    store.receive("A1", 10, PRODUCTS[2])
    store.memory.costs[PRODUCTS[1]] = q(2)
    store.start()
    store.now = at("10:00").now
    store.count(ANN, "A1", 9, PRODUCTS[0])
    store.count(ANN, "A1", 7, PRODUCTS[1])
    shown = totals(store.complete("LEAVE"))

    assert (shown.items, shown.posted, shown.uncounted) == (3, 2, 1)
    assert (shown.partial, shown.unvalued) == (1, 1)
    assert (str(shown.net_value), str(shown.gross_value)) == ("-6.00", "6.00")
