"""What is found on a shelf whose entry was deleted meanwhile."""

from __future__ import annotations

from tests.system import Company


async def test_a_surplus_is_posted_to_an_entry_that_was_deleted_after_the_count(
    company: Company,
) -> None:
    """The entry is opened again where it was: 6 counted against 5, then all 5 gone, leaves 1."""
    admin, counter = company["admin"], company["counter1"]
    part = await admin.done("/parts", {"sku": "P1", "name": "P1"})
    at = {"product": part["id"], "location": "A1", "reason": "test"}
    entry = await admin.done("/store/inventory/set", {**at, "quantity": "5"})
    plan = {"warehouse": str(company.warehouse), "allowed_counters": company.counters}
    session = await admin.done("/stock-take/sessions", plan, "POST")
    path = f"/stock-take/sessions/{session['id']}"
    await admin.done(f"{path}/start")
    count = {"session": session["id"], "item": part["id"], "shelf": "A1", "quantity": "6"}
    await counter.done("/stock-take/counts", count)
    await admin.done("/store/inventory/adjust", {**at, "quantity": "-5"})
    await admin.done(f"/store/inventory/{entry['id']}", None, "DELETE")
    done = await admin.post(f"{path}/complete", {})
    assert (done.status_code, done.json()["status"]) == (200, "COMPLETED")
    found = await admin.ask_after(done, f"/inventory/items/{entry['id']}")
    assert (found["on_hand"], found["location"]) == ("1.000", "A1")
