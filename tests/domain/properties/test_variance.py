"""What the variance of an item follows from, and what it does not (domain.md 1.6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from domain.quantity import ZERO
from domain.stock_take.variance import Evidence, Line, Move, Pool, Variance, variances
from tests.domain.properties.effort import effort
from tests.domain.stock.pools import q
from tests.domain.stock_take.evidences import evidence, line, move, pool
from tests.specification import at

T = TypeVar("T")
START = at("09:00").now
FIVE_PERCENT = Decimal(5)
shelves = st.sampled_from(["", "A1", "A2", "B1"])
minutes = st.integers(0, 30).map(lambda n: START + timedelta(minutes=n))
moves = st.builds(move, minutes, st.integers(-9, 9), st.integers(-2, 2))


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    """Some counts of some shelves, each at a time of its own, and whatever moved meanwhile."""
    times = draw(st.lists(st.integers(0, 30), min_size=1, max_size=5, unique=True))
    lines = [
        line(
            draw(shelves),
            START + timedelta(minutes=minute, seconds=30 * draw(st.integers(0, 1))),
            draw(st.integers(0, 40)),
            bucket=draw(st.sampled_from(["usable", "usable", "usable", "quarantine"])),
        )
        for minute in times
    ]
    pools = [
        pool(
            shelf,
            draw(st.integers(0, 40)),
            *draw(st.lists(moves, max_size=4)),
            quarantine=draw(st.integers(0, 4)),
        )
        for shelf in draw(st.sets(shelves))
    ]
    return evidence(lines, pools, tuple(draw(st.sets(shelves))))


def found(given: Evidence) -> tuple[Variance, ...]:
    """Its variances, each with its shares in one order."""
    return tuple(
        msgspec.structs.replace(one, shares=tuple(sorted(one.shares, key=lambda s: s.place)))
        for one in variances(given, FIVE_PERCENT)
    )


def with_moves(given: Evidence, change: Callable[[Pool], Sequence[Move]]) -> Evidence:
    """The same pools with other movements."""
    pools = tuple(msgspec.structs.replace(p, moves=tuple(change(p))) for p in given.pools)
    return msgspec.structs.replace(given, pools=pools)


def shifted(moment: T, by: timedelta) -> T:
    """A line or a movement at another time."""
    assert isinstance(moment, Line | Move)
    field = "counted_at" if isinstance(moment, Line) else "occurred_at"
    return msgspec.structs.replace(moment, **{field: getattr(moment, field) + by})


@effort(150)
@given(evidences(), st.integers(1, 9))
def test_a_movement_in_two_parts_is_the_movement(given: Evidence, tenths: int) -> None:
    """Of the same instant and direction, whatever the parts."""

    def parts(one: Move, of: int) -> Move:
        return Move(one.occurred_at, one.delta * of / 10, one.quarantine_delta * of / 10)

    halved = with_moves(
        given, lambda one: [parts(m, n) for m in one.moves for n in (tenths, 10 - tenths)]
    )
    assert found(halved) == found(given)


@effort(150)
@given(evidences(), st.randoms(use_true_random=False))
def test_the_order_of_the_evidence_does_not_matter(given: Evidence, random: Random) -> None:
    """Of lines, pools and movements."""

    def shuffled(things: Sequence[T]) -> tuple[T, ...]:
        return tuple(random.sample(things, len(things)))

    mixed = with_moves(given, lambda one: shuffled(one.moves))
    mixed = msgspec.structs.replace(mixed, lines=shuffled(given.lines), pools=shuffled(mixed.pools))
    assert found(mixed) == found(given)


@effort(150)
@given(evidences(), st.integers(-100_000, 100_000))
def test_what_o_clock_it_is_does_not_matter(given: Evidence, seconds: int) -> None:
    """Only what came before what."""
    by = timedelta(seconds=seconds)
    later = with_moves(given, lambda one: [shifted(move, by) for move in one.moves])
    later = msgspec.structs.replace(later, lines=tuple(shifted(one, by) for one in given.lines))
    moved = [msgspec.structs.replace(one, as_of=one.as_of + by) for one in found(given)]
    assert list(found(later)) == moved


@effort(300)
@given(evidences())
def test_what_is_posted_is_the_variance_and_leaves_nothing_below_zero(given: Evidence) -> None:
    """Unless it says that it cannot be posted."""
    balances = {one.id: one for one in given.pools}
    for one in variances(given, FIVE_PERCENT):
        assert one.variance == one.counted - one.book
        assert one.as_of == max(x.counted_at for x in given.lines if x.bucket == one.bucket)
        if one.negative or not one.shares:
            assert one.negative or one.partial
            continue
        assert sum((share.delta for share in one.shares), ZERO) == one.variance
        for share in one.shares:
            before = ZERO if share.pool is None else balances[share.pool].balance(one.bucket)
            assert before + share.delta >= ZERO
            assert share.pool is not None or share.delta >= ZERO


@effort(150)
@given(evidences(), st.integers(1, 9))
def test_what_moves_after_the_last_count_changes_no_variance(given: Evidence, delta: int) -> None:
    """It changes the balance and the book of later times alike."""
    last = max(one.counted_at for one in given.lines) + timedelta(seconds=1)
    pools = tuple(
        msgspec.structs.replace(
            one, on_hand=one.on_hand + delta, moves=(*one.moves, Move(last, q(delta)))
        )
        for one in given.pools
    )
    later = msgspec.structs.replace(given, pools=pools)
    figures = [(one.counted, one.book, one.variance) for one in found(given)]
    assert [(one.counted, one.book, one.variance) for one in found(later)] == figures


@effort(150)
@given(st.integers(0, 40), st.integers(0, 40), st.lists(moves, max_size=5), st.integers(-9, 9))
def test_what_is_told_late_changes_the_book_and_so_the_variance(
    counted: int, on_hand: int, before: list[Move], late: int
) -> None:
    """A movement of before the count, recorded after it."""
    lines = [line("A1", START + timedelta(minutes=15), counted)]
    (first,) = found(evidence(lines, [pool("A1", on_hand, *before)]))
    told = pool("A1", on_hand + late, *before, move(START, late))
    (second,) = found(evidence(lines, [told]))
    assert second.counted == first.counted
    assert second.variance == first.variance - late
