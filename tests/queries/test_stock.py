"""Stock as the store, the admin and the catalogue show it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from domain.base import NotFound
from domain.ids import pool_id
from domain.stock import pool_commands as c
from domain.stock.entries import NoWarehouse
from domain.stock.place import ActivateWarehouse, DeactivateWarehouse, Place
from domain.stock.pool_stock import PoolStock
from projections.queries import catalogue, parts, pools, stock
from tests.queries.world import World, minutes


async def reserve(world: World, pool: PoolStock, quantity: str, expires_at: Any = None) -> None:
    """Keeps a quantity for an order."""
    command = c.ReserveStock(
        quantity=Decimal(quantity),  # type: ignore[arg-type]  # a plain decimal does
        order="ORDER-1",
        expires_at=expires_at,
    )
    pool.reserve(command, world.context())
    await world.save(pool)


async def three_locations(world: World) -> UUID:
    """MAIN 100 (10 reserved), WEST 50, FRONT 25 (5 reserved)."""
    product = await world.product("WIDGET", name="Widget A", barcodes=("4006381333931",))
    for shelf, quantity, reserved in (
        ("MAIN", "100", "10"),
        ("WEST", "50", ""),
        ("FRONT", "25", "5"),
    ):
        pool = await world.stock(product, shelf, quantity)
        if reserved:
            await reserve(world, pool, reserved)
    return product


@pytest.mark.rule("3.1-1")
async def test_a_product_sums_up_over_its_locations(world: World) -> None:
    """Total 175, reserved 15, available 160, through the store's door and the admin's."""
    product = await three_locations(world)
    one = stock.ProductOverall()
    store = await stock.store_product(one, world.reads(), product)
    assert (store.on_hand, store.reserved, store.available) == (
        Decimal(175),
        Decimal(15),
        Decimal(160),
    )
    assert [entry.location for entry in store.entries] == ["FRONT", "MAIN", "WEST"]
    assert await stock.admin_product(one, world.reads(), product) == store


async def test_a_reservation_is_free_at_the_moment_it_runs_out(world: World) -> None:
    """Nothing is logged at that moment; lists, items, summaries and the catalogue agree."""
    product = await world.product("P1")
    pool = await world.stock(product, "A1", "20")
    await reserve(world, pool, "5", minutes(10))
    await reserve(world, pool, "2")
    for at, reserved in ((minutes(9.99), 7), (minutes(10), 2)):
        world.at = at
        reads = world.reads()
        (entry,) = (await stock.store_inventory(stock.WarehouseStock(), reads)).items
        item = await pools.pool_item(stock.ProductOverall(), reads, pool.id)
        summary = await stock.store_product(stock.ProductOverall(), reads, product)
        part = await parts.part(parts.OnePart(), reads, product)
        (listed,) = (await parts.parts(parts.Parts(), reads)).items
        shown = {(one.reserved, one.available) for one in (entry, item, summary, part, listed)}
        assert shown == {(Decimal(reserved), Decimal(20 - reserved))}
        assert len(item.reservations) == (2 if reserved == 7 else 1)


async def test_low_stock_is_about_all_that_the_store_has(world: World) -> None:
    """Low at the threshold, out at zero; without a threshold nothing is reported."""
    low, out, enough, silent = [
        await world.product(sku, threshold=threshold)
        for sku, threshold in (
            ("LOW", Decimal(10)),
            ("OUT", Decimal(10)),
            ("ENOUGH", Decimal(10)),
            ("SILENT", None),
        )
    ]
    await world.stock(low, "A1", "4")
    await world.stock(low, "A2", "6")
    emptied = await world.stock(out, "A1", "1")
    await world.use(emptied, "1")
    await world.stock(enough, "A1", "1")
    await world.stock(enough, "A2", "10")
    gone = await world.stock(silent, "A1", "1")
    await world.use(gone, "1")
    reported = await stock.low_stock(stock.LowStock(), world.reads())
    assert [(one.sku, one.available, one.out) for one in reported.items] == [
        ("LOW", Decimal(10), False),
        ("OUT", Decimal(0), True),
    ]
    assert reported.total == 2
    only = await stock.low_stock(stock.LowStock(state="out"), world.reads())
    assert [one.sku for one in only.items] == ["OUT"]
    listed = await stock.store_inventory(stock.WarehouseStock(low_stock=True), world.reads())
    assert [(one.sku, one.location) for one in listed.items] == [
        ("LOW", "A1"),
        ("LOW", "A2"),
        ("OUT", "A1"),
    ]


async def test_an_inactive_warehouse_raises_no_alert(world: World) -> None:
    """It is empty on purpose."""
    product = await world.product("P1", threshold=Decimal(10))
    await world.use(await world.stock(product, "A1", "1"), "1")
    root = world.get(Place, world.warehouse)
    for active, reported in ((False, 0), (True, 1)):
        if active:
            root.activate(ActivateWarehouse(), world.context())
        else:
            root.deactivate(DeactivateWarehouse(), world.context())
            root.settle(None, world.context())
        await world.save(root)
        found = await stock.low_stock(stock.LowStock(state="out"), world.reads())
        assert (len(found.items), found.total) == (reported, reported)


async def test_excess_is_more_available_than_the_entrys_maximum(world: World) -> None:
    """Exactly the maximum is not too much."""
    product = await world.product("P1")
    pool = await world.stock(product, "A1", "20")
    for maximum, found in (("20", []), ("19", ["P1"])):
        pool.update(c.UpdateEntry(maximum=Decimal(maximum)), world.context())  # type: ignore[arg-type]  # a plain decimal does
        await world.save(pool)
        page = await stock.low_stock(stock.LowStock(state="excess"), world.reads())
        assert [one.sku for one in page.items] == found


async def test_lists_filter_by_product_location_and_search(world: World) -> None:
    """Search looks into SKU, name, location and barcodes, in any case of letters."""
    widget = await three_locations(world)
    gadget = await world.product("GADGET")
    await world.stock(gadget, "WEST", "1")

    async def found(**asked: Any) -> list[tuple[str, str]]:
        page = await stock.all_inventory(stock.AllStock(**asked), world.reads())
        assert page.total == len(page.items)
        return [(one.sku, one.location) for one in page.items]

    assert await found(location=" west ") == [("GADGET", "WEST"), ("WIDGET", "WEST")]
    assert await found(product=gadget) == [("GADGET", "WEST")]
    assert await found(search="widget a", location="MAIN") == [("WIDGET", "MAIN")]
    assert len(await found(search="4006381333931")) == 3
    assert await found(search="front", product=widget) == [("WIDGET", "FRONT")]
    assert await found(search="4006") == []


async def test_pages_by_cursor_and_by_offset_show_the_same(world: World) -> None:
    """Each entry once, with the total on every page, also on one behind the end."""
    await three_locations(world)
    first = await stock.store_inventory(stock.WarehouseStock(limit=2), world.reads())
    again = stock.WarehouseStock(limit=2, cursor=first.next)
    second = await stock.store_inventory(again, world.reads())
    assert [one.location for one in (*first.items, *second.items)] == ["FRONT", "MAIN", "WEST"]
    assert (first.total, second.total, second.next) == (3, 3, None)
    skipped = await stock.store_inventory(stock.WarehouseStock(offset=2), world.reads())
    assert skipped.items == second.items
    behind = await stock.store_inventory(stock.WarehouseStock(offset=5), world.reads())
    assert (behind.items, behind.total) == ([], 3)


async def test_of_an_unlimited_product_999999_are_available(world: World) -> None:
    """Whatever entries say, because there are none; it is never low."""
    product = await world.product("EBOOK", classification="digital", threshold=Decimal(5))
    part = await parts.part(parts.OnePart(), world.reads(), product)
    summary = await stock.admin_product(stock.ProductOverall(), world.reads(), product)
    assert part.available == summary.available == Decimal(999_999)
    assert part.unlimited
    assert (await stock.low_stock(stock.LowStock(), world.reads())).items == []


async def test_who_may_not_see_stock_sees_none_in_the_catalogue(world: World) -> None:
    """A blind counter would find the book there."""
    product = await world.product("P1")
    await world.stock(product, "A1", "20")
    reads = world.reads("Ann", "counter")
    part = await parts.part(parts.OnePart(), reads, product)
    (listed,) = (await parts.parts(parts.Parts(), reads)).items
    assert {part.on_hand, part.reserved, part.available, listed.on_hand, listed.available} == {None}
    assert part.warehouses == []


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("sku", ["A", "B", "C"]),
        ("-sku", ["C", "B", "A"]),
        ("name", ["C", "A", "B"]),
        ("-name", ["B", "A", "C"]),
    ],
)
async def test_the_catalogue_sorts_either_way_over_its_pages(
    world: World, sort: Any, expected: list[str]
) -> None:
    """One product per page, each once."""
    for sku, name in (("A", "Mango"), ("B", "Zebra"), ("C", "Apple")):
        await world.product(sku, name=name)
    found: list[str] = []
    after: str | None = None
    while len(found) < 4:
        page = await parts.parts(parts.Parts(limit=1, sort=sort, cursor=after), world.reads())
        found += [part.sku for part in page.items]
        after = page.next
        if after is None:
            break
    assert found == expected


async def test_another_organizations_ids_are_not_there(world: World) -> None:
    """Neither its entries nor its products nor its warehouses, though they exist."""
    product = await world.product("P1")
    pool = await world.stock(product, "A1", "20")
    reads = world.reads()
    reads.context = replace(reads.context, organization=uuid4())
    one = stock.ProductOverall()
    asked = (
        pools.pool_item(one, reads, pool.id),
        stock.store_product(one, reads, product),
        stock.admin_product(one, reads, product),
        parts.part(parts.OnePart(), reads, product),
        catalogue.warehouse(catalogue.OneWarehouse(), reads, world.warehouse),
        stock.warehouse_stock(stock.WarehouseStock(), reads, world.warehouse),
        stock.all_inventory(stock.AllStock(store_id=world.warehouse), reads),
        stock.low_stock(stock.LowStock(store_id=world.warehouse), reads),
    )
    for question in asked:
        with pytest.raises(NotFound):
            await question
    assert (await stock.all_inventory(stock.AllStock(), reads)).total == 0
    assert (await parts.parts(parts.Parts(), reads)).items == []
    assert (await catalogue.warehouses(catalogue.Warehouses(), reads)).items == []


async def test_who_has_no_warehouse_has_no_store(world: World) -> None:
    """He is told to name one."""
    reads = world.reads()
    reads.context = replace(reads.context, warehouses=())
    with pytest.raises(NoWarehouse):
        await stock.store_inventory(stock.WarehouseStock(), reads)


async def test_an_item_shows_what_is_promised_of_it_by_name(world: World) -> None:
    """Reservations and issuances, each with the id that commands take."""
    product = await world.product("P1")
    pool = await world.stock(product, "A1", "20")
    await reserve(world, pool, "5", minutes(60))
    issue = c.IssueStock(
        quantity=Decimal(3),  # type: ignore[arg-type]  # a plain decimal does
        member=world.people["Ann"],
        reason="patrol",
    )
    pool.issue(issue, world.context())
    await world.save(pool)
    item = await pools.pool_item(
        stock.ProductOverall(), world.reads(), pool_id(product, pool.place)
    )
    (kept,), (held,) = item.reservations, item.issuances
    assert (kept.id, kept.order, kept.quantity) == (f"{pool.id}.1", "ORDER-1", Decimal(5))
    assert kept.expires_at == world.at + timedelta(hours=1)
    assert (held.id, held.member.name, held.quantity) == (f"{pool.id}.1", "Ann", Decimal(3))
    assert (item.on_hand, item.issued, item.owned) == (Decimal(17), Decimal(3), Decimal(20))
    assert (item.tracking_type, item.version) == ("pool", pool.version)


async def test_a_warehouse_comes_with_its_places(world: World) -> None:
    """The list has warehouses only."""
    await world.stock(await world.product("P1"), "A1", "1")
    (listed,) = (await catalogue.warehouses(catalogue.Warehouses(), world.reads())).items
    assert (listed.id, listed.code) == (world.warehouse, "MAIN")
    one = await catalogue.warehouse(catalogue.OneWarehouse(), world.reads(), world.warehouse)
    assert [place.code for place in one.places] == ["A1"]
