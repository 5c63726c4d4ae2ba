"""Stock-takes as counters and auditors find them: sessions, items, counts and locks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from domain.ids import warehouse_id
from domain.stock.place import OpenWarehouse, Place
from domain.stock_take import session_commands as s
from domain.stock_take.session import StockTakeSession
from domain.stock_take.session_commands import NoSuchSession
from projections.queries import adjustments, counts, history, items, progress, sessions, variances
from tests.queries.world import World, minutes


async def test_a_session_is_found_by_its_code_in_any_case_of_letters(world: World) -> None:
    """Blanks around it do not matter; its people have names."""
    ann = world.people["Ann"]
    session = await world.session({}, assigned_shelves={ann: ("A1", "A2")})
    found = await sessions.session_of_code(sessions.OneSession(), world.reads(), " st-mar25a ")
    assert found == await sessions.session(sessions.OneSession(), world.reads(), session.id)
    assert (found.code, found.status, found.creator.name) == ("ST-MAR25A", "DRAFT", "Eve")
    assert {one.name: one.shelves for one in found.counters} == {"Ann": ("A1", "A2"), "Bob": ()}
    assert found.version == session.version
    with pytest.raises(NoSuchSession):
        await sessions.session_of_code(sessions.OneSession(), world.reads(), "ST-MAR25B")


async def test_sessions_are_listed_newest_first_and_sifted(world: World) -> None:
    """By status, warehouse and whose they are; page by page."""
    first = await world.session({}, "ST-MAR25A", allowed_counters=(world.people["Ann"],))
    second = await world.session({}, "ST-MAR25B", allowed_counters=(world.people["Bob"],))
    second.cancel(s.CancelSession(reason="planned twice"), world.context())
    await world.save(second)

    async def found(name: str = "Eve", **asked: Any) -> list[str]:
        query = sessions.Sessions(**asked)
        return [one.code for one in (await sessions.sessions(query, world.reads(name))).items]

    assert await found() == ["ST-MAR25B", "ST-MAR25A"]
    assert await found(status=("ACTIVE", "CANCELLED")) == ["ST-MAR25B"]
    assert await found("Ann", mine=True) == ["ST-MAR25A"]
    assert await found("Eve", mine=True) == ["ST-MAR25B", "ST-MAR25A"]
    assert await found(warehouse=first.id) == []
    page = await sessions.sessions(sessions.Sessions(limit=1), world.reads())
    assert await found(limit=1, cursor=page.next) == ["ST-MAR25A"]


async def test_dates_are_those_of_the_warehouse(world: World) -> None:
    """A session is listed under the day that its branch had when it was planned."""
    far = world.get(Place, warehouse_id(world.organization, "FAR"))
    command = OpenWarehouse(code="FAR", name="Far", timezone="Pacific/Kiritimati")
    far.open_warehouse(command, world.context())
    await world.save(far)
    session = await world.session({}, warehouse=far.id)
    one = await sessions.session(sessions.OneSession(), world.reads(), session.id)
    day = _in_kiritimati(one.created_at)
    for from_, to, expected in ((day, day, 1), (day, None, 1), (None, day, 1)):
        query = sessions.Sessions(from_=from_, to=to)
        assert len((await sessions.sessions(query, world.reads())).items) == expected
    tomorrow = date.fromordinal(day.toordinal() + 1)
    query = sessions.Sessions(from_=tomorrow)
    assert (await sessions.sessions(query, world.reads())).items == []


def _in_kiritimati(at: datetime) -> date:
    """Fourteen hours before Greenwich all year."""
    return datetime.fromtimestamp(at.timestamp() + 14 * 3600, UTC).date()


async def test_another_organizations_session_is_not_there(world: World) -> None:
    """Whatever is asked of it."""
    product = await world.product("P1")
    session = await world.session({product: {"A1": "1"}})
    reads = world.reads()
    reads.context = replace(reads.context, organization=uuid4())
    asked = (
        sessions.session(sessions.OneSession(), reads, session.id),
        sessions.session_of_code(sessions.OneSession(), reads, session.code),
        sessions.locks(sessions.Locks(), reads, session.id),
        counts.counts(counts.Counts(), reads, session.id),
        items.items(items.Items(), reads, session.id),
        progress.progress(progress.ShowProgress(), reads, session.id),
        variances.item_variances(variances.Variances(), reads, session.id),
        adjustments.adjustments(adjustments.Adjustments(), reads, session.id),
        history.history(history.History(), reads, session.id),
    )
    for question in asked:
        with pytest.raises(NoSuchSession):
            await question
    assert (await sessions.sessions(sessions.Sessions(), reads)).items == []


async def two_shelves(world: World, **setup: Any) -> StockTakeSession:
    """P1 on A1 and A2, P2 on A2, P3 nowhere; Ann has A1."""
    one, two, three = await world.products(["P1", "P2", "P3"])
    for product, shelf, quantity in ((one, "A1", "30"), (one, "A2", "20"), (two, "A2", "7")):
        await world.stock(product, shelf, quantity)
    expected = {one: {"A1": "30", "A2": "20"}, two: {"A2": "7"}, three: {}}
    return await world.session(
        expected, **{"assigned_shelves": {world.people["Ann"]: ("A1",)}, **setup}
    )


async def listed(
    world: World, session: StockTakeSession, name: str, role: str = "counter", **asked: Any
) -> list[items.ItemToCount]:
    """What somebody has to count."""
    return (await items.items(items.Items(**asked), world.reads(name, role), session.id)).items


async def test_a_counter_sees_the_items_of_his_own_shelves(world: World) -> None:
    """Without an assignment what is on shelves that are nobody's; an auditor sees all."""
    session = await two_shelves(world)
    seen = {
        name: {
            one.sku: [s.shelf for s in one.shelves]
            for one in await listed(world, session, name, role)
        }
        for name, role in (("Ann", "counter"), ("Bob", "counter"), ("Eve", "auditor"))
    }
    assert seen == {
        "Ann": {"P1": ["A1"]},
        "Bob": {"P1": ["A2"], "P2": ["A2"], "P3": []},
        "Eve": {"P1": ["A1", "A2"], "P2": ["A2"], "P3": []},
    }


