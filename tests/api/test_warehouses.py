"""Warehouses over HTTP: found, changed, taken out of use and back (domain.md 3.1, 11)."""

from __future__ import annotations

from typing import Any

import pytest

from api import execute
from tests.api.shop import Shop
from tests.api.takes import refused, started, stocked
from tests.system import Company, System

EMPTY = {"quantity": 0, "reason": "cleared"}


@pytest.fixture
async def shop(company: Company) -> Shop:
    """A company of one test's own."""
    return Shop(company)


async def codes(shop: Shop, query: str) -> list[str]:
    """The warehouses that a query of the list finds, besides MAIN."""
    page = (await shop.admin.get(f"/warehouses{query}")).json()
    return [one["code"] for one in page["items"] if one["code"] != "MAIN"]


async def opened(shop: Shop, code: str) -> str:
    """The path of a new warehouse."""
    answer = await shop.admin.done("/warehouses", {"code": code, "name": code.title()})
    return f"/warehouses/{answer['id']}"


async def deactivated(shop: Shop, code: str = "OLD") -> str:
    """The path of a warehouse that is out of use; the lists know it."""
    path = await opened(shop, code)
    answer = await shop.admin.post(f"{path}/deactivate")
    assert answer.json()["active"] is False
    await shop.admin.ask_after(answer, path)
    return path


async def test_a_warehouse_is_renamed_and_moved_to_another_zone(shop: Shop) -> None:
    """Its places are in its zone; its code and id stay; If-Match takes what a look at it gave."""
    path = await opened(shop, "EAST")
    shelf = {"warehouse": path.rpartition("/")[2], "code": "A1"}
    below = await shop.admin.post("/inventory/storage-areas", shelf)
    position = {"tallybook-position": below.headers["tallybook-position"]}
    seen = await shop.admin.get(path, position)
    change = {"name": "Far East", "timezone": "Asia/Tokyo"}
    stale = {"if-match": '"7"'}
    refused(await shop.admin.send("PATCH", path, change, stale), 412, "PRECONDITION_FAILED")
    answer = await shop.admin.send("PATCH", path, change, {"if-match": seen.headers["etag"]})
    found = await shop.admin.ask_after(answer, path)
    assert (found["code"], found["name"], found["timezone"]) == ("EAST", "Far East", "Asia/Tokyo")
    assert [place["timezone"] for place in found["places"]] == ["Asia/Tokyo"]
    only = await shop.admin.done(path, {"name": "Orient"}, "PATCH")
    assert (only["name"], only["timezone"]) == ("Orient", "Asia/Tokyo")


async def test_a_wrong_change_is_refused(shop: Shop, system: System) -> None:
    """A zone that is none, a shelf, an id that names nothing."""
    path = await opened(shop, "EAST")
    shelf = {"warehouse": path.rpartition("/")[2], "code": "A1"}
    below = f"/warehouses/{(await shop.admin.done('/inventory/storage-areas', shelf))['id']}"
    before = await system.events(shop.company)
    wrong = await shop.admin.send("PATCH", path, {"timezone": "Mars/Olympus"})
    assert refused(wrong, 422, "UNKNOWN_TIMEZONE")["pointer"] == "/timezone"
    refused(await shop.admin.send("PATCH", below, {"name": "x"}), 404, "WAREHOUSE_NOT_FOUND")
    for action in ("activate", "deactivate"):
        answer = await shop.admin.post(f"{below}/{action}")
        refused(answer, 404, "WAREHOUSE_NOT_FOUND")
    nothing = f"/warehouses/{shop.company.id}"
    refused(await shop.admin.send("PATCH", nothing, {"name": "x"}), 404, "NOT_FOUND")
    assert await system.events(shop.company) == before


async def test_the_list_asks_for_those_in_use_or_the_others(shop: Shop) -> None:
    """What was active is asked of the past as well."""
    await opened(shop, "NEW")
    before = await shop.admin.post("/warehouses", {"code": "OLD", "name": "Old"})
    path = f"/warehouses/{before.json()['id']}"
    answer = await shop.admin.post(f"{path}/deactivate")
    page = await shop.admin.ask_after(answer, "/warehouses?active=false")
    assert [(one["code"], one["active"]) for one in page["items"]] == [("OLD", False)]
    assert await codes(shop, "?active=true") == ["NEW"]
    assert await codes(shop, "") == ["NEW", "OLD"]
    then = before.headers["tallybook-position"]
    assert await codes(shop, f"?active=true&as_of={then}") == ["NEW", "OLD"]


async def test_an_inactive_warehouse_takes_nothing(shop: Shop, system: System) -> None:
    """No stock by any door, no place, no stock-take; it is read as before."""
    path = await deactivated(shop)
    warehouse, product = path.rpartition("/")[2], await shop.product()
    before = await system.events(shop.company)
    where = {"store_id": warehouse, "product": product, "location": "A1", "reason": "found"}
    plan = {"warehouse": warehouse, "allowed_counters": shop.company.counters}
    for to, body in (
        ("/admin/inventory/set", {**where, "quantity": 1}),
        ("/admin/inventory/adjust", {**where, "quantity": 1}),
        ("/inventory/storage-areas", {"warehouse": warehouse, "code": "A1"}),
        ("/stock-take/sessions", plan),
    ):
        refused(await shop.admin.post(to, body), 409, "WAREHOUSE_INACTIVE")
    assert await system.events(shop.company) == before
    assert (await shop.admin.get(f"{path}/inventory")).json()["items"] == []


