"""A whole stock-take at random: whatever happens meanwhile, the books tell the truth after it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from domain.base import Context, Refused
from domain.quantity import ZERO
from domain.stock import pool_commands as c
from domain.stock.pool_stock import PoolStock
from domain.stock_take import counting
from domain.stock_take import item_commands as i
from domain.stock_take import session_commands as s
from domain.stock_take.item_events import CountRecorded
from domain.stock_take.session import StockTakeSession
from tests.domain.properties.effort import effort
from tests.domain.properties.truth import Change, Lock, Spot, Truth
from tests.domain.stock.pools import PRODUCT, q
from tests.domain.stock_take.stores import Store
from tests.specification import ANN, BOB, EVE

AT_ROOT, FOUND = UUID(int=24), UUID(int=25)
SPOTS: tuple[Spot, ...] = (
    (PRODUCT, "A1"),
    (PRODUCT, "A2"),
    (PRODUCT, "B1"),
    (AT_ROOT, "A1"),
    (AT_ROOT, ""),
)
UNBOOKED: tuple[Spot, ...] = ((FOUND, "A1"), (FOUND, "B1"))
booked = st.sampled_from(SPOTS)
counters = st.sampled_from([ANN, BOB])
items = st.sampled_from([PRODUCT, AT_ROOT, FOUND])
some = st.integers(1, 12)
C = TypeVar("C")


class StockTake(RuleBasedStateMachine):
    """Ann and Bob count; meanwhile things come, go, and go without a word."""

    def __init__(self) -> None:
        super().__init__()
        self.store = Store([PRODUCT, AT_ROOT, FOUND])
        self.truth = Truth()

    @initialize(stock=st.tuples(*[some for _ in SPOTS]), unbooked=st.tuples(some, some))
    def start(self, stock: tuple[int, ...], unbooked: tuple[int, ...]) -> None:
        for (item, shelf), quantity in zip(SPOTS, stock, strict=True):
            self.store.receive(shelf, quantity, item)
            self.truth.there[item, shelf] = quantity
        self.truth.there.update(dict(zip(UNBOOKED, unbooked, strict=True)))
        self.truth.counters = {ANN, BOB}
        self.store.start()
        self.wait(1)

    @rule(seconds=st.integers(1, 400))
    def wait(self, seconds: int) -> None:
        self.store.now += timedelta(seconds=seconds)

    @rule(spot=booked, quantity=some, told=st.booleans())
    def come(self, spot: Spot, quantity: int, *, told: bool) -> None:
        if told:
            self.store.receive(spot[1], quantity, spot[0])
        self.happened(spot, quantity, told=told)

    @rule(spot=booked, quantity=some, told=st.booleans(), issued=st.booleans())
    def go(self, spot: Spot, quantity: int, *, told: bool, issued: bool) -> None:
        """What the books do not believe they have is taken without them."""
        quantity = min(quantity, self.truth.there[spot])
        if quantity and told:
            issue = c.IssueStock(quantity=q(quantity), member=ANN)
            sale = c.ConsumeStock(quantity=q(quantity), job="sale")
            if issued:
                told = self.try_(spot, PoolStock.issue, issue)
            else:
                told = self.try_(spot, PoolStock.consume, sale)
        self.happened(spot, -quantity, told=told)

    @rule(quantity=some, there=st.sampled_from(["A2", "B1"]))
    def carry(self, quantity: int, there: str) -> None:
        """From A1 to another shelf, in one append."""
        store, here = self.store, (PRODUCT, "A1")
        quantity = min(quantity, self.truth.there[here])
        source, target = store.pool("A1"), store.pool(there)
        if not 0 < quantity <= source.available(store.now):
            return
        for shelf, half, other in (
            ("A1", PoolStock.transfer_out, target.id),
            (there, PoolStock.transfer_in, source.id),
        ):
            store.at(shelf, PRODUCT, half, q(quantity), other, store.by(EVE))
        self.truth.there[PRODUCT, there] += quantity
        self.happened(here, -quantity, told=True)

    @rule(spot=booked, quantity=some)
    def reserve(self, spot: Spot, quantity: int) -> None:
        self.try_(spot, PoolStock.reserve, c.ReserveStock(quantity=q(quantity), order="R"))

    @precondition(lambda self: self.truth.untold)
    @rule(data=st.data())
    def tell(self, data: st.DataObject) -> None:
        """The books learn later of what happened earlier."""
        change = data.draw(st.sampled_from(self.truth.untold))
        item, shelf = change.spot
        if change.delta > 0:
            self.store.receive(shelf, change.delta, item, change.at)
        else:
            sale = c.ConsumeStock(quantity=q(-change.delta), job="late", occurred_at=change.at)
            if not self.try_(change.spot, PoolStock.consume, sale):
                return
        self.truth.untold.remove(change)

    @rule(who=counters, item=items)
    def lock(self, who: UUID, item: UUID) -> None:
        free = self.may_act(who) and not self.truth.locked_for(who, item, self.store.now)
        assert self.accepted(lambda: self.store.lock(who, item)) is free
        if free:
            until = self.store.now + timedelta(minutes=5)
            self.truth.locks[item] = Lock(who, until, self.truth.activation)

    @rule(who=counters, item=items)
    def unlock(self, who: UUID, item: UUID) -> None:
        stream = self.store.counted(item).id
        by = self.store.by(who)
        self.accepted(
            lambda: self.store.memory.do(counting.release_lock, i.ReleaseLock(), by, stream)
        )
        lock = self.truth.locks.get(item)
        if lock is not None and lock.holder == who and who in self.truth.counters:
            del self.truth.locks[item]

    @rule(who=counters, spot=st.sampled_from(SPOTS + UNBOOKED), error=st.integers(-3, 3))
    def count(self, who: UUID, spot: Spot, error: int) -> None:
        """He writes what is there, and sometimes errs; what the books had is captured."""
        truth, store = self.truth, self.store
        error = max(error, -truth.there[spot])
        written = truth.there[spot] + error
        owner = truth.lines[spot].counter if spot in truth.lines else who
        free = self.may_act(who) and not truth.locked_for(who, spot[0], store.now)
        accepted = self.accepted(lambda: store.count(who, spot[1], written, spot[0]))
        assert accepted is (free and owner == who)
        if accepted:
            truth.write(who, spot, error, store.now)
            captured = store.memory.events(CountRecorded)[-1].captured
            assert captured == sum(truth.book(one) for one in SPOTS if one[0] == spot[0])
        self.wait(1)

    @rule(who=counters, spot=st.sampled_from(SPOTS + UNBOOKED))
    def withdraw(self, who: UUID, spot: Spot) -> None:
        lines = self.store.counted(spot[0]).lines.values()
        number = next((line.number for line in lines if line.shelf == spot[1]), 99)
        own = spot in self.truth.lines and self.truth.lines[spot].counter == who
        free = self.may_act(who) and not self.truth.locked_for(who, spot[0], self.store.now)
        accepted = self.accepted(lambda: self.store.withdraw(who, number, spot[0]))
        assert accepted is (own and free)
        if accepted:
            del self.truth.lines[spot]

    @rule(who=counters, item=items, errors=st.tuples(*[st.integers(-2, 2)] * 3))
    def walk(self, who: UUID, item: UUID, errors: tuple[int, int, int]) -> None:
        """He counts one item on all of its shelves, one after the other."""
        spots = [spot for spot in SPOTS + UNBOOKED if spot[0] == item]
        for spot, error in zip(spots, errors, strict=False):
            self.count(who, spot, error)

    @rule(who=counters, spot=booked, over=st.sampled_from([True, True, True, False]))
    def pause(self, who: UUID, spot: Spot, *, over: bool) -> None:
        """Nobody counts then; each resumption voids the locks."""
        if self.truth.active:
            self.store.act(lambda session, by: session.pause(s.PauseSession(), by))
            self.truth.active = False
        self.count(who, spot, 0)
        if over:
            self.store.act(lambda session, by: session.resume(s.ResumeSession(), by))
            self.truth.active = True
            self.truth.activation += 1

    @rule(allowed=st.sampled_from([(ANN, BOB), (ANN, BOB), (ANN,)]))
    def change_counters(self, allowed: tuple[UUID, ...]) -> None:
        """Bob comes and goes; his lines stay his."""
        wish = s.ChangeSession(allowed_counters=allowed)
        self.store.act(lambda session, by: session.change(wish, by))
        self.truth.counters = set(allowed)

    @invariant()
    def the_lines_are_what_was_written(self) -> None:
        """Each has one owner, and nothing that was refused is among them."""
        for item in (PRODUCT, AT_ROOT, FOUND):
            lines = self.store.counted(item).lines.values()
            found = {(item, one.shelf): (one.counter, int(one.quantity)) for one in lines}
            expected = self.truth.lines.items()
            assert len(found) == len(lines)
            assert found == {
                spot: (one.counter, one.quantity) for spot, one in expected if spot[0] == item
            }

    @invariant()
    def nothing_is_negative(self) -> None:
        """Nor is more reserved than there is."""
        for item, shelf in SPOTS:
            pool = self.store.pool(shelf, item)
            assert ZERO <= pool.reservations.total <= pool.on_hand
            assert pool.on_hand == self.truth.book((item, shelf))

    def teardown(self) -> None:
        """Whatever was counted is posted, unless count and books contradict each other."""
        if not self.store.session.int:
            return
        settled = {item for item in (PRODUCT, AT_ROOT, FOUND) if self.is_settled(item)}
        blocked = {item for item in settled if any(n < 0 for n in self.expected(item).values())}
        session = self.store.complete()
        left_out: tuple[UUID, ...] = ()
        while session.thawed is not None:
            assert set(session.thawed.items).isdisjoint(left_out)
            left_out += session.thawed.items
            session = self.store.complete(leave_out=left_out)
        assert session.status == "COMPLETED"
        assert {self.store.counted(item).id for item in blocked} <= set(left_out)
        for item in settled - blocked:
            self.check_posted(item, session)
        for item, shelf in SPOTS:
            pool = self.store.pool(shelf, item)
            assert ZERO <= pool.reservations.total <= pool.on_hand

    def check_posted(self, item: UUID, session: StockTakeSession) -> None:
        """The variance is what was planted, and the books tell what is there."""
        counted = [spot for spot in self.truth.lines if spot[0] == item]
        if not counted:
            assert item not in self.store.variances
            return
        assert session.frozen is not None
        assert self.store.counted(item).id not in session.frozen.leave_out
        planted = {spot: self.truth.difference(spot) for spot in counted if spot in SPOTS}
        planted |= {spot: self.truth.lines[spot].quantity for spot in counted if spot in UNBOOKED}
        assert self.store.variances[item] == sum(planted.values())
        for (_, shelf), on_hand in self.expected(item).items():
            assert self.store.pool(shelf, item).on_hand == on_hand

    def expected(self, item: UUID) -> dict[Spot, int]:
        """What each entry of the item has to have after posting."""
        lines = {spot: line for spot, line in self.truth.lines.items() if spot[0] == item}
        if item == FOUND:
            return {(FOUND, ""): sum(line.quantity for line in lines.values())} if lines else {}
        return {
            spot: self.truth.after(spot) if spot in lines else self.truth.book(spot)
            for spot in SPOTS
            if spot[0] == item
        }

    def is_settled(self, item: UUID) -> bool:
        """Whether it is clear where its stock is: uncounted stock at the root may be anywhere."""
        shelves = {spot[1] for spot in self.truth.lines if spot[0] == item}
        return item != AT_ROOT or not shelves or "" in shelves

    def happened(self, spot: Spot, delta: int, *, told: bool) -> None:
        """It did, and time goes on."""
        if delta:
            self.truth.move(Change(spot, delta, self.store.now), told=told)
        self.wait(1)

    def may_act(self, who: UUID) -> bool:
        """Whether he may count at all."""
        return self.truth.active and who in self.truth.counters

    def accepted(self, act: Callable[[], object]) -> bool:
        """Whether it was; a refusal leaves no trace in the log."""
        before = len(self.store.memory.log)
        try:
            act()
        except Refused:
            assert len(self.store.memory.log) == before
            return False
        return True

    def try_(
        self, spot: Spot, decide: Callable[[PoolStock, C, Context], object], command: C
    ) -> bool:
        """Whether the entry there accepts the command."""
        item, shelf = spot
        by = self.store.by(EVE)
        return self.accepted(lambda: self.store.at(shelf, item, decide, command, by))


def test_after_a_stock_take_the_books_tell_the_truth() -> None:
    """The variances are what was planted, no line has two owners, nothing is ever negative."""
    run_state_machine_as_test(StockTake, settings=effort(200, steps=60))
