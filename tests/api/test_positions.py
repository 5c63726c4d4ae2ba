"""Read your writes: who asks with the position that he was answered sees what he did."""

from __future__ import annotations

import pytest

from tests.api.questions import QUERIES, question
from tests.api.shop import Shop, sku_of
from tests.api.takes import refused
from tests.api.window import Window
from tests.system import Company, System

HEADER = "tallybook-position"
GARBAGE = [
    "x",
    "1",
    "1.1",
    "1.1.",
    "1.1.x",
    "1.1.-1",
    "1.1.1.1",
    "2.1.1",
    "1.1.1e3",
    "1.1. 1",
    "1.1.1_0",
    "1.1.\u00b2",
    "1.1." + "9" * 30,
    "01.1.1",
    "1.-1.1",
    "\u00e9",
]


async def test_every_list_of_stock_shows_what_was_just_done(company: Company) -> None:
    """Many times over, as any lag would show sooner or later."""
    admin, shop = company["admin"], Shop(company)
    home = str(company.warehouse)
    for _ in range(10):
        entry = await shop.entry(10)
        body = {"product": entry["product"], "location": "A1", "quantity": -3, "reason": "sold"}
        answer = await admin.post("/store/inventory/adjust", body)
        for path in (
            "/store/inventory",
            "/admin/inventory",
            f"/admin/inventory/stores/{home}",
            f"/warehouses/{home}/inventory",
        ):
            page = await admin.ask_after(answer, f"{path}?product={entry['product']}")
            assert [item["on_hand"] for item in page["items"]] == ["7.000"]
        one = await admin.ask_after(answer, f"/inventory/items/{entry['id']}")
        assert one["version"] == int(answer.headers["etag"].strip('"'))


async def test_every_list_of_the_catalogue_shows_what_was_just_added(company: Company) -> None:
    """Also on its last page."""
    admin, shop = company["admin"], Shop(company)
    for _ in range(5):
        warehouse = await admin.post("/warehouses", {"code": shop.name("W"), "name": "W"})
        pages = await admin.ask_after(warehouse, "/warehouses?limit=200")
        assert warehouse.json()["id"] in {one["id"] for one in pages["items"]}
        part = await admin.post("/parts", {"sku": shop.name("P"), "name": "P"})
        pages = await admin.ask_after(part, "/parts?limit=200")
        assert part.json()["id"] in {one["id"] for one in pages["items"]}
        found = await admin.ask_after(part, f"/parts/{part.json()['id']}")
        assert found["sku"] == part.json()["sku"]


async def test_every_list_of_a_stock_take_shows_what_was_just_done(company: Company) -> None:
    """Locks, counts, progress and history."""
    shop, auditor, one = Shop(company), company["auditor"], company["counter1"]
    take = await shop.take()
    lock = await one.post("/stock-take/locks", take.lock(sku_of(take)))
    locks = await auditor.ask_after(lock, f"{take.path}/locks")
    assert [held["id"] for held in locks["items"]] == [lock.json()["id"]]
    count = await one.post("/stock-take/counts", take.count(sku_of(take), "A1", 9))
    assert not (await auditor.ask_after(count, f"{take.path}/locks"))["items"]
    lines = await auditor.ask_after(count, f"{take.path}/counts")
    assert [line["quantity"] for line in lines["items"]] == ["9.000"]
    assert (await auditor.ask_after(count, f"{take.path}/variances"))["items"][0]["counted"]
    paused = await take.act("auditor", "pause")
    open_ones = await auditor.ask_after(paused, "/stock-take/sessions?status=PAUSED")
    assert [session["id"] for session in open_ones["items"]] == [take.session["id"]]


@pytest.mark.parametrize("text", GARBAGE)
async def test_a_position_that_no_answer_gave_is_refused(window: Window, text: str) -> None:
    """By every query."""
    for row in QUERIES:
        answer = await window.company["admin"].get(question(window, row), {HEADER: text})
        refused(answer, 422, "BAD_POSITION")


async def test_a_position_beyond_the_log_is_refused(window: Window, system: System) -> None:
    """At once: nobody waits for what may never come."""
    beyond = f"1.1.{await system.services.log.head() + 1_000_000}"
    for row in QUERIES:
        answer = await window.company["admin"].get(question(window, row), {HEADER: beyond})
        problem = refused(answer, 422, "POSITION_BEYOND_HEAD")
        assert problem["pointer"] == "/Tallybook-Position"


@pytest.mark.parametrize("token", ["1.2.1", "1.0.0", "1.1764000000.1"])
async def test_a_position_of_an_epoch_that_is_not_the_logs_is_lost(
    window: Window, token: str
) -> None:
    """The client has to begin anew."""
    for row in QUERIES:
        answer = await window.company["admin"].get(question(window, row), {HEADER: token})
        problem = refused(answer, 410, "POSITION_LOST")
        assert problem["pointer"] == "/Tallybook-Position"


async def test_an_answer_knows_at_least_what_it_was_asked_with(
    window: Window, system: System
) -> None:
    """By every query, with the newest position that there is."""
    head = await system.services.log.head()
    for row in QUERIES:
        answer = await window.company["admin"].get(question(window, row), {HEADER: f"1.1.{head}"})
        assert answer.status_code == 200, answer.text
        assert int(answer.headers[HEADER].split(".")[2]) >= head
