"""The ledger over HTTP: every movement once, in order, whichever way it is sifted."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.shop import Shop
from tests.api.takes import refused, started
from tests.system import Client, Company

POSITION = "tallybook-position"


async def moved(company: Company) -> tuple[dict[str, Any], httpx.Response]:
    """An entry that got 10, lost 3 last year, and from which the member has 2."""
    admin, entry = company["admin"], await Shop(company).entry(10)
    where = {"product": entry["product"], "location": "A1"}
    lost = {"quantity": -3, "reason": "lost", "occurred_at": "2025-12-31T12:00:00Z"}
    await admin.done("/store/inventory/adjust", {**where, **lost})
    body = {"quantity": 2, "member": str(company["member"].member), "reason": "work"}
    return entry, await admin.post(f"/inventory/items/{entry['id']}/issue", body)


async def found(who: Client, after: httpx.Response, query: str) -> list[dict[str, Any]]:
    """All pages of what matches, two at a time."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await who.ask_after(after, f"/transactions?limit=2{query}{cursor}")
        items += page["items"]
        if page["next"] is None:
            return items
        cursor = f"&cursor={page['next']}"


async def test_a_movement_says_what_it_did_and_who_did_it(company: Company) -> None:
    """With both its times and the balance that it left."""
    admin = company["admin"]
    entry, last = await moved(company)
    movements = await found(admin, last, f"&product={entry['product']}")
    assert [(m["type"], m["delta"], m["on_hand"]) for m in movements] == [
        ("pool_stock.set", "10.000", "10.000"),
        ("pool_stock.adjusted", "-3.000", "7.000"),
        ("pool_stock.issued", "-2.000", "5.000"),
    ]
    lost, issued = movements[1:]
    assert (lost["occurred_at"], lost["reason"]) == ("2025-12-31T12:00:00Z", "lost")
    assert lost["recorded_at"] > lost["occurred_at"]
    assert issued["actor"] == {"id": str(admin.member), "name": "Admin"}
    assert issued["member"] == {"id": str(company["member"].member), "name": "Member"}
    assert (issued["pool"], issued["product"]) == (entry["id"], entry["product"])
    assert (issued["location"], issued["warehouse"]) == ("A1", str(company.warehouse))
    for movement in movements:
        assert await admin.ask_after(last, f"/transactions/{movement['id']}") == movement


async def test_movements_come_in_order_or_backwards(company: Company) -> None:
    """Page by page, none twice and none left out."""
    _, last = await moved(company)
    forwards = await found(company["admin"], last, "")
    assert len(forwards) == 3
    assert await found(company["admin"], last, "&sort=-position") == forwards[::-1]


@pytest.mark.parametrize(
    ("query", "deltas"),
    [
        ("&type=pool_stock.adjusted", ["-3.000"]),
        ("&type=pool_stock.adjusted&type=pool_stock.issued", ["-3.000", "-2.000"]),
        ("&type=pool_stock.unheard_of", []),
        ("&from=2026-01-01T00:00:00Z", ["10.000", "-2.000"]),
        ("&to=2026-01-01T00:00:00Z", ["-3.000"]),
        ("&from=2025-12-31T12:00:00Z&to=2025-12-31T12:00:01Z", ["-3.000"]),
        ("&from=2025-12-31T11:59:59Z&to=2025-12-31T12:00:00Z", []),
        ("&place={place}&actor={admin}&warehouse={home}", ["10.000", "-3.000", "-2.000"]),
        ("&place={home}", []),
        ("&actor={member}", []),
        ("&warehouse={member}", []),
        ("&session={member}", []),
    ],
)
async def test_movements_are_sifted(company: Company, query: str, deltas: list[str]) -> None:
    """By each filter, and by several at once."""
    entry, last = await moved(company)
    ids = {"admin": company["admin"].member, "member": company["member"].member}
    asked = query.format(place=entry["place"], home=company.warehouse, **ids)
    assert [m["delta"] for m in await found(company["admin"], last, asked)] == deltas


async def test_what_a_stock_take_posted_is_found_by_it(company: Company) -> None:
    """One adjustment for each entry."""
    take = await started(company, {"GLOVE": {"A1": 10}})
    await take.counted("counter1", "GLOVE", "A1", 8)
    done = await take.act("auditor", "complete", {})
    posted = await found(company["admin"], done, f"&session={take.session['id']}")
    assert [(m["type"], m["delta"]) for m in posted] == [("pool_stock.count_adjusted", "-2.000")]


async def test_the_ledger_as_of_then_ends_there(company: Company) -> None:
    """What was recorded later is not in it, neither in a list nor by its id."""
    admin = company["admin"]
    _, last = await moved(company)
    movements = await found(admin, last, "")
    then = f"1.1.{movements[1]['id']}"
    assert await found(admin, last, f"&as_of={then}") == movements[:2]
    later = await admin.get(f"/transactions/{movements[2]['id']}?as_of={then}")
    refused(later, 404, "TRANSACTION_NOT_FOUND")


@pytest.mark.parametrize(
    "id_", ["0", "-1", "1_0", "+1", "%201", "\u0661", "9" * 19, "9" * 400, "x"]
)
async def test_what_is_no_movement_is_not_found(company: Company, id_: str) -> None:
    """Whatever stands in its place."""
    assert (await company["admin"].get(f"/transactions/{id_}")).status_code == 404


async def test_a_counter_may_not_read_the_ledger(company: Company) -> None:
    """It holds the books."""
    refused(await company["counter1"].get("/transactions"), 403, "FORBIDDEN")
