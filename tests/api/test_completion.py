"""Completing and cancelling a stock-take: all of it, once, or nothing (domain.md 1.8)."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from tests.api.takes import Take, refused, started
from tests.system import Company, System

LEAVE = {"policy": "LEAVE"}
KEY = {"idempotency-key": "completion"}


async def half_counted(company: Company) -> Take:
    """Two items, of which one is counted: 9 of 10 gloves, no hoods."""
    take = await started(company, {"GLOVE": {"A1": 10}, "HOOD": {"B1": 8}})
    await take.counted("counter1", "GLOVE", "A1", 9)
    return take


@pytest.mark.rule("1.8-a")
async def test_uncounted_items_are_left_as_they_are_where_that_is_asked_for(
    company: Company,
) -> None:
    """BLOCK refuses and names them; LEAVE posts the others and lists them."""
    take = await half_counted(company)
    problem = refused(await take.act("auditor", "complete"), 409, "UNCOUNTED_ITEMS")
    assert len(problem["items"]) == 1
    code = {"code": take.session["code"]}
    still = await company["counter1"].done("/stock-take/sessions/join", code)
    assert still["status"] == "ACTIVE"
    done = await take.act("auditor", "complete", LEAVE)
    assert done.json()["totals"] == {
        "items": 2,
        "posted": 1,
        "uncounted": 1,
        "left_out": 0,
        "net_value": "-2.50",
        "gross_value": "2.50",
    }
    assert await take.on_hand("GLOVE", done) == {"A1": "9.000"}
    assert await take.on_hand("HOOD", done) == {"B1": "8.000"}


@pytest.mark.rule("T-1.8-a")
async def test_uncounted_items_are_never_set_to_zero_unasked(company: Company) -> None:
    """Not by any policy that is offered."""
    take = await half_counted(company)
    answer = await take.act("admin", "complete", {"policy": "ZERO"})
    assert refused(answer, 422, "POLICY_NOT_ALLOWED")["pointer"] == "/policy"
    assert await take.on_hand("HOOD", await take.act("auditor", "complete", LEAVE)) == {
        "B1": "8.000"
    }


async def test_completing_again_is_refused_unless_it_is_the_same_request(
    company: Company, system: System
) -> None:
    """With the same key the first result; with a new one, or none, 409."""
    take = await half_counted(company)
    path = f"{take.path}/complete"
    first = await company["auditor"].post(path, LEAVE, KEY)
    after = await system.events(company)
    again = await company["auditor"].post(path, LEAVE, KEY)
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.json()["status"] == "COMPLETED"
    for headers in ({"idempotency-key": "another"}, {}):
        answer = await company["auditor"].post(path, LEAVE, headers)
        assert refused(answer, 409, "WRONG_STATUS")["state"] == "COMPLETED"
    assert await system.events(company) == after


async def test_a_refused_completion_leaves_its_key_unused(company: Company) -> None:
    """However often it was refused: when the rest is counted, the same request completes it."""
    take = await half_counted(company)
    path = f"{take.path}/complete"
    for _ in range(3):
        refused(await company["auditor"].post(path, {}, KEY), 409, "UNCOUNTED_ITEMS")
    await take.counted("counter2", "HOOD", "B1", 8)
    done = await company["auditor"].post(path, {}, KEY)
    assert (done.status_code, done.json()["totals"]["posted"]) == (200, 2)
    again = await company["auditor"].post(path, {}, KEY)
    assert (again.status_code, again.json()) == (200, done.json())


async def test_many_completions_at_once_post_once(company: Company, system: System) -> None:
    """One is done; the others learn that it is being done, or was."""
    take = await half_counted(company)
    answers = await asyncio.gather(*(take.act("auditor", "complete", LEAVE) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    codes = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert codes <= {"SESSION_POSTING", "WRONG_STATUS"}
    types = await system.types(company)
    assert types.count("item_count.posted") == 1
    assert types.count("stock_take_session.completed") == 1


async def test_a_count_that_races_with_the_completion_is_in_it_or_refused(
    company: Company, system: System
) -> None:
    """Whoever is told 201 finds his count in what was posted."""
    take = await half_counted(company)
    body = take.count("HOOD", "B1", 5)
    count, done = await asyncio.gather(
        company["counter2"].post("/stock-take/counts", body),
        take.act("auditor", "complete", LEAVE),
    )
    assert done.status_code == 200
    posted = {201: 2, 409: 1}[count.status_code]
    assert done.json()["totals"]["posted"] == posted
    types = await system.types(company)
    frozen = types.index("stock_take_session.frozen")
    assert "item_count.recorded" not in types[frozen:]
    assert types.index("stock_take_session.completed") > frozen


async def test_what_is_left_out_has_to_be_of_this_stock_take(
    company: Company, system: System
) -> None:
    """Anything else, above all another organization's, is not there; nothing is frozen."""
    take, other = await half_counted(company), await half_counted(await system.company())
    line = await other.counted("counter2", "HOOD", "B1", 8)
    before = await system.events(company)
    for id_ in (line["id"], str(UUID(int=5)), take.session["id"]):
        answer = await take.act("admin", "complete", {**LEAVE, "leave_out": [id_]})
        assert answer.status_code == 404, answer.text
    assert await system.events(company) == before


