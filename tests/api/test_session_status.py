"""What may be done with a stock-take in each of its states (domain.md 1.1)."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.api.shop import Shop, sku_of
from tests.api.takes import Take, planned, refused
from tests.system import Company, System

LEAVE = {"policy": "LEAVE"}
SETUP = {"rename": {"name": "Other"}, "staff": {"notes": "fewer", "assigned_shelves": {}}}
BODIES = {"complete": LEAVE, "cancel": {"reason": "flood"}}
PATHS: dict[str, list[tuple[str, dict[str, str] | None]]] = {
    "DRAFT": [],
    "ACTIVE": [("start", None)],
    "PAUSED": [("start", None), ("pause", None)],
    "COMPLETED": [("start", None), ("complete", LEAVE)],
    "CANCELLED": [("start", None), ("cancel", {"reason": "flood"})],
}
"""The actions that lead to each state."""

OVER = dict.fromkeys(
    ("start", "pause", "resume", "complete", "cancel", "rename", "staff", "count", "lock"),
    "WRONG_STATUS",
)
TABLE = {
    "DRAFT": {
        **OVER,
        "start": "ACTIVE",
        "cancel": "CANCELLED",
        "rename": "DRAFT",
        "staff": "DRAFT",
    },
    "ACTIVE": {
        **OVER,
        "pause": "PAUSED",
        "complete": "COMPLETED",
        "cancel": "CANCELLED",
        "rename": "ONLY_IN_DRAFT",
        "staff": "ACTIVE",
        "count": "",
        "lock": "",
    },
    "PAUSED": {
        **OVER,
        "start": "ACTIVE",
        "resume": "ACTIVE",
        "complete": "COMPLETED",
        "cancel": "CANCELLED",
        "rename": "ONLY_IN_DRAFT",
        "staff": "PAUSED",
        "count": "SESSION_PAUSED",
        "lock": "SESSION_PAUSED",
    },
    "COMPLETED": OVER,
    "CANCELLED": OVER,
}
"""The state or the refusal's code that each action leads to; counting leaves the session alone."""
CELLS = [(state, action, to) for state, row in TABLE.items() for action, to in row.items()]


async def brought(company: Company, state: str) -> Take:
    """A stock-take in that state."""
    take = await Shop(company).draft()
    for action, body in PATHS[state]:
        answer = await take.act("admin", action, body)
        assert answer.status_code == 200, answer.text
    return take


async def act(take: Take, action: str) -> httpx.Response:
    """Does what the table's column is named after."""
    one = take.company["counter1"]
    if action == "count":
        return await one.post("/stock-take/counts", take.count(sku_of(take), "A1", 9))
    if action == "lock":
        return await one.post("/stock-take/locks", take.lock(sku_of(take)))
    if action in SETUP:
        return await take.company["admin"].send("PUT", take.path, SETUP[action])
    return await take.act("admin", action, BODIES.get(action))


@pytest.mark.rule("T-1.1-a")
@pytest.mark.parametrize(("state", "action", "to"), CELLS)
async def test_only_the_table_changes_the_status(
    company: Company, system: System, state: str, action: str, to: str
) -> None:
    """Each action in each state; a refused one leaves nothing behind."""
    take = await brought(company, state)
    before = await system.events(company)
    answer = await act(take, action)
    if to in TABLE:
        assert (answer.status_code, answer.json()["status"]) == (200, to), answer.text
    elif to:
        refused(answer, 409, to)
        assert await system.events(company) == before
    else:
        assert answer.status_code == 201


async def test_a_status_cannot_be_written(company: Company) -> None:
    """No field of the set-up is the status, the code or the creator."""
    take = await brought(company, "DRAFT")
    for field in ("status", "code", "warehouse", "creator", "items"):
        answer = await company["admin"].send("PUT", take.path, {field: "ACTIVE"})
        assert refused(answer, 422, "INVALID_VALUE")["pointer"] == f"/{field}"


