"""Entries in which nothing has moved yet, and items that are counted without being there."""

from __future__ import annotations

from decimal import Decimal

from domain.books import Book
from domain.ids import counted_shelf_id, item_count_id
from domain.quantity import ZERO, Quantity
from domain.stock.product import Product
from domain.stock_take import item_commands as i
from domain.stock_take.counted_shelf import CountedShelf
from domain.stock_take.variance import variances
from projections.queries.adjustments import Adjustments, adjustments
from projections.queries.evidence import evidence
from projections.queries.progress import ShowProgress, progress
from tests.queries.world import World, minutes


async def test_a_shelf_whose_entry_never_held_anything_has_its_own_share(world: World) -> None:
    """Three of ten were found on B1, where an import had opened an entry for none."""
    product = await world.product("P1")
    a1 = await world.stock(product, "A1", "10")
    b1 = await world.pool_at(product, "B1")
    await world.save(b1)
    session = await world.session({product: {"A1": "10"}})
    world.at = minutes(1)
    await world.count(session, product, "A1", "7", "Ann")
    await world.count(session, product, "B1", "3", "Bob")
    items = [item_count_id(session.id, product)]
    async with world.reads().snapshot() as fetch:
        (found,) = await evidence(fetch, session.id, items)
    (variance,) = variances(found, Decimal(1))
    assert {share.pool: share.delta for share in variance.shares} == {a1.id: -3, b1.id: 3}


async def test_what_was_only_locked_keeps_no_progress_below_a_hundred(world: World) -> None:
    """It is on nobody's list, and nobody found any of it."""
    expected, other = await world.products(["P1", "P2"])
    await world.stock(expected, "A1", "10")
    session = await world.session({expected: {"A1": "10"}})
    await world.count(session, expected, "A1", "10", "Ann")
    await world.lock(session, other, "Bob")
    found = await progress(ShowProgress(), world.reads(), session.id)
    assert (found.scope, found.found, found.counted, found.percent) == (1, 0, 1, Decimal(100))


async def test_an_item_is_not_counted_by_its_quarantine_alone(world: World) -> None:
    """Its usable stock lies somewhere in the warehouse."""
    product = await world.product("P1")
    await world.stock(product, "", "10")
    session = await world.session({product: {"": "10"}})
    count = world.count_of(session, product)
    damaged = i.RecordCount(
        session=session.id, item=product, quantity=Quantity.parse(2), bucket="quarantine"
    )
    nowhere = CountedShelf.blank(counted_shelf_id(session.id, ""))
    ann, of = world.context("Ann", "counter"), world.get(Product, product)
    count.count(damaged, session, nowhere, of, Book(ZERO, 0), ann)
    await world.save(count)
    found = await progress(ShowProgress(), world.reads(), session.id)
    assert (found.counted, found.partial, found.percent) == (0, 1, Decimal(0))


async def test_an_adjustment_that_cannot_be_posted_says_so(world: World) -> None:
    """Five on a shelf without an entry may be of the ten that nobody has counted yet."""
    product = await world.product("P1")
    await world.stock(product, "A1", "10")
    session = await world.session({product: {"A1": "10"}})
    world.at = minutes(1)
    await world.count(session, product, "C9", "5", "Ann")
    page = await adjustments(Adjustments(), world.reads(), session.id)
    (shown,) = page.items
    assert (shown.partial, shown.blocked, shown.parts) == (True, True, ())
