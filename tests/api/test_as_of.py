"""Every query of stock and stock-takes answers as of an earlier moment (docs/as-of.md)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest

from tests.api.questions import QUERIES, question
from tests.api.shop import Shop, sku_of
from tests.api.specimens import COMMANDS
from tests.api.takes import refused
from tests.api.window import Window
from tests.system import Company, System

TEMPORAL = sorted(
    row
    for row, route in QUERIES.items()
    if route.request is not None and "as_of" in route.request.__struct_fields__
)
POSITION, AS_OF = "tallybook-position", "tallybook-as-of"
PERSON = re.compile(r'("id":"[0-9a-f-]{36}","name":)(?:"[^"]*"|null)')
GARBAGE = ["", "x", "now", "1", "1.1", "1.1.x", "1.1.-1", "1.1." + "9" * 30, "2025-01-05"]
NO_OFFSET = ["2025-01-05T18:00:00", "2025-13-05T18:00:00Z", "2025-01-05T18:00:00+01:00"]


BY_NAME = {"GET /members", "GET /users"}
"""Lists in the order of names, which are those of today: who people are is not in the log."""


def test_all_queries_but_of_oneself_and_of_organizations_are_temporal() -> None:
    """People are not in the log, and past rows are kept by organization."""
    crossing = {row for row, route in QUERIES.items() if getattr(route.request, "crosses", False)}
    assert set(QUERIES) - set(TEMPORAL) - crossing == {"GET /sessions", "GET /users/me"}
    assert all(row.startswith("GET /organizations") for row in crossing)


def nameless(answer: httpx.Response) -> str:
    """An answer without what people are called."""
    return PERSON.sub(r"\1null", answer.text)


async def test_whatever_happens_later_the_answer_as_of_then_is_what_it_was(
    system: System, company: Company
) -> None:
    """By its position and by its instant, for every query, after every command."""
    admin, window = company["admin"], await Window.of(company)
    here = {POSITION: f"1.1.{await system.services.log.head()}"}
    rows = [row for row in TEMPORAL if row not in BY_NAME]
    then = {row: await admin.get(question(window, row), here) for row in rows}
    for row, request in window.items():
        sender, command = company[request.who], COMMANDS[row]
        done = await sender.send(command.method, request.path, request.body)
        assert done.status_code in {command.status, 409}, done.text
    changed = 0
    for row, before in then.items():
        path, position = question(window, row), before.headers[POSITION]
        again = await admin.get(f"{path}?as_of={position}")
        assert nameless(again) == nameless(before), row
        assert again.headers[POSITION] == position
        changed += (await admin.ask_after(done, path)) != before.json()
        instant = again.headers[AS_OF]
        by_time = await admin.get(f"{path}?as_of={instant}")
        assert nameless(by_time) == nameless(before), row
        assert (by_time.headers[POSITION], by_time.headers[AS_OF]) == (position, instant)
    assert changed > len(TEMPORAL) / 2


async def test_the_story_of_an_entry_can_be_asked_for(company: Company) -> None:
    """At once, however far the projections are; also before there was one, and when it is gone."""
    admin, shop = company["admin"], Shop(company)
    entry = await shop.entry(10)
    path, where = f"/inventory/items/{entry['id']}", {"product": entry["product"], "location": "A1"}
    story = []
    for quantity in (-3, 5, -12):
        body = {**where, "quantity": quantity, "reason": "r"}
        story.append(await admin.post("/store/inventory/adjust", body))
    gone = await admin.send("DELETE", f"/store/inventory/{entry['id']}")
    on_hand = []
    for answer in story:
        found = await admin.get(f"{path}?as_of={answer.headers[POSITION]}")
        on_hand.append((found.json()["on_hand"], found.headers["etag"]))
    assert [figure for figure, _ in on_hand] == ["7.000", "12.000", "0.000"]
    assert len({etag for _, etag in on_hand}) == 3
    for position in ("1.1.0", gone.headers[POSITION]):
        missing = await admin.get(f"{path}?as_of={position}")
        assert (missing.status_code, missing.json()["code"]) == (404, "STOCK_NOT_FOUND")


async def test_the_story_of_a_stock_take_can_be_asked_for(company: Company) -> None:
    """Its state, its locks, its counts and its variances."""
    auditor, one, shop = company["auditor"], company["counter1"], Shop(company)
    take = await shop.take()
    sku = sku_of(take)
    lock = await one.post("/stock-take/locks", take.lock(sku))
    first = await one.post("/stock-take/counts", take.count(sku, "A1", 9))
    second = await one.post("/stock-take/counts", take.count(sku, "A1", 8))
    paused = await take.act("auditor", "pause")

    async def at(answer: httpx.Response) -> tuple[object, ...]:
        moment = answer.headers[POSITION]
        session = await auditor.get(f"{take.path}?as_of={moment}")
        lists = {
            name: (await auditor.get(f"{take.path}/{name}?as_of={moment}")).json()["items"]
            for name in ("locks", "counts", "variances")
        }
        variance = lists["variances"][0]["variance"]
        quantities = [line["quantity"] for line in lists["counts"]]
        return session.json()["status"], len(lists["locks"]), quantities, variance

    assert await at(lock) == ("ACTIVE", 1, [], None)
    assert await at(first) == ("ACTIVE", 0, ["9.000"], "-1.000")
    assert await at(second) == ("ACTIVE", 0, ["8.000"], "-2.000")
    assert await at(paused) == ("PAUSED", 0, ["8.000"], "-2.000")


async def test_a_lock_is_live_as_of_then_by_the_time_of_then(company: Company) -> None:
    """Though it ended long ago by the clock of who asks."""
    auditor, shop = company["auditor"], Shop(company)
    take = await shop.take()
    lock = await company["counter1"].post("/stock-take/locks", take.lock(sku_of(take)))
    ends = datetime.fromisoformat(lock.json()["lock"]["expires_at"])
    found = await auditor.get(f"{take.path}/locks?as_of={lock.headers[POSITION]}")
    assert [one["id"] for one in found.json()["items"]] == [lock.json()["id"]]
    then = datetime.fromisoformat(found.headers[AS_OF])
    assert 0 < found.json()["items"][0]["seconds_left"] - (ends - then).total_seconds() < 1


@pytest.mark.parametrize("row", TEMPORAL)
async def test_before_the_first_event_there_was_nothing(window: Window, row: str) -> None:
    """Empty lists, and no single thing."""
    for moment in ("1.1.0", "1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z"):
        answer = await window.company["admin"].get(f"{question(window, row)}?as_of={moment}")
        assert answer.status_code in {200, 404}, answer.text
        if answer.status_code == 200:
            assert answer.json()["items"] == []
            assert answer.headers[POSITION] == "1.1.0"


@pytest.mark.parametrize("row", TEMPORAL)
async def test_what_is_no_moment_is_refused(window: Window, system: System, row: str) -> None:
    """With a pointer, by every query."""
    ask = f"{question(window, row)}?as_of="
    beyond = f"1.1.{await system.services.log.head() + 1_000_000}"
    future = (datetime.now(UTC) + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    cases = [*((text, "BAD_AS_OF") for text in (*GARBAGE, *NO_OFFSET))]
    cases += [(beyond, "POSITION_BEYOND_HEAD"), (future, "AS_OF_IN_FUTURE")]
    cases += [("0001-01-01T00:00:00%2B14:00", "INVALID_VALUE"), ("x" * 61, "INVALID_VALUE")]
    for text, code in cases:
        problem = refused(await window.company["admin"].get(ask + text), 422, code)
        assert problem["pointer"] == "/as_of", text
    lost = refused(await window.company["admin"].get(f"{ask}1.2.1"), 410, "POSITION_LOST")
    assert lost["pointer"] == "/as_of"


@pytest.mark.parametrize("row", TEMPORAL)
async def test_the_past_of_another_organization_is_not_there_either(
    window: Window, company: Company, system: System, row: str
) -> None:
    """Neither by an id nor in a list."""
    head = await system.services.log.head()
    answer = await company["admin"].get(f"{question(window, row)}?as_of=1.1.{head}")
    assert answer.status_code in {200, 404}, answer.text
    if answer.status_code == 200:
        page = msgspec.json.encode(answer.json()["items"]).decode()
        assert not {str(c.member) for c in window.company.people.values() if str(c.member) in page}
        assert str(window.company.warehouse) not in page
