"""Reservations: kept, released, fulfilled, run out, cut by a count (domain.md 1.8 and 3.1)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from domain.base import Refused
from domain.settings import Settings
from domain.stock import movement as m
from domain.stock import pool_commands as c
from domain.stock.pool_stock import PoolStock
from tests.domain.stock.pools import (
    CREATED,
    PRODUCT,
    SHELF,
    moved,
    q,
    received,
    released,
    reserved,
    stocked,
    view,
)
from tests.specification import NOW, at, fold, given

TEN = at("10:00").now


def reserve(quantity: int, expires_at: datetime | None = None) -> c.ReserveStock:
    """The first order's wish."""
    return c.ReserveStock(quantity=q(quantity), order="R1", expires_at=expires_at)


def fulfilled(quantity: int, on_hand: int, remaining: int, number: int = 1) -> m.Movement:
    """What went out of a reservation."""
    facts = {"number": number, "quantity": q(quantity), "remaining": q(remaining)}
    return moved(m.ReservationFulfilled, -quantity, on_hand, **facts)


def counted(delta: int, on_hand: int) -> m.Movement:
    """A stock-take's difference."""
    keys = {"session": PRODUCT, "item_count": SHELF, "bucket": "usable"}
    return moved(m.CountAdjusted, delta, on_hand, **keys)


@pytest.mark.parametrize(("quantity", "possible"), [(15, True), (16, False)])
def test_what_is_available_can_be_reserved(quantity: int, possible: bool) -> None:
    """Of 20 on hand 5 are promised already."""
    decision = given(PoolStock, *stocked(20), reserved(1, 5))
    decision.when(PoolStock.reserve, c.ReserveStock(quantity=q(quantity), order="R2"), NOW)
    if possible:
        decision.then(reserved(2, quantity))
    else:
        decision.refused(c.InsufficientStock, available=15)


def test_a_reservation_ends_when_it_says() -> None:
    """It has to end after now; without a word it stays for ever."""
    given(PoolStock, *stocked(20)).when(PoolStock.reserve, reserve(5, TEN), NOW).then(
        reserved(1, 5, TEN)
    )
    given(PoolStock, *stocked(20)).when(PoolStock.reserve, reserve(5), NOW).then(reserved(1, 5))
    given(PoolStock, *stocked(20)).when(PoolStock.reserve, reserve(5, TEN), at("10:00")).refused(
        c.ExpiryInPast, pointer="/expires_at"
    )


def test_an_organization_can_limit_how_long_a_reservation_lives() -> None:
    """Where an order names no end of its own."""
    limited = at("09:00", settings=Settings(reservation_lifetime_hours=1))
    given(PoolStock, *stocked(20)).when(PoolStock.reserve, reserve(5), limited).then(
        reserved(1, 5, TEN)
    )


@pytest.mark.rule("3.1-4")
def test_a_reservation_is_fulfilled_and_released_in_parts() -> None:
    """Reserve 10, fulfil 4, release 6: 4 fewer on hand, nothing reserved."""
    decision = given(PoolStock, *stocked(20))
    decision.when(PoolStock.reserve, reserve(10), NOW)
    decision.when(PoolStock.fulfil, c.FulfilReservation(quantity=q(4)), NOW, 1)
    decision.when(PoolStock.release, c.ReleaseReservation(quantity=q(6)), NOW, 1)
    decision.then(reserved(1, 10), fulfilled(4, 16, 6), released(1, 6, 0, "RELEASED"))
    assert decision.aggregate.on_hand == 16
    assert decision.aggregate.binding(NOW.now) == 0


def test_without_a_quantity_all_that_is_left_goes() -> None:
    """Released or fulfilled."""
    history = (*stocked(20), reserved(1, 10), fulfilled(4, 16, 6))
    given(PoolStock, *history).when(PoolStock.release, c.ReleaseReservation(), NOW, 1).then(
        released(1, 6, 0, "RELEASED")
    )
    given(PoolStock, *history).when(PoolStock.fulfil, c.FulfilReservation(), NOW, 1).then(
        fulfilled(6, 10, 0)
    )


CLOSED = (*stocked(20), reserved(1, 5), released(1, 5, 0, "RELEASED"))
ENDS_AT_TEN = (*stocked(20), reserved(1, 5, TEN))


@pytest.mark.parametrize(
    ("history", "number", "quantity", "clock", "error"),
    [
        (stocked(20, 5), 2, 1, "09:00", c.NoSuchReservation),
        (CLOSED, 1, 1, "09:00", c.NoSuchReservation),
        (stocked(20, 5), 1, 6, "09:00", c.MoreThanRemaining),
        (stocked(20, 5), 1, 0, "09:00", c.QuantityNotPositive),
        (stocked(20, 5), 1, -1, "09:00", c.QuantityNotPositive),
        (ENDS_AT_TEN, 1, 1, "10:00", c.ReservationExpired),
        (ENDS_AT_TEN, 1, 1, "09:59:59.999999", None),
    ],
)
def test_only_what_is_left_of_a_live_reservation_can_go(
    history: tuple[m.PoolStockEvent, ...],
    number: int,
    quantity: int,
    clock: str,
    error: type[Refused] | None,
) -> None:
    """Released and fulfilled alike."""
    release, fulfil = (
        c.ReleaseReservation(quantity=q(quantity)),
        c.FulfilReservation(quantity=q(quantity)),
    )
    releasing = given(PoolStock, *history).when(PoolStock.release, release, at(clock), number)
    fulfilling = given(PoolStock, *history).when(PoolStock.fulfil, fulfil, at(clock), number)
    if error is not None:
        releasing.refused(error)
        fulfilling.refused(error)
    else:
        releasing.then(released(1, 1, 4, "RELEASED"))
        fulfilling.then(fulfilled(1, 19, 4))


