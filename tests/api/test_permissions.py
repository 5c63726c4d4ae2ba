"""Each role may do what the table of roles says, and nothing else, whatever the request."""

from __future__ import annotations

import re
from typing import Any

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from api.account_doors import CHANGE
from api.app import GENERIC, ROUTES
from api.auth import LOGOUT
from domain.permissions import ROLES
from tests.api.conftest import PEOPLE
from tests.api.questions import QUERIES, question
from tests.api.specimens import COMMANDS
from tests.api.takes import refused
from tests.api.window import Window
from tests.system import System

DOCUMENTATION = {"/openapi.json", "/docs", "/docs/{name}"}


def served_by(system: System) -> Litestar:
    """The application behind its gates."""
    app: Any = system.app
    while not isinstance(app, Litestar):
        app = app.app
    return app


async def test_every_operation_that_is_served_needs_a_permission_or_says_that_it_does_not(
    system: System,
) -> None:
    """Only logging out needs none and a token; nothing is served beside the rows."""
    bare = {f"{route.method} {route.path}" for route in ROUTES if route.permission is None}
    public = {f"{route.method} {route.path}" for route in ROUTES if route.public}
    assert bare - public == {f"POST {LOGOUT}", f"POST {CHANGE}"}
    assert public <= bare
    assert not bare & {f"{route.method} {route.path}" for route in GENERIC}
    served = {
        f"{method} {route.path_format}"
        for route in served_by(system).routes
        if isinstance(route, HTTPRoute) and route.path_format not in DOCUMENTATION
        for method in route.methods - {"OPTIONS", "HEAD"}
    }
    assert served == bare


def test_every_role_that_people_may_have_is_tried_below() -> None:
    """Else a role could be forgotten."""
    assert {re.sub(r"\d", "", person) for person in PEOPLE} == set(ROLES) - {"system"}


def may(person: str, row: str) -> bool:
    """What domain.permissions says."""
    permission = (COMMANDS | QUERIES)[row].permission
    return permission in ROLES[re.sub(r"\d", "", person)]


@pytest.mark.parametrize("person", PEOPLE)
async def test_a_command_is_for_those_who_hold_its_permission(
    window: Window, system: System, person: str
) -> None:
    """Others are refused before the body is looked at, and learn which one they lack."""
    before = await system.events(window.company)
    for row, route in COMMANDS.items():
        body = {"nothing": "of sense"}
        answer = await window.company[person].send(route.method, window[row].path, body)
        if may(person, row):
            assert refused(answer, 422, "INVALID_VALUE"), row
        else:
            assert refused(answer, 403, "FORBIDDEN")["permission"] == route.permission, row
    assert await system.events(window.company) == before


@pytest.mark.parametrize("person", PEOPLE)
async def test_a_command_sent_in_good_order_by_the_wrong_person_does_nothing(
    window: Window, system: System, person: str
) -> None:
    """The very request that somebody else would be allowed."""
    before = await system.events(window.company)
    for row, route in COMMANDS.items():
        if not may(person, row):
            request = window[row]
            answer = await window.company[person].send(route.method, request.path, request.body)
            refused(answer, 403, "FORBIDDEN")
    assert await system.events(window.company) == before


@pytest.mark.parametrize("person", PEOPLE)
async def test_a_query_is_for_those_who_hold_its_permission(window: Window, person: str) -> None:
    """Reading is a permission like any other."""
    for row in QUERIES:
        answer = await window.company[person].get(f"{question(window, row)}?nothing=1")
        expected = (422, "INVALID_VALUE") if may(person, row) else (403, "FORBIDDEN")
        refused(answer, *expected)


@pytest.mark.parametrize("person", PEOPLE)
async def test_what_somebody_is_refused_is_a_security_event(
    window: Window, system: System, person: str
) -> None:
    """Each permission that he lacks and asked for, and none that he holds."""
    for row, route in (COMMANDS | QUERIES).items():
        if not may(person, row):
            path = question(window, row) if row in QUERIES else window[row].path
            await window.company[person].send(route.method, path)
    admin = window.company["super_admin" if person == "super_admin" else "admin"]
    member = window.company[person].member
    ask = f"/security-events?types=permission_refused&limit=200&member={member}"
    position = {"tallybook-position": f"1.1.{await system.services.log.head()}"}
    events = (await admin.get(ask, position)).json()["items"]
    lacked = {r.permission for row, r in (COMMANDS | QUERIES).items() if not may(person, row)}
    assert {event["permission"] for event in events} == lacked


async def test_what_the_product_does_by_itself_is_granted_to_nobody() -> None:
    """Expiry and posting have no door for people."""
    granted = frozenset().union(*(ROLES[role] for role in ROLES if role != "system"))
    assert not granted & ROLES["system"]
    assert not {route.permission for route in COMMANDS.values()} & ROLES["system"]
