"""What belongs to another organization is not there: not in a path, not in a body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.conftest import Window
from tests.api.questions import QUERIES, names, question
from tests.api.specimens import COMMANDS
from tests.system import System

ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\.\d+)?")


@pytest.fixture(scope="session")
async def other_window(system: System) -> Window:
    """The same requests of another organization."""
    return await Window.of(await system.company())


def swapped(ours: Any, theirs: Any) -> Iterator[Any]:
    """Our body with one id after the other replaced by theirs."""
    if theirs is None:
        return
    if isinstance(ours, dict):
        for name, value in ours.items():
            for other in swapped(value, theirs.get(name)):
                yield {**ours, name: other}
    elif isinstance(ours, list):
        for place, (one, its) in enumerate(zip(ours, theirs, strict=False)):
            for other in swapped(one, its):
                yield [*ours[:place], other, *ours[place + 1 :]]
    elif isinstance(ours, str) and ours != theirs and ID.fullmatch(ours):
        yield theirs


async def events(system: System, *windows: Window) -> list[int]:
    """How many each organization has."""
    return [await system.events(window.company) for window in windows]


@pytest.mark.parametrize("row", sorted(COMMANDS))
async def test_an_id_of_another_organization_names_nothing_to_a_command(
    window: Window, other_window: Window, system: System, row: str
) -> None:
    """In its path or anywhere in its body; neither of the two organizations is changed."""
    before = await events(system, window, other_window)
    ours, theirs, method = window[row], other_window[row], COMMANDS[row].method
    client = window.company[ours.who]
    requests = [(ours.path, body) for body in swapped(ours.body, theirs.body)]
    if "{id}" in row:
        requests.append((theirs.path, ours.body))
    for path, body in requests:
        answer = await client.send(method, path, body)
        assert answer.status_code == 404, (path, body, answer.text)
    assert await events(system, window, other_window) == before


async def test_the_search_for_ids_in_bodies_finds_them(
    window: Window, other_window: Window
) -> None:
    """So that the test above is about something."""
    found = {row: len(list(swapped(window[row].body, other_window[row].body))) for row in COMMANDS}
    assert found["POST /stock-take/sessions"] == 5
    assert found["POST /admin/inventory/bulk-adjust"] == 4
    assert found["POST /store/inventory/release"] == 1
    assert found["POST /inventory/items/{id}/issue"] == 1


@pytest.mark.parametrize("row", sorted(row for row in QUERIES if "id}" in row))
async def test_an_id_of_another_organization_names_nothing_to_a_query(
    window: Window, other_window: Window, row: str
) -> None:
    """As if it were nowhere."""
    answer = await window.company["admin"].get(question(other_window, row))
    assert answer.status_code == 404, answer.text


@pytest.mark.parametrize("row", sorted(QUERIES))
async def test_no_answer_holds_anything_of_another_organization(
    window: Window, other_window: Window, row: str
) -> None:
    """Nor do the filters of lists let it in."""
    kind = QUERIES[row].request
    assert kind is not None
    filters = {"store_id", "warehouse", "product", "item", "counter"} & {*kind.__struct_fields__}
    foreign = own(other_window)
    for query in ("", *(f"?{name}={id_}" for name in sorted(filters) for id_ in sorted(foreign))):
        answer = await window.company["admin"].get(question(window, row) + query)
        assert answer.status_code in {200, 404}, answer.text
        assert not {id_ for id_ in foreign if id_ in answer.text and id_ not in query}


def own(window: Window) -> set[str]:
    """Some ids of an organization: its warehouses, a product, its people."""
    people = {str(client.member) for client in window.company.people.values()}
    ids = {id_ for id_ in names(window).values() if ID.fullmatch(id_)}
    return people | ids | {str(window["POST /stock-take/sessions"].body["warehouse"])}
