"""What belongs to another organization is not there: asked for by anybody, anywhere in a request.

Every operation that is served is met here, with ids found by the types of what it takes. An answer
to an id of another organization's is the one to an id that is nowhere, and neither has changed.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from api.app import ROUTES
from api.routes.route import PREFIX, Route
from tests.api.holdings import OF_NOBODY, tables
from tests.api.probes import NOT_404, alike, bodies, names, paths, unchanged
from tests.api.questions import QUERIES, question
from tests.api.slots import filled, path_slots, slots
from tests.api.specimens import COMMANDS
from tests.api.strangers import Strangers
from tests.api.window import Window
from tests.system import Client, System

DOORS = {
    "POST /auth/token": "says who comes; unknown names and passwords are told alike",
    "POST /auth/refresh": "a signed token is the session's own",
    "POST /auth/logout": "the access token is the session's own",
    "POST /auth/password-reset": "a username, whose owner alone hears of it; answered alike",
    "POST /auth/password-reset/confirm": "a token that was mailed is its member's own",
    "POST /auth/verify-email": "a token that was mailed is its member's own",
    "POST /users/invitations/accept": "a token that was mailed is its member's own",
    "POST /users/me/password": "the caller himself",
    "GET /health/live": "takes nothing",
    "GET /health/ready": "takes nothing",
    "GET /metrics": "takes nothing; has no organization's figures",
}
"""The entries beside commands and queries: none takes an id."""
WITHOUT_IDS = {
    "POST /warehouses": "of the caller's own organization",
    "POST /parts": "of the caller's own organization",
    "GET /users/me": "the caller himself",
    "PATCH /users/me": "the caller himself",
    "GET /warehouses": "those of the caller's own organization",
    "GET /parts": "those of the caller's own organization",
}
"""Commands and queries that name nothing by an id, and what they are about instead."""


def by_row(routes: Iterator[Route] | tuple[Route, ...]) -> dict[str, Route]:
    """Rows by method and path."""
    return {f"{route.method} {route.path.removeprefix(PREFIX)}": route for route in routes}


def test_every_operation_is_a_command_a_query_or_a_door() -> None:
    """Whichever is added has to be met below, or be listed above."""
    assert sorted(by_row(ROUTES)) == sorted([*COMMANDS, *QUERIES, *DOORS])


def test_what_takes_no_id_is_listed_and_takes_none() -> None:
    """By its types; a door takes none at all."""
    rows = by_row(ROUTES)
    without = {
        row
        for row, route in rows.items()
        if not path_slots(route) and not any(names(row, slot) for slot in slots(route.request))
    }
    assert without == WITHOUT_IDS.keys() | DOORS.keys()


@pytest.mark.parametrize("row", sorted(COMMANDS))
async def test_each_id_of_a_command_is_tried(
    window: Window, strangers: Strangers, row: str
) -> None:
    """Ours and theirs fill every slot for an id that there is in its type, differently."""
    kind = COMMANDS[row].request
    typed = {slot for slot in slots(kind) if names(row, slot)}
    ours, theirs = [
        [one for one in filled(kind, each[row].body) if names(row, one[:2])]
        for each in (window, strangers.window)
    ]
    assert {one[:2] for one in ours} == typed
    assert [one[:2] for one in ours] == [one[:2] for one in theirs]
    assert not {one[2] for one in ours} & {one[2] for one in theirs if one[1] != "text"}


@pytest.mark.parametrize("row", sorted(COMMANDS))
async def test_an_id_of_another_organization_names_nothing_to_a_command(
    window: Window, strangers: Strangers, system: System, row: str
) -> None:
    """In its path or anywhere in its body, whatever it is the id of."""
    ours, theirs, route = window[row], strangers.window[row], COMMANDS[row]
    client, method = window.company[ours.who], COMMANDS[row].method
    async with unchanged(system, window, strangers):
        for id_, nowhere, path, blank in paths(strangers, route, ours.path, theirs.path):
            unknown = await client.send(method, blank, ours.body)
            for headers in ({}, {"if-match": '"1"'}):
                answer = await client.send(method, path, ours.body, headers)
                assert answer.status_code == 404, (path, answer.text)
                assert alike(answer, id_, unknown, nowhere), (answer.text, unknown.text)
        for slot, id_, nowhere, body, empty in bodies(window, strangers, row):
            answer = await client.send(method, ours.path, body)
            unknown = await client.send(method, ours.path, empty)
            assert answer.status_code == NOT_404.get((row, slot), 404), (body, answer.text)
            assert alike(answer, id_, unknown, nowhere), (answer.text, unknown.text)
            assert not strangers.seen_in(answer)


@pytest.mark.parametrize("row", sorted(row for row in QUERIES if "{" in row))
async def test_a_name_of_another_organization_names_nothing_to_a_query(
    window: Window, strangers: Strangers, row: str
) -> None:
    """As if it were nowhere."""
    admin, route = window.company["admin"], QUERIES[row]
    ours, theirs = question(window, row), question(strangers.window, row)
    for id_, nowhere, path, blank in paths(strangers, route, ours, theirs):
        answer, unknown = await admin.get(path), await admin.get(blank)
        assert answer.status_code == 404, (path, answer.text)
        assert alike(answer, id_, unknown, nowhere), (answer.text, unknown.text)


async def parameters(strangers: Strangers, row: str) -> list[tuple[str, str]]:
    """Each parameter of a query with all that it could find of theirs."""
    admin = strangers.company["admin"]
    asked = await admin.get(question(strangers.window, row))
    given = [("", "")]
    for pointer, kind in slots(QUERIES[row].request):
        name = pointer.split("/")[1]
        if name == "as_of":
            given.append((name, asked.headers["tallybook-position"]))
        elif name == "cursor":
            given += [
                (name, text) for text in await cursors(admin, question(strangers.window, row))
            ]
        elif kind == "text":
            given += [(name, text) for text in (strangers.mark, "A1", strangers.company.name)]
        else:
            given += [(name, id_) for id_ in strangers.kinds.values()]
    return given


async def cursors(client: Client, path: str) -> list[str]:
    """The first and the second page's."""
    found, query = [], ""
    for _ in range(2):
        answer = (await client.get(f"{path}?limit=1{query}")).json()
        if answer.get("next"):
            found.append(answer["next"])
            query = f"&cursor={found[-1]}"
    return found


