"""A stock-take over HTTP: planned, started, counted, completed."""

from __future__ import annotations

from typing import Any

from tests.system import Client, Company


class Take:
    """A started stock-take of some products with stock on some shelves."""

    def __init__(self, company: Company, session: dict[str, Any], pools: dict[Any, Any]) -> None:
        self.company, self.session, self.pools = company, session, pools

    @property
    def path(self) -> str:
        """The session's path."""
        return f"/stock-take/sessions/{self.session['id']}"

    def count(self, sku: str, shelf: str, quantity: object) -> dict[str, Any]:
        """The body of a count."""
        item = self.pools[sku, shelf]["product"]
        return {
            "session": self.session["id"],
            "item": item,
            "shelf": shelf,
            "quantity": quantity,
        }

    def lock(self, sku: str, shelf: str) -> dict[str, Any]:
        """The body of a lock."""
        return {"session": self.session["id"], "item": self.pools[sku, shelf]["product"]}


async def stocked(admin: Client, warehouse: str, sku: str, **shelves: int) -> dict[Any, Any]:
    """A product with that much on each shelf; the entries by SKU and shelf."""
    body = {"sku": sku, "name": sku.title(), "unit_cost": "2.50", "packs": {"pack": "100"}}
    product = await admin.done("/parts", body)
    entries = {}
    for shelf, quantity in shelves.items():
        where = {"store_id": warehouse, "product": product["id"], "location": shelf}
        body = {**where, "quantity": quantity, "reason": "opening"}
        entries[sku, shelf] = await admin.done("/admin/inventory/set", body)
    return entries


async def started(company: Company, stock: dict[str, dict[str, int]], **setup: Any) -> Take:
    """A started session over that stock, with three counters."""
    admin, auditor = company["admin"], company["auditor"]
    warehouse = str(company.warehouse)
    pools = {}
    for sku, shelves in stock.items():
        pools |= await stocked(admin, warehouse, sku, **shelves)
    plan = {"warehouse": warehouse, "allowed_counters": company.counters, **setup}
    session = await auditor.done("/stock-take/sessions", plan)
    await auditor.done(f"/stock-take/sessions/{session['id']}/start")
    return Take(company, session, pools)


async def test_three_shelves_of_counts_become_exactly_their_variances(company: Company) -> None:
    """From planning to the final stock, while a sale goes on."""
    take = await started(company, {"GLOVE": {"A1": 30, "A2": 20}, "HOOD": {"B1": 8}})
    one, two = company["counter1"], company["counter2"]
    joined = await one.done("/stock-take/sessions/join", {"code": take.session["code"].lower()})
    assert joined["status"] == "ACTIVE"
    await one.done("/stock-take/counts", take.count("GLOVE", "A1", 30))
    sale = {"product": take.pools["GLOVE", "A1"]["product"], "location": "A1", "quantity": -4}
    sold = {**sale, "store_id": str(company.warehouse), "reason": "sale"}
    await company["admin"].done("/admin/inventory/adjust", sold)
    await two.done("/stock-take/counts", take.count("GLOVE", "A2", 17))
    await two.done("/stock-take/counts", take.count("HOOD", "B1", 8))
    done = await company["auditor"].post(f"{take.path}/complete", {})
    assert done.status_code == 200, done.text
    assert done.json()["totals"] == {
        "items": 2,
        "posted": 2,
        "uncounted": 0,
        "left_out": 0,
        "net_value": "-7.50",
        "gross_value": "7.50",
    }


async def test_completion_is_refused_while_items_are_uncounted(company: Company) -> None:
    """BLOCK is the default; the session goes on as it was."""
    take = await started(company, {"GLOVE": {"A1": 30, "A2": 20}})
    await company["counter1"].done("/stock-take/counts", take.count("GLOVE", "A1", 30))
    refused = await company["auditor"].post(f"{take.path}/complete", {})
    assert refused.status_code == 409
    assert refused.json()["code"] == "UNCOUNTED_ITEMS"
    assert len(refused.json()["items"]) == 1
    await company["counter1"].done("/stock-take/counts", take.count("GLOVE", "A2", 20))
    assert (await company["auditor"].post(f"{take.path}/complete", {})).status_code == 200
