"""What a stock-take may not invent, lose or wait for, through the whole system (domain.md 1)."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from domain.settings import Settings
from tests.api.takes import at, planned, refused, started, stocked
from tests.system import Company, System

PATIENCE_SECONDS = 20


async def test_an_unlimited_product_is_not_counted_even_if_it_is_listed(company: Company) -> None:
    """There is no stock of it, and a stock-take must not make any."""
    admin = company["admin"]
    book = await admin.done(
        "/parts", {"sku": "EBOOK", "name": "E-book", "classification": "digital"}
    )
    pools = await stocked(admin, str(company.warehouse), "GLOVE", {"A1": 5})
    glove = pools["GLOVE", "A1"]["product"]
    plan = {"warehouse": str(company.warehouse), "allowed_counters": company.counters}
    listed = {**plan, "scope": {"products": [book["id"], glove]}}
    session = await admin.done("/stock-take/sessions", listed)
    path = f"/stock-take/sessions/{session['id']}"
    assert (await admin.done(f"{path}/start"))["items"] == 1
    count = {"session": session["id"], "item": book["id"], "shelf": "A1", "quantity": 3}
    refused(await company["counter1"].post("/stock-take/counts", count), 422, "NOT_COUNTABLE")


async def test_a_shelf_that_is_assigned_is_its_counter_s_whoever_claimed_it(
    company: Company,
) -> None:
    """Who counted there first may have gone home: the shelf can be given to somebody else."""
    take = await started(company, {"GLOVE": {"A1": 5}, "HOOD": {"A1": 5}}, claims_shelves=True)
    await take.counted("counter1", "GLOVE", "A1", 5)
    body = take.count("HOOD", "A1", 4)
    refused(await company["counter2"].post("/stock-take/counts", body), 403, "SHELF_OF_ANOTHER")
    handed = {"assigned_shelves": {str(company["counter2"].member): ["A1"]}}
    await company["admin"].done(take.path, handed, "PUT")
    await take.counted("counter2", "HOOD", "A1", 4)
    refused(await company["counter1"].post("/stock-take/counts", body), 403, "SHELF_OF_ANOTHER")


async def test_nothing_is_posted_while_a_projection_has_given_something_up(
    company: Company, system: System
) -> None:
    """Its rows are not the whole truth: neither the scope nor a variance can be told from them."""
    take = await started(company, {"GLOVE": {"A1": 5}})
    await take.counted("counter1", "GLOVE", "A1", 4)
    later = await planned(company, {"HOOD": {"B1": 5}}, scope={"categories": ["none"]})
    stream = UUID(str(take.pools["GLOVE", "A1"]["id"]))
    parked = "INSERT INTO read.parked (projection, stream_id, position, error) VALUES ($1,$2,1,'')"
    await system.services.pool.execute(parked, "movements_v1", stream)
    try:
        refused(await take.act("auditor", "complete"), 409, "STOCK_UNKNOWN")
        refused(await later.act("auditor", "start"), 409, "STOCK_UNKNOWN")
    finally:
        cured = "DELETE FROM read.parked WHERE stream_id = $1"
        await system.services.pool.execute(cured, stream)
    done = await take.act("auditor", "complete")
    assert (done.status_code, done.json()["status"]) == (200, "COMPLETED")
    assert await take.on_hand("GLOVE", done) == {"A1": "4.000"}


async def test_posting_keeps_to_the_organization_s_own_tolerance(
    company: Company, system: System
) -> None:
    """4 went between two counts, from no shelf: -3 or +1 of 46, which half of it may be."""
    take = await started(company, {"GLOVE": {"": 50}})
    await take.counted("counter1", "GLOVE", "A1", 30)
    await take.move("GLOVE", "", -4)
    await take.counted("counter2", "GLOVE", "A2", 17)
    refused(await take.act("auditor", "complete"), 409, "SPLIT_MOVEMENT")
    await system.choose(company, {"tolerance_percent": {"A": "50", "B": "50", "C": "50"}})
    done = await take.act("auditor", "complete")
    assert (done.status_code, done.json()["status"]) == (200, "COMPLETED")
    assert await take.on_hand("GLOVE", done) == {"": "47.000"}


async def reserved(company: Company, until: str) -> UUID:
    """An entry with a reservation that ran out years ago, as the timers see it."""
    pools = await stocked(company["admin"], str(company.warehouse), "GLOVE", {"A1": 5})
    body = {"product": pools["GLOVE", "A1"]["product"], "location": "A1", "quantity": 2}
    ends = {"order": "O-1", "expires_at": at(until).isoformat()}
    entry = await company["admin"].done("/store/inventory/reserve", {**body, **ends})
    return UUID(entry["id"])


async def test_what_cannot_be_done_for_one_organization_is_done_for_the_others(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings of the first cannot be read; its reservation is the first to run out."""
    system.clock.fixed = at("09:00")
    first, second = await system.company(), await system.company()
    read = system.services.door.settings

    async def settings(organization: UUID) -> Settings:
        if organization == first.id:
            raise ValueError("nobody can read this")
        return await read(organization)

    monkeypatch.setattr(system.services.door, "settings", settings)
    released = "SELECT count(*) FROM es.events WHERE stream_id = $1 AND event_type = $2"
    try:
        await reserved(first, "09:05")
        entry = await reserved(second, "09:06")
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                event = "pool_stock.reservation_released"
                if await system.services.pool.fetchval(released, entry, event):
                    return
                await asyncio.sleep(0.05)
    finally:
        system.clock.fixed = None
