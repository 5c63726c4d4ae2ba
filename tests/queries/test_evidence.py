"""The evidence of variances: as of any position, in one reading, whatever became of the pools."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from uuid import UUID

from domain.ids import item_count_id
from domain.stock import pool_commands as c
from domain.stock_take.session import StockTakeSession
from domain.stock_take.session_events import Scope
from domain.stock_take.variance import Evidence, variances
from projections.queries.base import Row
from projections.queries.evidence import evidence
from tests.queries.world import World, minutes

TOLERANCE = Decimal(1)


async def read(
    world: World, session: StockTakeSession, products: list[UUID], position: int | None = None
) -> list[Evidence]:
    """The evidence in one snapshot."""
    items = [item_count_id(session.id, product) for product in products]
    async with world.reads().snapshot() as fetch:
        return await evidence(fetch, session.id, items, position)


async def test_evidence_as_of_a_position_is_the_evidence_of_that_moment(world: World) -> None:
    """Whatever was counted, moved, superseded or recorded late since then."""
    product = await world.product("P1")
    a1 = await world.stock(product, "A1", "50")
    a2 = await world.stock(product, "A2", "30")
    session = await world.session({product: {"A1": "50", "A2": "30"}})
    then: dict[int, list[Evidence]] = {}

    async def remember() -> None:
        head = await world.log.head()
        then[head] = await read(world, session, [product])

    await remember()
    steps: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: world.use(a1, "4"),
        lambda: world.count(session, product, "A1", "45", "Ann"),
        lambda: world.use(a1, "5"),
        lambda: world.count(session, product, "A2", "30", "Bob"),
        lambda: world.use(a2, "2", minutes(1)),
        lambda: world.count(session, product, "A1", "41", "Ann"),
        lambda: world.stock(product, "B1", "7"),
    )
    for at, step in enumerate(steps, 1):
        world.at = minutes(at)
        await step()
        await remember()
    assert [await read(world, session, [product], head) for head in then] == list(then.values())
    final = then[max(then)][0]
    assert {pool.shelf: pool.on_hand for pool in final.pools} == {
        "A1": Decimal(41),
        "A2": Decimal(28),
        "B1": Decimal(7),
    }


async def test_the_evidence_of_many_items_takes_as_many_statements_as_that_of_one(
    world: World,
) -> None:
    """No query per item, per pool or per line."""
    products = await world.products([f"P{n}" for n in range(20)])
    for product in products[:5]:
        await world.stock(product, "A1", "10")
    session = await world.session({product: {"A1": "10"} for product in products})
    for product in products[:5]:
        await world.count(session, product, "A1", "9", "Ann")
    asked: list[int] = []
    for some in (products[:1], products):
        async with world.reads().snapshot() as fetch:
            sent: list[str] = []

            async def counted(query: str, *args: object) -> Sequence[Row]:
                sent.append(query)  # noqa: B023 - used within the turn
                return await fetch(query, *args)

            items = [item_count_id(session.id, product) for product in some]
            found = await evidence(counted, session.id, items)
            assert [one.item for one in found] == some
            asked.append(len(sent))
    assert asked[0] == asked[1]


async def test_a_pool_that_was_emptied_and_deleted_still_tells_what_was_there(world: World) -> None:
    """Its stock was counted, then used up and the entry removed: the book of then had it."""
    product = await world.product("P1")
    pool = await world.stock(product, "A1", "5")
    session = await world.session({product: {"A1": "5"}})
    world.at = minutes(1)
    await world.count(session, product, "A1", "5", "Ann")
    world.at = minutes(2)
    await world.use(pool, "5")
    pool.delete(c.DeleteEntry(), world.context())
    await world.save(pool)
    (found,) = await read(world, session, [product])
    (variance,) = variances(found, TOLERANCE)
    assert (variance.counted, variance.book) == (Decimal(5), Decimal(5))


async def test_an_entry_deleted_before_the_count_is_no_evidence(world: World) -> None:
    """There is nothing to adjust and nothing to tell."""
    product = await world.product("P1")
    pool = await world.stock(product, "A1", "5")
    await world.use(pool, "5")
    pool.delete(c.DeleteEntry(), world.context())
    await world.save(pool)
    session = await world.session({product: {}})
    world.at = minutes(1)
    await world.count(session, product, "A1", "2", "Ann")
    (found,) = await read(world, session, [product])
    assert found.pools == ()


async def test_a_session_of_some_shelves_takes_stock_on_others_for_none_of_its_business(
    world: World,
) -> None:
    """Only pools on those shelves, or on a counted place, are evidence."""
    product = await world.product("P1")
    await world.stock(product, "A1", "10")
    await world.stock(product, "B1", "99")
    session = await world.session({product: {"A1": "10"}}, scope=Scope(shelves=("A1",)))
    world.at = minutes(1)
    await world.count(session, product, "A1", "9", "Ann")
    (found,) = await read(world, session, [product])
    assert [pool.shelf for pool in found.pools] == ["A1"]
    await world.count(session, product, "B1", "99", "Bob")
    (both,) = await read(world, session, [product])
    assert [pool.shelf for pool in both.pools] == ["A1", "B1"]


async def test_the_cost_is_the_average_and_items_of_other_sessions_are_left_out(
    world: World,
) -> None:
    """What was asked for and does not belong to the session is not answered."""
    product = await world.product("P1")
    await world.stock(product, "A1", "10", "10")
    await world.stock(product, "A1", "10", "12")
    session = await world.session({product: {"A1": "20"}})
    other = await world.session({product: {"A1": "20"}}, "ST-MAR25B")
    (found,) = await read(world, session, [product])
    assert found.unit_cost == Decimal("11.0000")
    async with world.reads().snapshot() as fetch:
        foreign = [item_count_id(other.id, product)]
        assert await evidence(fetch, session.id, foreign) == []
