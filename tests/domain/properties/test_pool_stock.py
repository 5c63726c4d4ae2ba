"""Whatever happens to a pool: its invariants hold, and all that tell its story tell the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Concatenate, ParamSpec
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from domain.base import Context, Recorded, Refused
from domain.quantity import ZERO, Quantity, UnitCost
from domain.registry import Registry
from domain.snapshots import STATES, capture, restore
from domain.stock import movement as m
from domain.stock import pool_commands as c
from domain.stock.pool_stock import PoolStock
from projections.engine.fold import replay
from projections.issuances import ISSUANCES
from projections.movements import MOVEMENTS
from projections.reservations import RESERVATIONS
from projections.stock import STOCK_LEVELS
from tests.domain.properties.effort import effort
from tests.domain.stock.pools import BULK, CREATED, PRODUCT, STOCK
from tests.specification import ANN, BOB, EVE, FRESH, NOW, ORGANIZATION, state

P = ParamSpec("P")
REGISTRY = Registry()
ELSEWHERE = UUID(int=29)
STAYS = (m.StockIssued, m.StockReturned, m.QuarantineRepaired)

amounts = st.one_of(
    st.integers(-3, 40).map(Quantity),
    st.integers(-3_000, 40_000).map(lambda n: Quantity(Decimal(n).scaleb(-3))),
)
numbers = st.integers(0, 5)
past = st.none() | st.integers(-60, 7_200).map(lambda seconds: timedelta(seconds=seconds))


class Pool(RuleBasedStateMachine):
    """One pool and its shadow, which knows nothing but the stored bytes of its events."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW.now
        self.live, self.shadow = PoolStock.blank(STOCK), PoolStock.blank(STOCK)
        self.log: list[Recorded] = []

    @initialize(created=st.sampled_from([CREATED, BULK]))
    def create(self, created: m.PoolCreated) -> None:
        self.attempt(PoolStock.open, created, self.context)

    @rule(seconds=st.integers(0, 5_000))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(quantity=amounts, ago=past)
    def set(self, quantity: Quantity, ago: timedelta | None) -> None:
        command = c.SetStock(quantity=quantity, reason="r", occurred_at=self.before(ago))
        self.attempt(PoolStock.set, command, self.context)

    @rule(quantity=amounts)
    def adjust(self, quantity: Quantity) -> None:
        command = c.AdjustStock(quantity=quantity, reason="r")
        self.attempt(PoolStock.adjust, command, self.context)

    @rule(quantity=amounts)
    def receive(self, quantity: Quantity) -> None:
        command = c.ReceiveStock(quantity=quantity, unit_cost=UnitCost("1.5"))
        self.attempt(PoolStock.receive, command, self.context)

    @rule(quantity=amounts, seconds=st.none() | st.integers(0, 3_000))
    def reserve(self, quantity: Quantity, seconds: int | None) -> None:
        ends = None if seconds is None else self.now + timedelta(seconds=seconds)
        command = c.ReserveStock(quantity=quantity, order="R", expires_at=ends)
        self.attempt(PoolStock.reserve, command, self.context)

    @rule(number=numbers, quantity=st.none() | amounts)
    def release(self, number: int, quantity: Quantity | None) -> None:
        command = c.ReleaseReservation(quantity=quantity)
        self.attempt(PoolStock.release, command, self.context, number)

    @rule(number=numbers, quantity=st.none() | amounts)
    def fulfil(self, number: int, quantity: Quantity | None) -> None:
        command = c.FulfilReservation(quantity=quantity)
        self.attempt(PoolStock.fulfil, command, self.context, number)

    @rule()
    def expire(self) -> None:
        self.attempt(PoolStock.expire, c.ExpireReservations(), self.context)

    @rule(quantity=amounts, member=st.sampled_from([ANN, BOB]), ago=past)
    def issue(self, quantity: Quantity, member: UUID, ago: timedelta | None) -> None:
        command = c.IssueStock(quantity=quantity, member=member, occurred_at=self.before(ago))
        self.attempt(PoolStock.issue, command, self.context)

    @rule(
        number=numbers,
        quantity=st.none() | amounts,
        condition=st.sampled_from(["good", "fair", "poor", "damaged"]),
    )
    def take_back(self, number: int, quantity: Quantity | None, condition: m.Condition) -> None:
        command = c.ReturnStock(quantity=quantity, condition=condition)
        self.attempt(PoolStock.take_back, command, self.context, number)

    @rule(quantity=amounts, ago=past)
    def consume(self, quantity: Quantity, ago: timedelta | None) -> None:
        command = c.ConsumeStock(quantity=quantity, job="sale", occurred_at=self.before(ago))
        self.attempt(PoolStock.consume, command, self.context)

    @rule(quantity=amounts, out=st.booleans())
    def transfer(self, quantity: Quantity, *, out: bool) -> None:
        half = PoolStock.transfer_out if out else PoolStock.transfer_in
        self.attempt(half, quantity, ELSEWHERE, self.context)

    @rule(
        quantity=amounts,
        source=st.sampled_from(["stock", "quarantine", "issuance"]),
        number=numbers,
    )
    def write_off(self, quantity: Quantity, source: m.WriteOffSource, number: int) -> None:
        command = c.WriteOffStock(quantity=quantity, reason="r", source=source, issuance=number)
        self.attempt(PoolStock.write_off, command, self.context)

    @rule(quantity=amounts)
    def repair(self, quantity: Quantity) -> None:
        self.attempt(PoolStock.repair, c.RepairStock(quantity=quantity), self.context)

    @rule(delta=amounts, bucket=st.sampled_from(["usable", "quarantine"]))
    def count(self, delta: Quantity, bucket: m.Bucket) -> None:
        self.attempt(PoolStock.adjust_to_count, delta, bucket, PRODUCT, STOCK, self.context)

    @rule(tenths=st.integers(0, 11))
    def lose(self, tenths: int) -> None:
        """A count finds that many tenths missing; eleven contradict the books."""
        delta = -(self.live.on_hand * tenths / 10).quantize(ZERO)
        self.attempt(PoolStock.adjust_to_count, delta, "usable", PRODUCT, STOCK, self.context)

    @rule(threshold=st.none() | amounts, note=st.sampled_from(["", "dry"]))
    def update(self, threshold: Quantity | None, note: str) -> None:
        command = c.UpdateEntry(threshold=threshold, maximum=threshold, note=note)
        self.attempt(PoolStock.update, command, self.context)

    @rule(again=st.booleans())
    def delete(self, *, again: bool) -> None:
        """What is there is cleared away before."""
        self.attempt(PoolStock.set, c.SetStock(quantity=Quantity(0), reason="r"), self.context)
        self.attempt(PoolStock.delete, c.DeleteEntry(), self.context)
        if again:
            self.attempt(PoolStock.open, CREATED, self.context)

    @rule()
    def begin_at_a_snapshot(self) -> None:
        """What the shadow folds from now on, it folds on top of a snapshot."""
        self.shadow = restore(PoolStock, STOCK, self.shadow.version, capture(self.shadow))

    @property
    def context(self) -> Context:
        """Eve acts now."""
        return Context(ORGANIZATION, EVE, self.now, FRESH)

    def before(self, ago: timedelta | None) -> datetime | None:
        """When a movement happened; a minute ahead is an error that people make."""
        return None if ago is None else self.now - ago

    def attempt(
        self,
        decide: Callable[Concatenate[PoolStock, P], object],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        """Decides; the shadow gets what was stored, and has to know the same at the end."""
        try:
            decide(self.live, *args, **kwargs)
        except Refused:
            assert self.live.pending_events == []
        for recorded in self.live.collect_events():
            assert isinstance(recorded, Recorded)
            self.store(recorded)
        assert state(self.shadow) == state(self.live)

    def store(self, recorded: Recorded) -> None:
        """Puts the event into the log as bytes, and back from there into the shadow."""
        event = REGISTRY.decode(*REGISTRY.encode(recorded.event))
        position = len(self.log) + 1
        again = Recorded(
            STOCK,
            recorded.version,
            recorded.occurred_at,
            recorded.actor,
            event,
            recorded.organization,
            position,
            self.now,
        )
        owned = self.owned
        again.mutate(self.shadow)
        self.log.append(again)
        self.check(event, self.owned - owned)

    @property
    def owned(self) -> Decimal:
        """What is on hand, in quarantine or out with members."""
        return self.shadow.on_hand + self.shadow.quarantine + self.shadow.issuances.total

    def check(self, event: object, change: Decimal) -> None:
        """What holds after every single event."""
        pool = self.shadow
        assert ZERO <= pool.reservations.total <= pool.on_hand
        assert pool.quarantine >= ZERO
        for promises in (pool.reservations, pool.issuances):
            parts = [promise.quantity for promise in promises.open.values()]
            assert sum(parts, ZERO) == promises.total
            assert all(part > ZERO for part in parts)
        if isinstance(event, m.Movement):
            assert (event.on_hand, event.quarantine) == (pool.on_hand, pool.quarantine)
        if isinstance(event, STAYS) or not isinstance(event, m.Movement):
            assert change == ZERO


class PoolAndRows(Pool):
    """A pool and its rows in the read models."""

    def teardown(self) -> None:
        """The rows tell what the aggregate knows."""
        pool, levels = self.live, replay(STOCK_LEVELS, self.log)
        if not pool.exists:
            assert levels == {}
        else:
            row = levels[(STOCK,)]
            assert (row.on_hand, row.quarantine) == (pool.on_hand, pool.quarantine)
            assert (row.reserved, row.issued) == (pool.reservations.total, pool.issuances.total)
            assert (row.threshold, row.maximum) == (pool.threshold, pool.maximum)
            assert (row.bin, row.note, row.location) == (pool.bin, pool.note, pool.place_code)
            assert row.version == pool.version
        self.check_promises()
        self.check_movements()

    def check_promises(self) -> None:
        """Open reservations and issuances have a row each."""
        kept = {key[1]: row for key, row in replay(RESERVATIONS, self.log).items()}
        assert kept.keys() == self.live.reservations.open.keys()
        for number, reservation in self.live.reservations.open.items():
            assert kept[number].quantity == reservation.quantity
            assert kept[number].expires_at == reservation.expires_at
        out = {key[1]: row for key, row in replay(ISSUANCES, self.log).items()}
        assert out.keys() == self.live.issuances.open.keys()
        for number, issuance in self.live.issuances.open.items():
            assert (out[number].quantity, out[number].member) == (
                issuance.quantity,
                issuance.member,
            )

    def check_movements(self) -> None:
        """Each movement has a line, and the lines add up to the balance."""
        lines = replay(MOVEMENTS, self.log)
        moved = [one.position for one in self.log if isinstance(one.event, m.Movement)]
        assert [position for (position,) in lines] == moved
        assert sum((line.delta for line in lines.values()), ZERO) == self.live.on_hand
        added = sum((line.quarantine_delta for line in lines.values()), ZERO)
        assert added == self.live.quarantine


def test_a_snapshot_leaves_nothing_out() -> None:
    """An attribute that is added has to be added to the state as well."""
    for kind, kept in STATES.items():
        assert state(kind.blank(STOCK)).keys() - {"version"} == set(kept.__struct_fields__)


def test_a_pool_keeps_its_invariants_whatever_happens() -> None:
    """After every event; what is refused leaves no trace, and stored bytes tell the same."""
    run_state_machine_as_test(Pool, settings=effort(180))


def test_the_read_models_show_what_the_aggregate_knows() -> None:
    """Stock levels, reservations, issuances and movements, after any history."""
    run_state_machine_as_test(PoolAndRows, settings=effort(180))
