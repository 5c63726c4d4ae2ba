"""Security events over HTTP: who came in, who could not, who asked for what he may not."""

from __future__ import annotations

from typing import Any

from structlog.testing import capture_logs

from tests.api.conftest import Day
from tests.api.takes import refused
from tests.system import PASSWORD, Company, System


async def seen(company: Company, system: System, person: str, **asked: str) -> list[dict[str, Any]]:
    """The security events of a person, newest first."""
    head = str(await system.services.log.head())
    query = "&".join(f"{name}={text}" for name, text in asked.items())
    member = company[person].member
    answer = await company["admin"].get(
        f"/security-events?member={member}&{query}", {"tallybook-position": f"1.1.{head}"}
    )
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def tried(system: System, company: Company, password: str) -> int:
    """The status of counter 3's log-in."""
    body = {"username": f"counter3@{company.name}", "password": password}
    return (await system.anonymous.post("/auth/token", body)).status_code


async def test_a_lockout_is_seen_and_lifted_by_an_admin(system: System, day: Day) -> None:
    """Nobody else may, and the next log-in works."""
    company = day.company
    assert [await tried(system, company, "wrong") for _ in range(5)] == [401] * 5
    assert await tried(system, company, PASSWORD) == 401
    path = f"/users/{company['counter3'].member}/unlock"
    refused(await company["auditor"].post(path, {}), 403, "FORBIDDEN")
    answer = await company["admin"].done(path, {})
    assert answer == {"locked": False, "locked_until": None}
    assert await tried(system, company, PASSWORD) == 200
    events = await seen(company, system, "counter3")
    types = [event["type"] for event in events]
    assert types[:4] == ["logged_in", "unlocked", "locked", "log_in_failed"]
    assert types[4:] == [*["log_in_failed"] * 4, "logged_in", "added"]
    assert events[1]["actor"]["name"] == "Admin"
    assert [event["failures"] for event in events[3:8]] == [5, 4, 3, 2, 1]
    assert len({event["source"] for event in events[3:8]}) == 1
    locked = await seen(company, system, "counter3", types="locked")
    assert [event["until"] for event in locked] == [events[2]["until"]]


async def test_whoever_watches_the_lines_sees_it_too(system: System, day: Day) -> None:
    """Each once it is in the log, by ids: no name, no address, no password."""
    company = day.company
    with capture_logs() as lines:
        await tried(system, company, "wrong")
        await tried(system, company, PASSWORD)
        refused(await company["counter3"].get("/admin/inventory"), 403, "FORBIDDEN")
        await company["admin"].done("/warehouses", {"code": "B", "name": "B"})
        assert (await company["counter3"].post("/auth/logout")).status_code == 204
    told = [line for line in lines if line["event"] == "security_event"]
    types = ["log_in_failed", "logged_in", "permission_refused", "session_ended"]
    assert [line["type"] for line in told] == [f"account.{name}" for name in types]
    member = str(company["counter3"].member)
    assert {line["member"] for line in told} == {line["actor"] for line in told} == {member}
    assert {line["organization"] for line in told} == {str(company.id)}
    assert [line["version"] for line in told] == [2, 3, 4, 5]
    assert len({line["stream"] for line in told}) == 1
    for secret in (PASSWORD, "wrong", company.name, "counter3", "127.0.0.1"):
        assert secret not in str(told)


async def test_a_refused_permission_is_noted_once_a_minute(system: System, day: Day) -> None:
    """However often he knocks."""
    company = day.company
    for time in ("09:10:00", "09:10:30", "09:11:00"):
        day.at(time)
        refused(await company["counter2"].get("/admin/inventory"), 403, "FORBIDDEN")
    events = await seen(company, system, "counter2", types="permission_refused")
    assert [event["permission"] for event in events] == ["stock:read", "stock:read"]


async def test_a_session_that_ends_is_an_event(system: System, day: Day) -> None:
    """With its reason."""
    company = day.company
    assert (await company["counter1"].post("/auth/logout")).status_code == 204
    body = {"username": f"counter1@{company.name}", "password": PASSWORD}
    tokens = await system.anonymous.done("/auth/token", body)
    for time in ("09:20:00", "09:21:00"):
        day.at(time)
        refresh = {"refresh_token": tokens["refresh_token"]}
        answer = await system.anonymous.post("/auth/refresh", refresh)
    refused(answer, 401, "REFRESH_REUSED")
    events = await seen(company, system, "counter1", types="session_ended")
    assert [event["reason"] for event in events] == ["refresh_reused", "logged_out"]


async def test_another_organizations_people_are_not_there(system: System, company: Company) -> None:
    """Neither their accounts nor their events."""
    other = await system.company()
    path = f"/users/{other['member'].member}/unlock"
    refused(await company["admin"].post(path, {}), 404, "NOT_FOUND")
    assert await seen(other, system, "member")
    ask = f"/security-events?member={other['member'].member}"
    head = {"tallybook-position": f"1.1.{await system.services.log.head()}"}
    for path in (ask, f"{ask}&as_of=1.1.{await system.services.log.head()}"):
        assert (await company["admin"].get(path, head)).json()["items"] == []