def test_what_ran_out_is_free_at_that_instant() -> None:
    """Whether or not a timer has run."""
    stock = fold(PoolStock, *ENDS_AT_TEN)

    assert stock.available(TEN - timedelta(microseconds=1)) == 15
    assert stock.available(TEN) == 20
    assert stock.view(at("10:00")).reserved == 0


def test_what_ran_out_is_recorded_before_its_stock_goes() -> None:
    """So that no event leaves less on hand than is reserved."""
    consume = c.ConsumeStock(quantity=q(20), job="sale")
    given(PoolStock, *ENDS_AT_TEN).when(PoolStock.consume, consume, at("10:00")).then(
        released(1, 5, 0, "EXPIRED"), moved(m.StockConsumed, -20, 0, job="sale")
    )
    again = c.ReserveStock(quantity=q(20), order="R2")
    given(PoolStock, *ENDS_AT_TEN).when(PoolStock.reserve, again, at("10:00")).then(
        released(1, 5, 0, "EXPIRED"), reserved(2, 20)
    )


def test_the_timer_records_each_end_once() -> None:
    """What lives on is left alone."""
    history = (*ENDS_AT_TEN, reserved(2, 3))
    end = released(1, 5, 0, "EXPIRED")
    expire, command = PoolStock.expire, c.ExpireReservations()
    given(PoolStock, *history).when(expire, command, at("09:59")).then()
    given(PoolStock, *history).when(expire, command, at("10:00")).then(end)
    given(PoolStock, *history, end).when(expire, command, at("11:00")).then()


@pytest.mark.rule("1.8-a")
def test_a_count_cuts_the_newest_reservation_first() -> None:
    """On hand 20, R1 10, R2 5; counted 12: R2 keeps 2. Counted 8: R2 is gone, R1 keeps 8."""
    history = (*stocked(20), reserved(1, 10), reserved(2, 5))
    post = PoolStock.adjust_to_count
    twelve = given(PoolStock, *history).when(post, q(-8), "usable", PRODUCT, SHELF, NOW)
    twelve.then(released(2, 3, 2, "COUNT_SHORTFALL"), counted(-8, 12))
    assert twelve.aggregate.available(NOW.now) == 0
    eight = given(PoolStock, *history).when(post, q(-12), "usable", PRODUCT, SHELF, NOW)
    eight.then(
        released(2, 5, 0, "COUNT_SHORTFALL"), released(1, 2, 8, "COUNT_SHORTFALL"), counted(-12, 8)
    )
    assert eight.aggregate.available(NOW.now) == 0


def test_a_count_frees_what_ran_out_before_it_cuts() -> None:
    """R2 is newer, but R1's end alone makes room."""
    history = (*stocked(20), reserved(1, 10, TEN), reserved(2, 5))
    post = PoolStock.adjust_to_count
    given(PoolStock, *history).when(post, q(-8), "usable", PRODUCT, SHELF, at("10:00")).then(
        released(1, 10, 0, "EXPIRED"), counted(-8, 12)
    )


@pytest.mark.parametrize("delta", [5, -5])
def test_a_count_that_leaves_enough_touches_no_reservation(delta: int) -> None:
    """Room for 15 is left either way."""
    history = (*stocked(20), reserved(1, 10), reserved(2, 5))
    given(PoolStock, *history).when(
        PoolStock.adjust_to_count, q(delta), "usable", PRODUCT, SHELF, NOW
    ).then(counted(delta, 20 + delta))


@pytest.mark.parametrize("bucket", ["usable", "quarantine"])
def test_a_count_never_leaves_less_than_nothing(bucket: m.Bucket) -> None:
    """In neither bucket; the item has to be counted again."""
    damaged = {"quarantine_delta": q(5), "quarantine": q(5)}
    facts = {"number": 1, "member": PRODUCT, "quantity": q(5), "outstanding": q(0)}
    returned = moved(m.StockReturned, 0, 5, **facts, condition="damaged", **damaged)
    taken = {"number": 1, "member": PRODUCT, "quantity": q(5), "reason": ""}
    history = (CREATED, received(10), moved(m.StockIssued, -5, 5, **taken), returned)
    post = PoolStock.adjust_to_count
    given(PoolStock, *history).when(post, q(-6), bucket, PRODUCT, SHELF, NOW).refused(
        c.NegativeResult
    )


def test_a_surplus_beyond_twelve_digits_is_refused_whole() -> None:
    """The reservation that ran out stays as it was."""
    most = q("999999999999")
    post = PoolStock.adjust_to_count
    given(PoolStock, *ENDS_AT_TEN).when(post, most, "usable", PRODUCT, SHELF, at("10:00")).refused(
        c.QuantityTooLarge
    )


def test_the_newest_reservation_is_named_even_when_it_is_closed() -> None:
    """Whoever made it learns its id from the answer."""
    assert str(view(*CLOSED).last_reservation).endswith(".1")
