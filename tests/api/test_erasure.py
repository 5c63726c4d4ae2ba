"""Erasing a member: who he was is gone wherever it was, and what he did stays."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from domain.directory import Person
from tests.api.members import seen
from tests.api.shop import Shop, sku_of
from tests.api.takes import refused
from tests.system import Company, System


async def test_who_was_erased_is_nobody_and_his_history_stays(company: Company) -> None:
    """His name is null wherever it was, and his username is free."""
    admin, counter = company["admin"], company["counter1"]
    entry = await Shop(company).entry()
    body = {"quantity": 2, "member": str(counter.member)}
    issued = await admin.post(f"/inventory/items/{entry['id']}/issue", body)
    ledger = "/transactions?sort=-position&limit=1"
    before = (await seen(admin, issued, ledger))["items"][0]
    assert before["member"] == {"id": str(counter.member), "name": "Counter1"}
    answer = await admin.send("DELETE", f"/members/{counter.member}")
    assert answer.json()["status"] == "erased"
    after = (await seen(admin, answer, ledger))["items"][0]
    assert after == {**before, "member": {"id": str(counter.member), "name": None}}
    kept = await seen(admin, answer, f"/members/{counter.member}")
    assert (kept["name"], kept["username"], kept["status"]) == (None, None, "erased")
    refused(await admin.get(f"/users/{counter.member}"), 404, "NOT_FOUND")
    refused(await counter.get("/users/me"), 401, "UNAUTHENTICATED")
    for method, path in (
        ("POST", f"/users/{counter.member}/activate"),
        ("PATCH", f"/members/{counter.member}"),
        ("POST", f"/users/{counter.member}/deactivate"),
    ):
        refused(await admin.send(method, path, {}), 404, "NOT_FOUND")
    repeated = await admin.send("DELETE", f"/members/{counter.member}")
    assert (repeated.status_code, repeated.headers["etag"]) == (200, answer.headers["etag"])
    again = {"username": f"counter1@{company.name}", "name": "Somebody else"}
    assert (await admin.post("/users/invitations", again)).status_code == 201


async def test_an_erasure_that_was_cut_short_is_finished(system: System, company: Company) -> None:
    """By timers, or by the same command again; meanwhile nobody is told the name."""
    admin, identity = company["admin"], system.services.identity
    username = f"nora@{company.name}"
    body = {"username": username, "name": "Nora"}
    id_ = str((await admin.done("/users/invitations", body))["id"])
    nora = Person(UUID(id_), company.id, "Nora", username)
    answer = await admin.send("DELETE", f"/members/{id_}")
    mails = "SELECT count(*) FROM identity.mails WHERE recipient = $1"
    assert await system.services.pool.fetchval(mails, username) == 0
    for finish in (identity.forget_erased, lambda: admin.send("DELETE", f"/members/{id_}")):
        await identity.register(nora, datetime.now(UTC))
        assert (await seen(admin, answer, f"/members/{id_}"))["name"] is None
        everybody = await seen(admin, answer, "/members?status=erased")
        assert [one["name"] for one in everybody["items"]] == [None]
        assert (await admin.get("/members?search=nora")).json()["items"] == []
        await finish()
        assert await identity.known(username) is None
    assert await identity.person(company.id, company["member"].member) is not None


async def test_the_replay_of_a_count_outlives_its_counter(company: Company) -> None:
    """Every entry stays; only the name is gone."""
    admin, counter = company["admin"], company["counter1"].member
    take = await Shop(company).take()
    body = take.count(sku_of(take), "A1", 9)
    counted = await company["counter1"].post("/stock-take/counts", body)
    replay = f"{take.path}/history"
    before = (await seen(admin, counted, replay))["items"]
    assert "Counter1" in {entry["actor"]["name"] for entry in before}
    answer = await admin.send("DELETE", f"/members/{counter}")
    after = (await seen(admin, answer, replay))["items"]
    nobody = {"id": str(counter), "name": None}
    assert after == [
        {**entry, "actor": nobody} if entry["actor"]["id"] == str(counter) else entry
        for entry in before
    ]