@pytest.mark.parametrize(
    ("blind", "role", "books"),
    [
        (True, "counter", {None}),
        (False, "counter", {Decimal(18), Decimal(7)}),
        (True, "auditor", {Decimal(18), Decimal(7)}),
    ],
)
async def test_the_book_is_shown_only_where_counting_is_not_blind(
    world: World, blind: Any, role: str, books: set[Decimal | None]
) -> None:
    """It is what the shelf has now, not at the start."""
    session = await two_shelves(world, blind=blind)
    pool = await world.pool_at((await listed(world, session, "Eve", "auditor"))[0].item, "A2")
    await world.use(pool, "2")
    found = await listed(world, session, "Bob", role, shelf="A2")
    assert {s.book for one in found for s in one.shelves if s.shelf == "A2"} == books


async def test_items_say_who_counts_and_who_has_counted(world: World) -> None:
    """A lock that ran out is nobody's; the shelf is marked as counted."""
    session = await two_shelves(world)
    first, second, _ = await listed(world, session, "Eve", "auditor")
    await world.count(session, second.item, "A2", "7", "Bob")
    await world.lock(session, first.item, "Ann")
    found = {one.sku: one for one in await listed(world, session, "Eve", "auditor")}
    assert found["P1"].locked_by is not None
    assert (found["P1"].locked_by.name, found["P1"].counted) == ("Ann", False)
    assert [one.name for one in found["P2"].counted_by] == ["Bob"]
    assert [one.counted for one in found["P2"].shelves] == [True]
    assert [one.sku for one in await listed(world, session, "Eve", "auditor", counted=True)] == [
        "P2"
    ]
    world.at = minutes(5)
    assert (await listed(world, session, "Eve", "auditor"))[0].locked_by is None


async def test_items_are_searched_and_paged(world: World) -> None:
    """By SKU, name and shelf."""
    session = await two_shelves(world)
    found = [one.sku for one in await listed(world, session, "Eve", "auditor", search="p2")]
    assert found == ["P2"]
    reads = world.reads("Eve", "auditor")
    page = await items.items(items.Items(limit=2), reads, session.id)
    rest = await items.items(items.Items(limit=2, cursor=page.next), reads, session.id)
    assert [one.sku for one in (*page.items, *rest.items)] == ["P1", "P2", "P3"]
    assert rest.next is None


async def test_a_blind_counter_sees_his_own_lines_without_what_the_books_said(
    world: World,
) -> None:
    """Others' lines, and the captured book, are for the auditor."""
    session = await two_shelves(world)
    first = (await listed(world, session, "Eve", "auditor"))[0]
    await world.count(session, first.item, "A1", "29", "Ann")
    await world.count(session, first.item, "A2", "20", "Bob")

    async def found(name: str, role: str, **asked: Any) -> list[tuple[Any, ...]]:
        page = await counts.counts(counts.Counts(**asked), world.reads(name, role), session.id)
        return [(one.counter.name, one.shelf, one.quantity, one.captured) for one in page.items]

    assert await found("Ann", "counter") == [("Ann", "A1", Decimal(29), None)]
    assert await found("Ann", "counter", counter=world.people["Bob"]) == []
    bob, ann = ("Bob", "A2", Decimal(20), Decimal(50)), ("Ann", "A1", Decimal(29), Decimal(50))
    assert await found("Eve", "auditor") == [bob, ann]
    assert await found("Eve", "auditor", counter=world.people["Bob"]) == [bob]
    assert await found("Eve", "auditor", shelf=" a1 ") == [ann]
    assert await found("Eve", "auditor", item=first.id) == []


async def test_locks_are_live_only_in_their_own_activation_and_of_present_counters(
    world: World,
) -> None:
    """A pause voids them, also after the session goes on; so does taking the counter out."""
    session = await two_shelves(world)
    first, second, _ = await listed(world, session, "Eve", "auditor")

    async def holders() -> list[str | None]:
        page = await sessions.locks(sessions.Locks(), world.reads("Bob", "counter"), session.id)
        return [one.holder.name for one in page.items]

    await world.lock(session, first.item, "Ann")
    assert await holders() == ["Ann"]
    session.pause(s.PauseSession(), world.context())
    await world.save(session)
    assert await holders() == []
    session.resume(s.ResumeSession(), world.context())
    await world.save(session)
    assert await holders() == []
    await world.lock(session, second.item, "Bob")
    assert await holders() == ["Bob"]
    only = s.ChangeSession(allowed_counters=(world.people["Ann"],))
    session.change(only, world.context())
    await world.save(session)
    assert await holders() == []
