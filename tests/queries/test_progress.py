"""How far a stock-take has come, in the numbers of domain.md 1.8."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.ids import item_count_id, product_id
from domain.stock_take.item_count import ItemCount
from projections.queries.progress import Progress, ShowProgress, progress, share
from tests.queries.world import World, minutes


@pytest.mark.rule("1.8-b")
@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (55, 205, "26.8"),
        (12, 12, "100.0"),
        (0, 12, "0.0"),
        (3, 4, "75.0"),
        (2, 3, "66.6"),
        (19_999, 20_000, "99.9"),
        (Decimal("999.99"), Decimal("1000.00"), "99.9"),
        (7, 0, None),
        (7, None, None),
        (None, 7, "0.0"),
    ],
)
def test_percents_are_floored_and_null_without_a_denominator(
    part: Decimal | int | None, whole: Decimal | int | None, expected: str | None
) -> None:
    """100.0 means complete."""
    assert share(part, whole) == (None if expected is None else Decimal(expected))


async def shown(world: World, session: object, name: str = "Eve", role: str = "admin") -> Progress:
    """The progress as somebody sees it."""
    return await progress(ShowProgress(), world.reads(name, role), session.id)  # type: ignore[attr-defined]  # a session


@pytest.mark.rule("1.8-b")
async def test_found_items_count_in_both_the_counted_and_the_expected(world: World) -> None:
    """Scope 200, 50 counted, 5 found: 55 of 205 are 26.8 %."""
    products = await world.products([f"P{n:03}" for n in range(205)])
    expected = {
        product: {"A1" if n < 12 else "A2": "1"} for n, product in enumerate(products[:200])
    }
    session = await world.session(expected, assigned_shelves={world.people["Ann"]: ("A1",)})
    counts: list[ItemCount] = []
    for product in [*products[:50], *products[200:]]:
        who = "Ann" if product in products[:12] else "Bob"
        shelf = "A1" if who == "Ann" else "A2"
        counts.append(await world.counted(session, product, shelf, "1", who))
    await world.save(*counts)
    found = await shown(world, session)
    assert (found.scope, found.found, found.counted, found.partial) == (200, 5, 55, 0)
    assert found.percent == Decimal("26.8")
    a1, a2 = found.shelves
    assert (a1.shelf, a1.expected, a1.counted, a1.percent) == ("A1", 12, 12, Decimal("100.0"))
    assert (a2.expected, a2.counted, a2.lines, a2.percent) == (188, 38, 43, Decimal("20.2"))
    ann, bob = found.counters
    assert (ann.counter.name, ann.lines, ann.expected, ann.percent) == ("Ann", 12, 12, Decimal(100))
    assert (bob.counter.name, bob.lines, bob.percent) == ("Bob", 43, None)
    assert len(found.recent) == 20
    assert found.poll_seconds == 5


@pytest.mark.rule("T-1.8-b")
async def test_without_expected_shelves_the_lines_are_shown_and_no_percent(world: World) -> None:
    """Seven lines of a counter without shelves are 7, and no invented total measures them."""
    products = await world.products([f"P{n}" for n in range(7)])
    session = await world.session({product: {} for product in products})
    for product in products:
        await world.count(session, product, "B9", "3", "Ann")
    found = await shown(world, session)
    assert found.percent == Decimal("100.0")
    assert [(s.shelf, s.lines, s.expected, s.percent) for s in found.shelves] == [
        ("B9", 7, 0, None)
    ]
    ann, _bob = found.counters
    assert (ann.lines, ann.expected, ann.percent) == (7, 0, None)


async def test_an_item_is_partial_until_each_expected_shelf_has_a_line(world: World) -> None:
    """The stock of the warehouse itself is on no shelf and need not be counted there."""
    product = await world.product("P1")
    session = await world.session({product: {"A1": "30", "A2": "20", "": "5"}})
    await world.count(session, product, "A1", "30", "Ann")
    first = await shown(world, session)
    assert (first.counted, first.partial, first.percent) == (0, 1, Decimal("0.0"))
    await world.count(session, product, "A2", "17", "Bob")
    second = await shown(world, session)
    assert (second.counted, second.partial, second.percent) == (1, 0, Decimal("100.0"))


async def test_value_coverage_weighs_items_by_their_book_value(world: World) -> None:
    """One item of 300.00 of a scope of 400.00 is 75.0 %; a blind counter is not told."""
    dear, cheap = await world.product("DEAR"), await world.product("CHEAP")
    await world.stock(dear, "A1", "30", "10")
    await world.stock(cheap, "A1", "100", "1")
    session = await world.session({dear: {"A1": "30"}, cheap: {"A1": "100"}})
    await world.count(session, dear, "A1", "30", "Ann")
    assert (await shown(world, session)).value_percent == Decimal("75.0")
    assert (await shown(world, session, "Ann", "counter")).value_percent is None


async def test_a_blind_counter_sees_no_quantity_of_others_among_the_last_counts(
    world: World,
) -> None:
    """His own he sees; the auditor sees all."""
    product = await world.product("P1")
    session = await world.session({product: {"A1": "30", "A2": "20"}})
    await world.count(session, product, "A1", "30", "Ann")
    await world.count(session, product, "A2", "17", "Bob")
    seen = {
        name: [
            (r.counter.name, r.quantity) for r in (await shown(world, session, name, role)).recent
        ]
        for name, role in (("Ann", "counter"), ("Eve", "auditor"))
    }
    assert seen == {
        "Ann": [("Bob", None), ("Ann", Decimal(30))],
        "Eve": [("Bob", Decimal(17)), ("Ann", Decimal(30))],
    }


async def test_locks_that_ran_out_are_not_among_the_live_ones(world: World) -> None:
    """At the end of its five minutes a lock is free, with no event."""
    product = await world.product("P1")
    session = await world.session({product: {"A1": "30"}})
    await world.lock(session, product, "Ann")
    world.at = minutes(4.9)
    (lock,) = (await shown(world, session)).locks
    assert (lock.id, lock.holder.name) == (item_count_id(session.id, product), "Ann")
    assert lock.seconds_left == 6
    assert lock.item == product_id(world.organization, "P1")
    world.at = minutes(5)
    assert (await shown(world, session)).locks == []