async def test_entries_that_were_emptied_take_nothing_while_it_is_inactive(shop: Shop) -> None:
    """They are found by their ids; after its activation they take stock again."""
    path = await opened(shop, "OLD")
    warehouse = path.rpartition("/")[2]
    entry = (await stocked(shop.admin, warehouse, "GLOVE", {"A1": 3}))["GLOVE", "A1"]
    at = {"store_id": warehouse, "product": entry["product"], "location": "A1"}
    await shop.admin.done("/admin/inventory/set", {**at, **EMPTY})
    plan = {"warehouse": warehouse, "allowed_counters": shop.company.counters}
    draft = await shop.company["auditor"].done("/stock-take/sessions", plan)
    await shop.admin.done(f"{path}/deactivate")
    receive, body = f"/inventory/items/{entry['id']}/receive", {"quantity": 2, "unit_cost": 1}
    adjustments = {"adjustments": [{**at, "quantity": 2, "reason": "found"}]}
    start = f"/stock-take/sessions/{draft['id']}/start"
    for to, what in (
        (receive, body),
        ("/admin/inventory/bulk-adjust", adjustments),
        (start, None),
    ):
        refused(await shop.admin.post(to, what), 409, "WAREHOUSE_INACTIVE")
    assert (await shop.admin.done(f"{path}/activate"))["active"] is True
    assert (await shop.admin.done(receive, body))["on_hand"] == "2.000"


async def _stock(shop: Shop, warehouse: str) -> None:
    await stocked(shop.admin, warehouse, "GLOVE", {"A1": 3})


async def _reserved(shop: Shop, warehouse: str) -> None:
    entry = (await stocked(shop.admin, warehouse, "GLOVE", {"": 3}))["GLOVE", ""]
    body = {"product": entry["product"], "quantity": 1, "order": "O-1"}
    await shop.admin.done("/store/inventory/reserve", body)


async def _issued(shop: Shop, warehouse: str) -> None:
    entry = (await stocked(shop.admin, warehouse, "GLOVE", {"A1": 3}))["GLOVE", "A1"]
    await shop.issued(entry)


async def _quarantined(shop: Shop, warehouse: str) -> None:
    entry = (await stocked(shop.admin, warehouse, "GLOVE", {"A1": 3}))["GLOVE", "A1"]
    back = f"/inventory/issuances/{await shop.issued(entry)}/return"
    await shop.admin.done(back, {"condition": "damaged"})


async def _counted(shop: Shop, warehouse: str) -> None:
    await started(shop.company, {"GLOVE": {"A1": 3}}, warehouse)


LEFT: dict[str, tuple[Any, str]] = {
    "stock": (_stock, "STOCK_LEFT"),
    "reserved": (_reserved, "STOCK_RESERVED"),
    "with a member": (_issued, "STOCK_LEFT"),
    "in quarantine": (_quarantined, "STOCK_LEFT"),
    "being counted": (_counted, "STOCK_TAKE_OPEN"),
}


@pytest.mark.parametrize("what", LEFT)
async def test_a_warehouse_with_something_left_stays_in_use(shop: Shop, what: str) -> None:
    """Stock of any kind, or an open stock-take; the refusal says what it is."""
    fill, code = LEFT[what]
    main = f"/warehouses/{shop.company.warehouse}"
    await fill(shop, str(shop.company.warehouse))
    key = {"idempotency-key": "closing"}
    for _ in range(2):
        answer = await shop.admin.post(f"{main}/deactivate", None, key)
        refused(answer, 409, code)
    shelf = {"warehouse": str(shop.company.warehouse), "code": "B1"}
    answer = await shop.admin.post("/inventory/storage-areas", shelf)
    found = await shop.admin.ask_after(answer, main)
    assert (found["active"], found["closing"]) == (True, False)


async def test_the_same_request_is_answered_the_same(shop: Shop, system: System) -> None:
    """Also without a key there is nothing to do twice."""
    path, key = await opened(shop, "OLD"), {"idempotency-key": "closing"}
    first = await shop.admin.post(f"{path}/deactivate", None, key)
    after = await system.events(shop.company)
    again = await shop.admin.post(f"{path}/deactivate", None, key)
    other = await shop.admin.post(f"{path}/deactivate")
    assert first.json() == again.json() == other.json()
    assert (await shop.admin.done(f"{path}/activate"))["active"] is True
    assert await system.events(shop.company) == after + 1
    await shop.admin.done(f"{path}/activate")
    assert await system.events(shop.company) == after + 1


async def test_who_cannot_wait_longer_learns_that_it_has_begun(
    shop: Shop, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends by itself."""
    monkeypatch.setattr(execute, "ENDING_SECONDS", 0.0)
    path = await opened(shop, "OLD")
    answer = await shop.admin.post(f"{path}/deactivate")
    assert (answer.status_code, answer.json()["closing"]) == (202, True)
    monkeypatch.undo()
    assert (await shop.admin.done(f"{path}/deactivate"))["active"] is False
    types = await system.types(shop.company)
    assert types[-2:] == ["place.deactivation_begun", "place.deactivated"]


async def test_nobody_but_who_manages_places_may(shop: Shop) -> None:
    """The auditor reads them."""
    path, auditor = await opened(shop, "OLD"), shop.company["auditor"]
    for method, to in (
        ("PATCH", path),
        ("POST", f"{path}/activate"),
        ("POST", f"{path}/deactivate"),
    ):
        refused(await auditor.send(method, to, {}), 403, "FORBIDDEN")
