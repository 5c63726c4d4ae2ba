"""Each role may do what the table of roles says, and nothing else, whatever the request."""

from __future__ import annotations

import re

import pytest

from domain.permissions import ROLES
from tests.api.conftest import Window
from tests.api.questions import QUERIES, question
from tests.api.specimens import COMMANDS
from tests.api.takes import refused
from tests.system import ROLES as PEOPLE
from tests.system import System


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


async def test_what_the_product_does_by_itself_is_granted_to_nobody() -> None:
    """Expiry and posting have no door for people."""
    granted = frozenset().union(*(ROLES[role] for role in ROLES if role != "system"))
    assert not granted & ROLES["system"]
    assert not {route.permission for route in COMMANDS.values()} & ROLES["system"]