@pytest.mark.rule("T-1.1-b")
async def test_the_counter_is_who_is_logged_in(company: Company) -> None:
    """Nobody counts in somebody else's name, in the body or in the query string."""
    take = await brought(company, "ACTIVE")
    two = str(company["counter2"].member)
    body = take.count(sku_of(take), "A1", 9)
    for name in ("counter", "counted_by", "user_id", "actor"):
        refused(
            await company["counter1"].post("/stock-take/counts", {**body, name: two}),
            422,
            "INVALID_VALUE",
        )
    answer = await company["counter1"].post(f"/stock-take/counts?user_id={two}", body)
    assert answer.json()["lines"][0]["counter"] == str(company["counter1"].member)


async def test_of_two_starts_at_once_one_opens_the_branch(company: Company) -> None:
    """The other is told why; when the first one is over it may start."""
    first = await planned(company, {"GLOVE": {"A1": 5}})
    second = await planned(company, {"HOOD": {"A1": 5}})
    answers = await asyncio.gather(*(take.act("auditor", "start") for take in (first, second)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    loser = next(answer for answer in answers if answer.status_code == 409)
    refused(loser, 409, "BRANCH_HAS_OPEN_SESSION")
    winning, losing = (first, second) if answers[1] is loser else (second, first)
    assert (await winning.act("auditor", "pause")).status_code == 200
    refused(await losing.act("auditor", "start"), 409, "BRANCH_HAS_OPEN_SESSION")
    assert (await winning.act("admin", "cancel", {"reason": "late"})).status_code == 200
    assert (await losing.act("auditor", "start")).status_code == 200


async def test_a_completed_one_leaves_the_branch_free(company: Company) -> None:
    """Posting keeps it until the end."""
    first = await planned(company, {"GLOVE": {"A1": 5}})
    second = await planned(company, {"HOOD": {"A1": 5}})
    await first.act("auditor", "start")
    assert (await first.act("auditor", "complete", LEAVE)).json()["status"] == "COMPLETED"
    assert (await second.act("auditor", "start")).status_code == 200


async def test_a_start_needs_somebody_to_count_and_something(company: Company) -> None:
    """An empty team or an empty scope is refused."""
    nobody = await planned(company, {"GLOVE": {"A1": 5}}, allowed_counters=[])
    refused(await nobody.act("auditor", "start"), 422, "NO_COUNTERS")
    nothing = await planned(company, {"HOOD": {"A1": 5}}, scope={"shelves": ["Z9"]})
    refused(await nothing.act("auditor", "start"), 422, "NOTHING_TO_COUNT")


async def test_who_is_not_a_counter_of_it_cannot_join(company: Company) -> None:
    """Who is may join as often as he likes."""
    team = company.counters[:1]
    take = await planned(company, {"GLOVE": {"A1": 5}}, allowed_counters=team)
    await take.act("auditor", "start")
    code = {"code": take.session["code"]}
    join = "/stock-take/sessions/join"
    for _ in range(2):
        assert (await company["counter1"].done(join, code))["status"] == "ACTIVE"
    refused(await company["counter2"].post(join, code), 403, "NOT_ALLOWED_TO_COUNT")
    refused(await company["counter1"].post(join, {"code": "ST-MAR99A"}), 404, "SESSION_NOT_FOUND")


async def test_a_shelf_is_counted_by_its_owner(company: Company) -> None:
    """Who has shelves counts those; who has none counts what nobody has."""
    one = company.counters[0]
    shelves = {one: ["a1"]}
    take = await planned(company, {"GLOVE": {"A1": 5, "B1": 5}}, assigned_shelves=shelves)
    await take.act("auditor", "start")
    refused(
        await company["counter1"].post("/stock-take/counts", take.count("GLOVE", "B1", 5)),
        403,
        "SHELF_OF_ANOTHER",
    )
    refused(
        await company["counter2"].post("/stock-take/counts", take.count("GLOVE", " a1 ", 5)),
        403,
        "SHELF_OF_ANOTHER",
    )
    await take.counted("counter1", "GLOVE", "A1", 5)
    await take.counted("counter2", "GLOVE", "B1", 5)
