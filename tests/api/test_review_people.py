"""What a hostile reader of the doors to people found, each as a test that failed first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from domain.directory import Person
from tests.api.takes import refused
from tests.api.test_own_account import BETTER, log_in, mailed, named, profile
from tests.system import Company, System

VERIFY = "/auth/verify-email"


async def test_a_token_confirms_the_address_that_it_was_mailed_to(
    system: System, company: Company
) -> None:
    """Also where a refused command has left another one to be confirmed."""
    caller = company["counter1"]
    own, victim = f"own@{company.name}", f"victim@{company.name}"
    await caller.done("/users/me", {"username": own}, "PATCH")
    token = await mailed(system, own)
    stale = {"if-match": '"999"'}
    answer = await caller.send("PATCH", "/users/me", {"username": victim}, stale)
    refused(answer, 412, "PRECONDITION_FAILED")
    await system.anonymous.post(VERIFY, {"token": token})
    assert (await profile(caller))["username"] != victim


async def test_a_refused_change_leaves_the_name_as_it_is(system: System, company: Company) -> None:
    """By another version, or under a key that was used: the first answer, and nothing done."""
    admin, member = company["admin"], company["auditor"].member
    path = f"/members/{member}"

    async def change(name: str, headers: dict[str, str]) -> int:
        return (await admin.send("PATCH", path, {"name": name}, headers)).status_code

    async def name() -> Any:
        return (await profile(company["auditor"]))["name"]

    assert await change("First", {"idempotency-key": "one"}) == 200
    assert await change("Stale", {"if-match": '"999"'}) == 412
    assert await name() == "First"
    assert await change("Other", {"idempotency-key": "one"}) == 422
    assert await name() == "First"
    assert await change("Second", {"idempotency-key": "two"}) == 200
    assert await change("First", {"idempotency-key": "one"}) == 200
    assert await name() == "Second"


async def test_a_reset_that_went_to_a_former_address_is_void(
    system: System, company: Company
) -> None:
    """Who gives up an address may have lost it to somebody."""
    caller, old = company["counter2"], named(company, "counter2")
    await system.anonymous.post("/auth/password-reset", {"username": old})
    reset = await mailed(system, old)
    new = f"new@{company.name}"
    await caller.done("/users/me", {"username": new}, "PATCH")
    token = {"token": await mailed(system, new)}
    assert (await system.anonymous.post(VERIFY, token)).status_code == 204
    body = {"token": reset, "password": BETTER}
    answer = await system.anonymous.post("/auth/password-reset/confirm", body)
    refused(answer, 422, "OFFER_VOID")
    assert await log_in(system, new) is not None


async def test_asking_for_an_address_tells_nobody_whether_it_is_somebodys(
    system: System, company: Company
) -> None:
    """Of another organization's people either; only who reads its mail is told."""
    other = await system.company(("admin",))
    taken, free = named(other, "admin"), f"free@{company.name}"
    answers = [
        await company["member"].send("PATCH", "/users/me", {"username": one})
        for one in (taken, free)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]


@pytest.mark.parametrize("path", ["/users/me", "/members/{id}"])
async def test_a_new_name_brings_nobody_back_who_is_erased_meanwhile(
    system: System, company: Company, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Between looking him up and keeping the name."""
    member, identity = company["counter3"].member, system.services.identity
    look_up = identity.person

    async def erased_then(organization: UUID, asked: UUID) -> Person | None:
        found = await look_up(organization, asked)
        monkeypatch.undo()
        await company["admin"].done(f"/members/{member}", None, "DELETE")
        return found

    monkeypatch.setattr(identity, "person", erased_then)
    caller = company["counter3" if path == "/users/me" else "admin"]
    await caller.send("PATCH", path.format(id=member), {"name": "Back"})
    assert await look_up(company.id, member) is None


async def test_a_new_name_leaves_an_address_that_is_confirmed_meanwhile(
    system: System, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking him up and keeping the name."""
    caller, identity = company["counter3"], system.services.identity
    new = f"new@{company.name}"
    await caller.done("/users/me", {"username": new}, "PATCH")
    token = {"token": await mailed(system, new)}
    look_up = identity.person

    async def confirmed_then(organization: UUID, asked: UUID) -> Person | None:
        found = await look_up(organization, asked)
        monkeypatch.undo()
        await system.anonymous.post(VERIFY, token)
        return found

    monkeypatch.setattr(identity, "person", confirmed_then)
    await company["admin"].done(f"/members/{caller.member}", {"name": "Newton"}, "PATCH")
    me = await profile(caller)
    assert (me["name"], me["username"]) == ("Newton", new)
