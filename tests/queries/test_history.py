"""The auditor's replay."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from domain.ids import item_count_id
from tests.queries.audit import complete, replayed, shown
from tests.queries.world import World, minutes


async def test_the_replay_is_the_log_from_start_to_end(world: World) -> None:
    """Own events and movements of its items, in order, with the payload's very bytes."""
    product, stranger = await world.products(["P1", "P2"])
    pool = await world.stock(product, "A1", "10", "2")
    foreign = await world.stock(stranger, "A1", "10")
    session = await world.session({product: {"A1": "10"}})
    world.at = minutes(1)
    await world.lock(session, product, "Ann")
    await world.count(session, product, "A1", "8", "Ann")
    await world.use(pool, "1")
    await world.use(foreign, "1")
    world.at = minutes(2)
    await complete(world, session, product, "-2")
    await world.use(pool, "1")
    found = await replayed(world, session, limit=3)
    assert [(one.type, one.actor.name) for one in found] == [
        ("stock_take_session.created", "Eve"),
        ("stock_take_session.started", "Eve"),
        ("item_count.expected", "Eve"),
        ("item_count.lock_acquired", "Ann"),
        ("item_count.recorded", "Ann"),
        ("pool_stock.consumed", "Eve"),
        ("stock_take_session.frozen", "Eve"),
        ("stock_take_session.completed", "Eve"),
        ("item_count.posted", "Eve"),
        ("pool_stock.count_adjusted", "Eve"),
    ]
    log = {event.position: event for event in await world.log.read(0, 1_000)}
    for one in found:
        assert (one.stream, one.version) == (log[one.position].stream, log[one.position].version)
        raw = await world.pool.fetchval(
            "SELECT payload FROM es.events WHERE position = $1", one.position
        )
        assert bytes(one.payload) == raw
    assert msgspec.json.decode(found[4].payload)["quantity"] == "8.000"


async def test_the_replay_of_an_item_tells_the_variance_after_each_event(world: World) -> None:
    """It is what the auditor would have read at that moment."""
    product = await world.product("P1")
    pool = await world.stock(product, "A1", "100", "2")
    session = await world.session({product: {"A1": "100"}})
    then: dict[int, Decimal | None] = {}

    async def remember() -> None:
        then[await world.log.head()] = (await shown(world, session))["P1"].variance

    world.at = minutes(1)
    await world.count(session, product, "A1", "97", "Ann")
    await remember()
    world.at = minutes(2)
    await world.use(pool, "5", minutes(0.5))
    await remember()
    await world.count(session, product, "A1", "90", "Ann")
    await remember()
    found = {one.position: one for one in await replayed(world, session, item=product)}
    known = {at: one.variance.variance for at, one in found.items() if one.variance is not None}
    assert {at: known[at] for at in then} == then
    assert list(then.values()) == [Decimal(-3), Decimal(2), Decimal(-5)]
    assert {one.item for one in found.values()} == {product}
    assert list(found) == sorted(found)
    first = found[min(found)]
    assert (first.type, first.variance is not None and first.variance.uncounted) == (
        "item_count.expected",
        True,
    )


async def test_the_replay_can_be_stopped_and_sifted(world: World) -> None:
    """Up to a position, and by type of event."""
    product = await world.product("P1")
    session = await world.session({product: {"A1": "1"}})
    last = await world.count(session, product, "A1", "1", "Ann")
    await world.count(session, product, "A1", "2", "Ann")
    only = await replayed(world, session, types=("item_count.recorded",))
    assert [msgspec.json.decode(one.payload)["quantity"] for one in only] == ["1.000", "2.000"]
    assert {one.stream for one in only} == {item_count_id(session.id, product)}
    assert max(one.position for one in await replayed(world, session, up_to=last)) == last
