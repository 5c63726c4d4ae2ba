"""One's own account over HTTP: passwords, addresses, and where one is logged in (domain.md 11)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.api.conftest import Day
from tests.api.takes import at, refused
from tests.system import PASSWORD, Client, Company, System

BETTER = "violet anchor teapot"


async def log_in(system: System, username: str, password: str = PASSWORD) -> Client | None:
    """Somebody with a session of his own, if he is let in."""
    body = {"username": username, "password": password}
    answer = await system.anonymous.post("/auth/token", body, {"user-agent": "Scanner \x01 7"})
    if answer.status_code == 401:
        return None
    return Client(system.http, answer.json()["access_token"], UUID(int=0))


async def good(caller: Client | None) -> bool:
    """Whether the caller's token is taken."""
    assert caller is not None
    return (await caller.get("/users/me")).status_code == 200


async def mailed(system: System, username: str) -> str:
    """The token of the newest mail to that address."""
    asked = "SELECT text FROM identity.mails WHERE recipient = $1 ORDER BY made_at DESC LIMIT 1"
    text = await system.services.pool.fetchval(asked, username)
    found = re.search(r"this is the token:\n\n(\S+)\n", text)
    assert found is not None
    return found[1]


async def told(system: System, username: str) -> list[str]:
    """The subjects of the mails to that address, the newest first."""
    asked = "SELECT subject FROM identity.mails WHERE recipient = $1 ORDER BY made_at DESC"
    return [row[0] for row in await system.services.pool.fetch(asked, username)]


def named(company: Company, person: str) -> str:
    """A person's username."""
    return f"{person}@{company.name}"


async def test_a_changed_password_ends_all_other_sessions(system: System, company: Company) -> None:
    """The one that it was changed in goes on; the old password opens nothing any more."""
    username = named(company, "auditor")
    here, there = await log_in(system, username), await log_in(system, username)
    assert here is not None
    assert await good(there)
    body = {"current": PASSWORD, "new": BETTER}
    assert (await here.post("/users/me/password", body)).status_code == 204
    assert (await good(here), await good(there), await good(company["auditor"])) == (
        True,
        False,
        False,
    )
    assert await log_in(system, username) is None
    assert await good(await log_in(system, username, BETTER))
    events = (
        await company["admin"].get(f"/security-events?member={company['auditor'].member}")
    ).json()
    changed = [one for one in events["items"] if one["type"] == "password_changed"]
    assert [one["reason"] for one in changed] == ["changed"]
    assert await told(system, username) == ["Your password for Tallybook was changed"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"current": "wrong", "new": BETTER}, 401, "BAD_CREDENTIALS"),
        ({"current": PASSWORD, "new": "short"}, 422, "WEAK_PASSWORD"),
        ({"current": PASSWORD}, 422, "INVALID_VALUE"),
        ({"current": PASSWORD, "new": BETTER, "colour": "red"}, 422, "INVALID_VALUE"),
    ],
)
async def test_a_password_is_changed_by_who_knows_it_to_a_better_one(
    company: Company, body: dict[str, str], status: int, code: str
) -> None:
    """Else everything stays as it is."""
    refused(await company["member"].post("/users/me/password", body), status, code)
    assert await good(company["member"])


async def test_guessing_in_a_session_locks_the_account_like_guessing_at_the_door(
    system: System, company: Company
) -> None:
    """Whoever finds a device unlocked has five guesses."""
    caller = company["counter1"]
    for _ in range(5):
        wrong = {"current": "wrong", "new": BETTER}
        refused(await caller.post("/users/me/password", wrong), 401, "BAD_CREDENTIALS")
    right = {"current": PASSWORD, "new": BETTER}
    refused(await caller.post("/users/me/password", right), 401, "BAD_CREDENTIALS")
    assert await log_in(system, named(company, "counter1")) is None
    assert await good(caller)


async def test_a_forgotten_password_is_set_anew_by_mail_once(
    system: System, company: Company
) -> None:
    """It ends every session; neither its token nor an older one opens anything after that."""
    username = named(company, "supervisor")
    ask = {"username": username.upper()}
    assert (await system.anonymous.post("/auth/password-reset", ask)).status_code == 202
    older = await mailed(system, username)
    assert (await system.anonymous.post("/auth/password-reset", ask)).status_code == 202
    token = await mailed(system, username)
    path = "/auth/password-reset/confirm"
    for void in (older, token[:-2], "x", company["supervisor"].token):
        body = {"token": void, "password": BETTER}
        refused(await system.anonymous.post(path, body), 422, "OFFER_VOID")
    weak = {"token": token, "password": username}
    refused(await system.anonymous.post(path, weak), 422, "WEAK_PASSWORD")
    assert await good(company["supervisor"])
    body = {"token": token, "password": BETTER}
    assert (await system.anonymous.post(path, body)).status_code == 204
    assert not await good(company["supervisor"])
    assert await good(await log_in(system, username, BETTER))
    refused(await system.anonymous.post(path, body), 422, "OFFER_VOID")
    assert (await told(system, username))[0] == "Your password for Tallybook was changed"


async def test_a_reset_is_good_for_an_hour(system: System, day: Day) -> None:
    """Until, not at, its end; and of no use to a member who is shut out."""
    username = named(day.company, "auditor")
    await system.anonymous.post("/auth/password-reset", {"username": username})
    token = await mailed(system, username)
    day.at("10:00:00")
    body = {"token": token, "password": BETTER}
    path = "/auth/password-reset/confirm"
    refused(await system.anonymous.post(path, body), 422, "OFFER_VOID")
    day.at("09:59:59")
    member = day["auditor"].member
    await day["admin"].done(f"/users/{member}/deactivate", {})
    refused(await system.anonymous.post(path, body), 422, "OFFER_VOID")
    await day["admin"].done(f"/users/{member}/activate", {})
    assert (await system.anonymous.post(path, body)).status_code == 204


