"""Users and members over HTTP: who they are, and who may change what of whom."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from api.people import Recruit
from tests.api.conftest import Day
from tests.api.members import added, listed, log_in, seen
from tests.api.takes import at, refused
from tests.system import PASSWORD, Client, Company, System


async def test_a_member_is_added_seen_and_called_otherwise(company: Company) -> None:
    """His name is not in the answer to a command, but wherever he is asked for."""
    admin = company["admin"]
    warehouses = [str(company.warehouse)]
    id_, answer = await added(company, " Nora ", roles=["counter"], warehouses=warehouses)
    assert answer.json() == {
        "id": id_,
        "roles": ["counter"],
        "warehouses": warehouses,
        "status": "active",
        "invited_until": None,
    }
    nora = await seen(admin, answer, f"/members/{id_}")
    facts = (nora["name"], nora["username"], nora["status"], nora["roles"], nora["idle"])
    assert facts == ("Nora", None, "active", ["counter"], False)
    refused(await admin.get(f"/users/{id_}"), 404, "NOT_FOUND")
    changed = await admin.send("PATCH", f"/members/{id_}", {"name": "Nora B."})
    again = await seen(admin, changed, f"/members/{id_}")
    assert (again["name"], again["version"]) == ("Nora B.", 2)
    same = await admin.send("PATCH", f"/members/{id_}", {"name": "Nora B.", "roles": ["counter"]})
    assert same.headers["etag"] == '"2"'
    for path in (f"/members/{id_}", f"/users/{company['member'].member}"):
        refused(await admin.send("PATCH", path, {"name": " "}), 422, "INVALID_VALUE")


async def test_lists_are_searched_filtered_and_sorted(company: Company) -> None:
    """Page by page; users are those with a username."""
    admin = company["admin"]
    id_, _ = await added(company, "Zoe Zimmer", roles=["counter"])
    gone, _ = await added(company, "Yan Young")
    await admin.done(f"/users/{gone}/deactivate", {})
    erased, _ = await added(company, "Xi Xu")
    last = await admin.send("DELETE", f"/members/{erased}")
    assert (await seen(admin, last, f"/members/{id_}"))["name"] == "Zoe Zimmer"
    users = sorted(["Admin", "Auditor", "Counter1", "Counter2", "Counter3", "Member", "Supervisor"])
    everybody = [*users, "Yan Young", "Zoe Zimmer"]
    counters = ["Counter1", "Counter2", "Counter3"]
    asked = {
        "/users?sort=name": users,
        "/users?sort=-username": users[::-1],
        "/members?sort=name": everybody,
        "/members?sort=-name": everybody[::-1],
        "/members?log_in=false": ["Yan Young", "Zoe Zimmer"],
        "/members?search=zIMM": ["Zoe Zimmer"],
        f"/users?search=counter2%40{company.name}": ["Counter2"],
        "/users?role=counter": counters,
        "/members?role=counter": [*counters, "Zoe Zimmer"],
        "/members?status=inactive": ["Yan Young"],
        "/members?status=erased": [None],
        "/members?status=inactive&status=invited": ["Yan Young"],
        f"/members?warehouse={company.warehouse}": users,
        f"/members?warehouse={id_}": [],
    }
    assert {path: await listed(admin, path) for path in asked} == asked
    refused(await admin.get("/users?sort=roles"), 422, "INVALID_VALUE")
    refused(await admin.get("/users?cursor=abc"), 422, "BAD_CURSOR")


async def test_who_is_deactivated_is_out_and_comes_back_without_his_sessions(
    system: System, company: Company
) -> None:
    """Nothing of before opens anything, also where the end of his sessions was lost."""
    admin, counter = company["admin"], company["counter1"]
    path = f"/users/{counter.member}"
    answer = await admin.post(f"{path}/deactivate", {})
    assert (await seen(admin, answer, path))["status"] == "inactive"
    refused(await counter.get("/users/me"), 401, "UNAUTHENTICATED")
    refused(await log_in(system, company, "counter1"), 401, "BAD_CREDENTIALS")
    revive = "UPDATE identity.sessions SET ended_at = NULL, end_reason = NULL WHERE member_id = $1"
    await system.services.pool.execute(revive, counter.member)
    answer = await admin.post(f"{path}/activate", {})
    assert (await seen(admin, answer, path))["status"] == "active"
    refused(await counter.get("/users/me"), 401, "UNAUTHENTICATED")
    assert (await log_in(system, company, "counter1")).status_code == 200
    again = await admin.post(f"{path}/activate", {})
    assert (again.status_code, again.headers["etag"]) == (200, answer.headers["etag"])


async def test_an_effect_that_was_lost_is_made_up_for_by_the_same_command(
    system: System, company: Company
) -> None:
    """It records nothing a second time, and ends the sessions."""
    admin, counter = company["admin"], company["counter1"]
    path = f"/users/{counter.member}/deactivate"
    first = await admin.post(path, {})
    revive = "UPDATE identity.sessions SET ended_at = NULL, end_reason = NULL WHERE member_id = $1"
    await system.services.pool.execute(revive, counter.member)
    second = await admin.post(path, {})
    assert first.headers["etag"] == second.headers["etag"]
    live = "SELECT count(*) FROM identity.sessions WHERE member_id = $1 AND ended_at IS NULL"
    assert await system.services.pool.fetchval(live, counter.member) == 0


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/users/{}", {"roles": ["admin", "auditor"]}),
        ("PATCH", "/members/{}", {"roles": []}),
        ("POST", "/users/{}/deactivate", {}),
        ("DELETE", "/members/{}", None),
    ],
)
async def test_nobody_does_it_to_himself(
    company: Company, method: str, path: str, body: Any
) -> None:
    """So that there is always an admin."""
    admin = company["admin"]
    answer = await admin.send(method, path.format(admin.member), body)
    refused(answer, 409, "ONESELF")
    own = await admin.send("PATCH", f"/users/{admin.member}", {"name": "Ada", "roles": ["admin"]})
    assert (await seen(admin, own, f"/users/{admin.member}"))["name"] == "Ada"


async def test_nobody_gives_or_takes_powers_that_he_has_not(system: System) -> None:
    """An admin makes nobody a super admin and touches none, however he came to be."""
    company = await system.company(("admin", "member"))
    admin, member = company["admin"], f"/users/{company['member'].member}"
    recruit = Recruit(
        name="Super",
        username=f"super@{company.name}",
        password=PASSWORD,
        roles=("super_admin",),
    )
    highest = await system.services.people.add(company.id, recruit)
    token = (await log_in(system, company, "super")).json()["access_token"]
    elsewhere = await admin.send("PATCH", member, {"roles": ["member", "super_admin"]})
    assert refused(elsewhere, 422, "ROLE_ELSEWHERE")["pointer"] == "/roles/1"
    unknown = await admin.send("PATCH", member, {"roles": ["system"]})
    assert refused(unknown, 422, "UNKNOWN_ROLE")["pointer"] == "/roles/0"
    super_admin = Client(system.http, token, highest)
    beyond = await super_admin.send("PATCH", member, {"roles": ["admin"]})
    assert refused(beyond, 403, "BEYOND_YOUR_POWERS")["pointer"] == "/roles/0"
    for method, path, body in (
        ("PATCH", f"/users/{highest}", {"roles": ["member"]}),
        ("POST", f"/users/{highest}/deactivate", {}),
        ("DELETE", f"/members/{highest}", None),
    ):
        refused(await admin.send(method, path, body), 403, "BEYOND_YOUR_POWERS")
    refused(
        await admin.post("/members", {"name": "Eve", "roles": ["super_admin"]}),
        422,
        "ROLE_ELSEWHERE",
    )


async def test_of_two_admins_who_shut_each_other_out_one_stays(system: System) -> None:
    """Whatever each of them does to the other, at the very same time."""
    for method, path, body in (
        ("POST", "/users/{}/deactivate", {}),
        ("PATCH", "/users/{}", {"roles": ["member"]}),
        ("DELETE", "/members/{}", None),
    ):
        company = await system.company(("admin", "admin1"))
        one, other = company["admin"], company["admin1"]
        answers = await asyncio.gather(
            one.send(method, path.format(other.member), body),
            other.send(method, path.format(one.member), body),
        )
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses[0] == 200, [answer.text for answer in answers]
        assert statuses[1] in {401, 403, 404}
        winner = one if answers[0].status_code == 200 else other
        await winner.done("/members", {"name": "Still here"})


async def test_a_locked_member_is_shown_as_such_while_he_is(system: System, day: Day) -> None:
    """It is not kept: it ends by itself, or when an admin lifts it."""
    company = day.company
    admin, path = company["admin"], f"/users/{company['counter1'].member}"
    body = {"username": f"counter1@{company.name}", "password": "wrong"}
    for _ in range(5):
        await system.anonymous.post("/auth/token", body)
    _, marker = await added(company, "Nora")
    locked = await seen(admin, marker, path)
    assert (locked["status"], locked["locked_until"]) == ("locked", "2025-03-25T09:15:00Z")
    assert await listed(admin, "/users?status=locked") == ["Counter1"]
    day.at("09:15")
    free = (await admin.get(path)).json()
    assert (free["status"], free["locked_until"]) == ("active", None)
    day.at("09:14")
    lifted = await admin.post(f"{path}/unlock", {})
    assert (await seen(admin, lifted, path))["status"] == "active"


async def test_members_of_an_earlier_moment(company: Company) -> None:
    """What he was then; he is called what he is called now."""
    admin = company["admin"]
    id_, then = await added(company, "Nora", roles=["counter"])
    path = f"/members/{id_}"
    body = {"name": "Nora B.", "roles": ["auditor"]}
    await seen(admin, await admin.send("PATCH", path, body), path)
    earlier = (await admin.get(f"{path}?as_of={then.headers['tallybook-position']}")).json()
    assert (earlier["name"], earlier["roles"], earlier["version"]) == ("Nora B.", ["counter"], 1)


async def test_who_did_not_come_for_ninety_days_is_flagged(system: System, day: Day) -> None:
    """By the day that it is when somebody asks; who cannot log in is not."""
    company = day.company
    nora, answer = await added(company, "Nora")
    assert await seen(company["admin"], answer, f"/members/{nora}")
    start = at("09:00")
    idle = {}
    for days in (90, 89):
        system.clock.fixed = start + timedelta(days=days)
        token = (await log_in(system, company, "admin")).json()["access_token"]
        admin = Client(system.http, token, company["admin"].member)
        found = (await admin.get("/members?limit=100")).json()["items"]
        idle[days] = {one["name"] for one in found if one["idle"]}
        assert {one["last_log_in_at"] for one in found if one["name"] == "Counter1"} == {
            "2025-03-25T09:00:00Z"
        }
    assert "Counter1" in idle[90]
    assert not idle[90] & {"Nora"}
    assert idle[89] == set()


async def test_what_is_done_to_members_is_a_security_event(company: Company) -> None:
    """With what he may do from then on, and who has done it."""
    admin = company["admin"]
    id_, _ = await added(company, "Nora", roles=["member"])
    path = f"/users/{id_}"
    await admin.done(path, {"roles": ["counter"], "name": "Nora B."}, "PATCH")
    await admin.done("/users/invitations", {"username": f"n@{company.name}", "member": id_})
    await admin.done(f"{path}/deactivate", {})
    await admin.done(f"{path}/activate", {})
    last = await admin.send("DELETE", f"/members/{id_}")
    events = (await seen(admin, last, f"/security-events?member={id_}"))["items"]
    found = [(event["type"], event["roles"]) for event in events]
    assert found == [
        ("erased", None),
        ("activated", None),
        ("deactivated", None),
        ("invited", None),
        ("roles_changed", ["counter"]),
        ("added", ["member"]),
    ]
    assert {event["actor"]["name"] for event in events} == {"Admin"}
