"""What a hostile reader of the doors to people found, each as a test that failed first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from adapters.nats.news import News
from adapters.passwords import TooManyLogIns
from api.effects import CHECKS_PER_HOUR
from api.http import LARGEST_FORM_BYTES
from api.log_ins import source
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


async def test_nobody_floods_others_with_mails_to_confirm(system: System, company: Company) -> None:
    """Neither one address nor many: a mail that is not sent is asked for again later."""
    caller = company["member"]
    for n in range(CHECKS_PER_HOUR + 5):
        body = {"username": f"{n % 7}.{company.name}@victims.example"}
        await caller.done("/users/me", body, "PATCH")
    sent = "SELECT count(*) FROM identity.mails WHERE recipient LIKE $1"
    theirs = f"%{company.name}@victims.example"
    assert await system.services.pool.fetchval(sent, theirs) == CHECKS_PER_HOUR


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("192.0.2.7", "::ffff:192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("testclient", "other", False),
    ],
)
def test_who_has_a_network_of_addresses_is_one_source(one: str, other: str, *, same: bool) -> None:
    """A subscriber's IPv6 network has 2**64 of them: no limit would hold him."""
    assert (source(one) == source(other)) is same


async def test_a_reset_survives_a_crowd_at_the_door(
    system: System, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is sent away because too many passwords are being hashed, tries again."""
    username = named(company, "supervisor")
    await system.anonymous.post("/auth/password-reset", {"username": username})
    body = {"token": await mailed(system, username), "password": BETTER}

    async def crowded(_: object, __: str) -> str:
        raise TooManyLogIns(retry_after=1)

    path = "/auth/password-reset/confirm"
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("adapters.passwords.Passwords.hash", crowded)
        assert (await system.anonymous.post(path, body)).status_code in {429, 503}
    assert (await system.anonymous.post(path, body)).status_code == 204
    assert await log_in(system, username, BETTER) is not None


async def test_an_invitation_that_was_accepted_in_vain_is_void_after_another(
    system: System, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its event is in the log and there is no password: the newer one is the one that counts."""
    username = f"nora@{company.name}"
    body = {"username": username, "name": "Nora"}
    await company["admin"].done("/users/invitations", body)
    former = {"token": await mailed(system, username), "password": BETTER}

    async def crowded(_: object, __: str) -> str:
        raise TooManyLogIns(retry_after=1)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("adapters.passwords.Passwords.hash", crowded)
        answer = await system.anonymous.post("/users/invitations/accept", former)
        assert answer.json()["code"] == "TOO_MANY_LOG_INS"
    await company["admin"].done("/users/invitations", body)
    answer = await system.anonymous.post("/users/invitations/accept", former)
    refused(answer, 422, "OFFER_VOID")


async def test_a_session_that_is_said_to_have_ended_has(
    system: System, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where what follows from an event fails."""
    caller = company["counter2"]
    (session,) = (await caller.get("/sessions")).json()["items"]

    async def fails(*_: object) -> None:
        raise asyncpg.PostgresError

    monkeypatch.setattr("api.effects.Effects._perform", fails)
    answer = await company["admin"].send("DELETE", f"/sessions/{session['id']}")
    monkeypatch.undo()
    system.services.door.forget(News(caller.member))
    assert answer.status_code == 200
    assert (await caller.get("/users/me")).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/auth/token",
        "/auth/refresh",
        "/auth/password-reset",
        "/auth/password-reset/confirm",
        "/auth/verify-email",
        "/users/invitations/accept",
    ],
)
async def test_a_stranger_may_not_say_much(system: System, path: str) -> None:
    """What is read before anybody is known is small."""
    body = b'{"token":"' + b"x" * LARGEST_FORM_BYTES + b'"}'
    refused(await system.anonymous.post(path, body), 413, "BODY_TOO_LARGE")


async def test_a_closed_organization_is_closed_within_the_bound(
    system: System, company: Company
) -> None:
    """What is kept of it does not make what is kept of its people last longer."""
    door, caller = system.services.door, company["member"]
    kept = await door.organization(company.id)
    kept.active = False  # as old as can be: it was another when it was kept
    try:
        assert (await door.standing(caller.member, company.id)).good
    finally:
        door.forget(News(company.id))
