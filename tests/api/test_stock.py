"""Stock over HTTP, from the command through log, NATS and projection to the reader."""

from __future__ import annotations

from tests.system import Company


async def test_an_issue_reaches_the_read_model(company: Company) -> None:
    """The narrowest path through all layers."""
    admin = company["admin"]
    product = await admin.done("/parts", {"sku": "HOSE", "name": "Hose", "unit_cost": "2.50"})
    where = {"store_id": str(company.warehouse), "product": product["id"], "location": "A1"}
    stock = await admin.done("/admin/inventory/set", {**where, "quantity": 10, "reason": "start"})
    issue = {"quantity": "3", "member": str(company["member"].member)}
    answer = await admin.post(f"/inventory/items/{stock['id']}/issue", issue)
    assert answer.status_code == 200, answer.text
    assert answer.json()["available"] == "7.000"
    assert answer.headers["etag"] == '"3"'
