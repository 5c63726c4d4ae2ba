"""Stock by what had physically happened, as known now or as known then (docs/as-of.md)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.shop import Shop
from tests.api.takes import refused
from tests.system import Client, Company

POSITION = "tallybook-position"
YEAR_END = "2025-12-31T23:59:59Z"
PROMISES = ("reserved", "available", "issued", "owned", "low", "out", "excess")


async def adjusted(admin: Client, product: str, quantity: int, occurred_at: str) -> str:
    """Stock came or went at that time, and is recorded now; the position of that."""
    where = {"product": product, "location": "A1", "occurred_at": occurred_at}
    body = {**where, "quantity": quantity, "reason": "r"}
    answer = await admin.post("/store/inventory/adjust", body)
    assert answer.status_code == 200, answer.text
    return str(answer.headers[POSITION])


async def told(admin: Client, product: str, query: str) -> list[dict[str, Any]]:
    """The product's entries, by every way to ask for them."""
    path = f"/admin/inventory?product={product}&happened_by={YEAR_END}{query}"
    answer = await admin.get(path)
    assert answer.status_code == 200, answer.text
    entries: list[dict[str, Any]] = answer.json()["items"]
    overall = await admin.get(f"/admin/inventory/products/{product}?happened_by={YEAR_END}{query}")
    assert overall.json()["entries"] == entries
    assert overall.json()["available"] is None
    return entries


async def test_stock_at_the_end_of_a_year_as_it_was_known_then_and_is_known_now(
    company: Company,
) -> None:
    """What went in December and was recorded after the first report is in the second only."""
    admin, shop = company["admin"], Shop(company)
    product = await shop.product()
    await adjusted(admin, product, 50, "2025-11-01T08:00:00Z")
    await adjusted(admin, product, -8, "2026-01-02T08:00:00Z")
    first_report = await adjusted(admin, product, -5, "2025-12-30T08:00:00Z")
    late = await adjusted(admin, product, -7, "2025-12-31T23:59:59Z")
    assert [e["on_hand"] for e in await told(admin, product, f"&as_of={first_report}")] == [
        "45.000"
    ]
    for query in (f"&as_of={late}", ""):
        assert [entry["on_hand"] for entry in await told(admin, product, query)] == ["38.000"]
    now = await admin.get(f"/admin/inventory?product={product}")
    assert [entry["on_hand"] for entry in now.json()["items"]] == ["30.000"]


async def test_an_entry_that_was_removed_since_had_what_it_had(company: Company) -> None:
    """One that had nothing by then is not in the report."""
    admin, shop = company["admin"], Shop(company)
    product, other = await shop.product(), await shop.product()
    await adjusted(admin, product, 6, "2025-11-01T08:00:00Z")
    await adjusted(admin, product, -6, "2026-01-02T08:00:00Z")
    await adjusted(admin, other, 6, "2026-01-02T08:00:00Z")
    await adjusted(admin, other, -6, "2026-01-03T08:00:00Z")
    for one in (product, other):
        (entry,) = await told(admin, one, "")
        gone = await admin.send("DELETE", f"/store/inventory/{entry['id']}")
        assert gone.status_code == 200, gone.text
    (entry,) = await told(admin, product, "")
    assert (entry["on_hand"], entry["location"]) == ("6.000", "A1")
    assert await told(admin, other, "") == []


async def test_what_was_promised_is_not_known(company: Company) -> None:
    """It is null: what was promised by an instant cannot be told from what was recorded later."""
    admin = company["admin"]
    entry = await Shop(company).entry(10)
    (found,) = await told(admin, entry["product"], "")
    assert {found[name] for name in PROMISES} == {None}
    path = f"/admin/inventory?happened_by={YEAR_END}&low_stock=true"
    problem = refused(await admin.get(path), 422, "LOW_STOCK_NOT_KNOWN")
    assert problem["pointer"] == "/low_stock"


@pytest.mark.parametrize(
    "instant",
    ["", "x", "1.1.1", "2025-12-31", "2025-12-31T23:59:59", "0001-01-01T00:00:00%2B14:00"],
)
async def test_what_is_no_instant_is_refused(company: Company, instant: str) -> None:
    """With a pointer."""
    answer = await company["admin"].get(f"/admin/inventory?happened_by={instant}")
    assert refused(answer, 422, "INVALID_VALUE")["pointer"] == "/happened_by"