@pytest.mark.parametrize("row", sorted(QUERIES))
async def test_no_answer_holds_anything_of_another_organization(
    window: Window, strangers: Strangers, system: System, row: str
) -> None:
    """Whatever is asked for, as JSON and as a table; and nothing is written by asking."""
    admin, path = window.company["admin"], question(window, row)
    kind = QUERIES[row].request
    most = {"limit": "200"} if "limit" in getattr(kind, "__struct_fields__", ()) else {}
    async with unchanged(system, window, strangers):
        for name, value in await parameters(strangers, row):
            asked = httpx.QueryParams(most | ({name: value} if name else {}))
            for headers in ({}, {"accept": "text/csv"}):
                answer = await admin.get(f"{path}?{asked}", headers)
                assert answer.status_code in {200, 404, 422}, answer.text
                assert not strangers.seen_in(answer), (value, answer.text)
                if value in {*strangers.kinds.values(), strangers.mark, strangers.company.name}:
                    assert not any(counted(answer)), (name, value, answer.text)


def counted(answer: httpx.Response) -> tuple[int, int]:
    """How many items a page has, and how many it says that there are; 0 of what is no page."""
    if answer.status_code != 200 or "json" not in answer.headers["content-type"]:
        return 0, 0
    found = answer.json()
    return len(found.get("items", ())), found.get("total") or 0


async def test_their_own_answers_hold_what_is_searched_for(strangers: Strangers) -> None:
    """So that the test above is about something: the mark wherever texts are."""
    admin, marked = strangers.company["admin"], set()
    for row in QUERIES:
        answer = await admin.get(question(strangers.window, row))
        assert answer.status_code == 200
        if strangers.mark in strangers.seen_in(answer):
            marked.add(row)
    assert len(marked) >= len(QUERIES) // 2, marked


@pytest.mark.parametrize("row", sorted(COMMANDS))
async def test_a_key_that_another_organization_used_gives_nothing_of_its_answer(
    window: Window, strangers: Strangers, system: System, row: str
) -> None:
    """The very request that they sent, under its key: as if nobody ever had."""
    theirs, route = strangers.sent[row], COMMANDS[row]
    named = [what for _, what, *_ in filled(route.request, theirs.body)] + [*path_slots(route)]
    if {"id", "local"}.isdisjoint(named) and "{" not in row:
        return
    async with unchanged(system, window, strangers):
        client = window.company[theirs.who]
        answer = await client.send(route.method, theirs.path, theirs.body, {"idempotency-key": row})
        assert answer.status_code == 404, answer.text
        assert not strangers.seen_in(answer)


async def test_every_table_is_an_organizations_or_known_to_be_nobodys(system: System) -> None:
    """So that a change in any of them is seen above."""
    assert {name for name, condition in (await tables(system)).items() if not condition} == {
        *OF_NOBODY
    }