async def test_nobody_learns_whether_there_is_such_a_username(
    system: System, company: Company
) -> None:
    """The same answer, and no mail."""
    nobody = f"nobody@{company.name}"
    known = await system.anonymous.post(
        "/auth/password-reset", {"username": named(company, "member")}
    )
    unknown = await system.anonymous.post("/auth/password-reset", {"username": nobody})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    sent = "SELECT count(*) FROM identity.mails WHERE recipient = $1"
    assert await system.services.pool.fetchval(sent, nobody) == 0


async def profile(caller: Client) -> dict[str, Any]:
    """Who the caller is."""
    found: dict[str, Any] = (await caller.get("/users/me")).json()
    return found


async def test_another_address_is_ones_own_once_it_is_confirmed(
    system: System, company: Company
) -> None:
    """Until then the old one opens the account; the name is another at once."""
    caller, old = company["auditor"], named(company, "auditor")
    new = f"aubrey@{company.name}"
    await caller.done("/users/me", {"name": " Aubrey ", "username": new.upper()}, "PATCH")
    me = await profile(caller)
    assert (me["name"], me["username"], me["new_username"]) == ("Aubrey", old, new)
    assert await log_in(system, new) is None
    token = await mailed(system, new)
    assert (await system.anonymous.post("/auth/verify-email", {"token": token})).status_code == 204
    me = await profile(caller)
    assert (me["username"], me["new_username"], me["email_verified"]) == (new, None, True)
    assert await log_in(system, old) is None
    assert await good(await log_in(system, new))
    assert await told(system, old) == ["Your mail address for Tallybook was changed"]
    again = await system.anonymous.post("/auth/verify-email", {"token": token})
    refused(again, 422, "OFFER_VOID")


async def test_an_address_that_is_taken_is_refused_to_who_reads_its_mail(
    system: System, company: Company
) -> None:
    """Also where it was free when it was asked for."""
    caller = company["auditor"]
    taken = named(company, "admin")
    await caller.done("/users/me", {"username": taken}, "PATCH")
    refused(
        await system.anonymous.post("/auth/verify-email", {"token": await mailed(system, taken)}),
        409,
        "USERNAME_TAKEN",
    )
    wanted = f"wanted@{company.name}"
    await caller.done("/users/me", {"username": wanted}, "PATCH")
    token = await mailed(system, wanted)
    await company["supervisor"].done("/users/me", {"username": wanted}, "PATCH")
    sooner = {"token": await mailed(system, wanted)}
    assert (await system.anonymous.post("/auth/verify-email", sooner)).status_code == 204
    late = await system.anonymous.post("/auth/verify-email", {"token": token})
    refused(late, 409, "USERNAME_TAKEN")
    assert (await profile(caller))["username"] == named(company, "auditor")


async def test_an_address_is_confirmed_within_a_day(system: System, day: Day) -> None:
    """Until, not at, its end."""
    wanted = f"wanted@{day.company.name}"
    await day["auditor"].done("/users/me", {"username": wanted}, "PATCH")
    token = {"token": await mailed(system, wanted)}
    system.clock.fixed = at("09:00") + timedelta(hours=24)
    refused(await system.anonymous.post("/auth/verify-email", token), 422, "OFFER_VOID")
    system.clock.fixed = at("09:00") + timedelta(hours=24, seconds=-1)
    assert (await system.anonymous.post("/auth/verify-email", token)).status_code == 204


async def test_one_sees_and_ends_ones_own_sessions_and_who_manages_them_all(
    system: System, company: Company
) -> None:
    """Others' are not there, and another organization's for nobody."""
    username = named(company, "counter2")
    phone = await log_in(system, username)
    caller = company["counter2"]
    mine = (await caller.get("/sessions")).json()["items"]
    assert [(one["current"], one["user_agent"]) for one in mine] == [
        (False, "Scanner  7"),
        (True, mine[1]["user_agent"]),
    ]
    other = company["counter3"]
    refused(await other.send("DELETE", f"/sessions/{mine[0]['id']}"), 404, "NOT_FOUND")
    asked = await other.get(f"/sessions?member={caller.member}")
    assert asked.json()["items"] == []
    assert (await caller.send("DELETE", f"/sessions/{mine[0]['id']}")).status_code == 200
    assert (await good(phone), await good(caller)) == (False, True)
    refused(await caller.send("DELETE", f"/sessions/{mine[0]['id']}"), 404, "NOT_FOUND")
    refused(await caller.send("DELETE", f"/sessions/{uuid4()}"), 404, "NOT_FOUND")
    admin = company["admin"]
    listed = (await admin.get("/sessions?limit=200")).json()["items"]
    assert {one["member"]["id"] for one in listed} == {
        str(client.member) for client in company.people.values()
    }
    stranger = (await system.company())["admin"]
    theirs = (await admin.get(f"/sessions?member={other.member}")).json()["items"][0]["id"]
    refused(await stranger.send("DELETE", f"/sessions/{theirs}"), 404, "NOT_FOUND")
    assert await good(other)
    await admin.done(f"/sessions/{theirs}", None, "DELETE")
    assert not await good(other)


async def test_sessions_come_page_by_page(system: System, company: Company) -> None:
    """Newest first, each once."""
    caller = company["member"]
    for _ in range(4):
        await log_in(system, named(company, "member"))
    seen, cursor = [], ""
    while True:
        page = (await caller.get(f"/sessions?limit=2{cursor}")).json()
        seen += [one["started_at"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)