async def test_a_cancelled_stock_take_posts_nothing_and_frees_the_warehouse(
    company: Company,
) -> None:
    """Its counts stay to be read; only an admin cancels."""
    take = await half_counted(company)
    reason = {"reason": "flood"}
    refused(await take.act("auditor", "cancel", reason), 403, "FORBIDDEN")
    done = await take.act("admin", "cancel", reason)
    assert done.json()["status"] == "CANCELLED"
    assert await take.on_hand("GLOVE", done) == {"A1": "10.000"}
    lines = await company["auditor"].ask_after(done, f"{take.path}/counts")
    assert [line["quantity"] for line in lines["items"]] == ["9.000"]
    again = await started(company, {"ROPE": {"C1": 5}})
    assert again.session["code"] != take.session["code"]


async def test_an_adjustment_cuts_the_newest_reservations_first(company: Company) -> None:
    """on_hand 20, R1 10, R2 5, counted 12: R2 is cut to 2; 12 stay reserved."""
    take = await started(company, {"GLOVE": {"A1": 20}})
    where = {"product": take.product("GLOVE"), "location": "A1", "order": "O"}
    for quantity in (10, 5):
        await company["admin"].done("/store/inventory/reserve", {**where, "quantity": quantity})
    await take.counted("counter1", "GLOVE", "A1", 12)
    done = await take.act("auditor", "complete")
    stock = take.pools["GLOVE", "A1"]["id"]
    item = await company["admin"].ask_after(done, f"/inventory/items/{stock}")
    assert (item["on_hand"], item["reserved"], item["available"]) == ("12.000", "12.000", "0.000")
    assert [kept["quantity"] for kept in item["reservations"]] == ["10.000", "2.000"]


async def test_a_set_up_too_large_for_an_event_is_refused_and_forgotten(company: Company) -> None:
    """What was refused is not in memory either: the next answer knows nothing of it."""
    one = company.counters[0]
    draft = await company["auditor"].done(
        "/stock-take/sessions",
        {"warehouse": str(company.warehouse), "allowed_counters": [one], "notes": "first"},
    )
    path = f"/stock-take/sessions/{draft['id']}"
    shelves = [f"{n:04d}{'é' * 50}" for n in range(1_000)]
    large = {"assigned_shelves": {one: shelves}, "notes": "second"}
    refused(await company["auditor"].send("PUT", path, large), 422, "INVALID_VALUE")
    view = await company["auditor"].done(path, {"name": "Name"}, "PUT")
    assert (view["notes"], view["assigned_shelves"]) == ("first", {})
