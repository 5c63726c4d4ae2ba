"""Variances and adjustments of a stock-take, as the auditor reads them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.stock_take.session import StockTakeSession
from projections.queries.adjustments import Adjustment, Adjustments, adjustments
from tests.queries.audit import complete, every, shown
from tests.queries.world import World, minutes


async def proposed(world: World, session: StockTakeSession) -> list[Adjustment]:
    """The adjustments."""
    return (await adjustments(Adjustments(), world.reads("Eve", "auditor"), session.id)).items


@pytest.mark.rule("1.6-1")
async def test_what_moves_after_the_count_does_not_change_the_variance(world: World) -> None:
    """Book 100, counted 97, then a sale of 5 and a receipt of 20: -3, -3.00 %, -7.50."""
    product = await world.product("P1")
    pool = await world.stock(product, "A1", "100", "2.50")
    session = await world.session({product: {"A1": "100"}})
    world.at = minutes(1)
    await world.count(session, product, "A1", "97", "Ann")
    world.at = minutes(2)
    await world.use(pool, "5")
    await world.stock(product, "A1", "20", "2.50")
    found = (await shown(world, session))["P1"]
    assert (found.counted, found.book, found.variance) == (Decimal(97), Decimal(100), Decimal(-3))
    assert (found.percent, found.value) == (Decimal("-3.00"), Decimal("-7.50"))
    assert [(line.counter.name, line.captured, line.recomputed) for line in found.lines] == [
        ("Ann", Decimal(100), None)
    ]


@pytest.mark.rule("1.6-4")
async def test_a_back_dated_issue_shows_what_was_captured_and_what_is_known_now(
    world: World,
) -> None:
    """Counted 80 against 1000; an issue of 900 from before is recorded later: -20, not -920."""
    product = await world.product("P1")
    pool = await world.stock(product, "A1", "1000")
    session = await world.session({product: {"A1": "1000"}})
    world.at = minutes(10)
    await world.count(session, product, "A1", "80", "Ann")
    assert (await shown(world, session))["P1"].variance == Decimal(-920)
    world.at = minutes(20)
    await world.use(pool, "900", minutes(5))
    found = (await shown(world, session))["P1"]
    assert (found.book, found.variance) == (Decimal(100), Decimal(-20))
    (line,) = found.lines
    assert (line.captured, line.recomputed) == (Decimal(1000), Decimal(100))


async def flagged(world: World) -> StockTakeSession:
    """One item of each kind."""
    skus = ("FINE", "LESS", "NONE", "HALF", "NEGATIVE", "SPLIT")
    products = dict(zip(skus, await world.products(skus), strict=True))
    pools = {sku: await world.stock(product, "A1", "10") for sku, product in products.items()}
    await world.stock(products["HALF"], "A2", "5")
    root = await world.stock(products["SPLIT"], "", "30")
    expected = {product: {"A1": "10"} for product in products.values()}
    expected[products["HALF"]]["A2"] = "5"
    session = await world.session(expected)
    world.at = minutes(1)
    for sku, quantity in (("FINE", "10"), ("LESS", "8"), ("HALF", "10"), ("NEGATIVE", "4")):
        await world.count(session, products[sku], "A1", quantity, "Ann")
    await world.count(session, products["SPLIT"], "A1", "10", "Ann")
    world.at = minutes(2)
    await world.use(pools["NEGATIVE"], "5")
    await world.use(root, "4")
    world.at = minutes(3)
    await world.count(session, products["SPLIT"], "B1", "27", "Bob")
    return session


async def test_flags_say_what_stands_against_posting(world: World) -> None:
    """Each filter finds its items; only_differences leaves out what agrees or is uncounted."""
    session = await flagged(world)
    flags: tuple[Any, ...] = ("uncounted", "partial", "negative", "split")
    found = {flag: set(await shown(world, session, flag=flag)) for flag in flags}
    assert found == {
        "uncounted": {"NONE"},
        "partial": {"HALF"},
        "negative": {"NEGATIVE"},
        "split": {"SPLIT"},
    }
    assert set(await shown(world, session, only_differences=True)) == {
        "LESS",
        "NEGATIVE",
        "SPLIT",
    }
    assert set(await shown(world, session, search="les")) == {"LESS"}
    assert set(await shown(world, session, shelf=" a2")) == {"HALF"}
    none = (await shown(world, session))["NONE"]
    assert (none.counted, none.book, none.variance) == (None, Decimal(10), None)


async def test_small_pages_show_every_item_once_and_in_order(world: World) -> None:
    """Also where a filter leaves most of them out."""
    session = await flagged(world)
    skus = [one.sku for one in await every(world, session, limit=1)]
    assert skus == ["FINE", "HALF", "LESS", "NEGATIVE", "NONE", "SPLIT"]
    assert [one.sku for one in await every(world, session, limit=1, only_differences=True)] == [
        "LESS",
        "NEGATIVE",
        "SPLIT",
    ]


async def test_adjustments_are_what_would_be_posted_by_pool(world: World) -> None:
    """A count that agrees is confirmed; one that contradicts the books is blocked."""
    session = await flagged(world)
    found = {one.sku: one for one in await proposed(world, session)}
    assert set(found) == {"FINE", "LESS", "HALF", "NEGATIVE", "SPLIT"}
    assert [(part.location, part.delta) for part in found["LESS"].parts] == [("A1", Decimal(-2))]
    assert {sku for sku, one in found.items() if one.confirmed} == {"FINE", "HALF"}
    assert {sku for sku, one in found.items() if one.blocked} == {"NEGATIVE", "SPLIT"}
    assert not any(one.posted for one in found.values())


async def test_what_was_posted_is_shown_as_it_was_posted(world: World) -> None:
    """A movement recorded later, from before the count, changes neither variance nor adjustment."""
    product = await world.product("P1")
    pool = await world.stock(product, "A1", "10", "2")
    session = await world.session({product: {"A1": "10"}})
    world.at = minutes(1)
    await world.count(session, product, "A1", "8", "Ann")
    world.at = minutes(2)
    await complete(world, session, product, "-2")
    world.at = minutes(3)
    await world.use(pool, "1", minutes(0.5))
    found = (await shown(world, session))["P1"]
    assert (found.posted, found.book, found.variance, found.value) == (
        True,
        Decimal(10),
        Decimal(-2),
        Decimal("-4.00"),
    )
    assert found.lines[0].recomputed == Decimal(9)
    (done,) = await proposed(world, session)
    assert (done.posted, done.variance) == (True, Decimal(-2))
    assert [(part.location, part.delta) for part in done.parts] == [("A1", Decimal(-2))]
