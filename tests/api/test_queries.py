"""Every query answers, and refuses what it does not understand."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from msgspec.structs import fields

from projections.queries.base import cursor
from tests.api.questions import QUERIES, names, question
from tests.api.takes import refused
from tests.api.window import Window


@pytest.mark.parametrize("row", sorted(QUERIES))
async def test_a_query_answers_with_its_position(window: Window, row: str) -> None:
    """Lists and single things alike."""
    answer = await window.company["admin"].get(question(window, row))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["tallybook-position"].startswith("1.1.")


@pytest.mark.parametrize("row", sorted(row for row in QUERIES if "{" in row))
async def test_a_query_for_an_unknown_id_finds_nothing(window: Window, row: str) -> None:
    """Neither for one that nothing has, nor for what is no id."""
    path = question(window, row)
    known = next(id_ for id_ in names(window).values() if id_ in path)
    for id_ in ("11111111-2222-4333-8444-555555555555", "x", "%00", "%FF", "ST-XXX99ZZ", "a" * 999):
        answer = await window.company["admin"].get(path.replace(known, id_))
        assert answer.status_code == 404, answer.text
        assert answer.json()["code"].endswith("NOT_FOUND")


STRINGS = [
    ("colour=1", 422),
    ("limit=1&limit=2", 422),
    ("limit=0&colour", 422),
    ("limit=%00", 422),
    ("colour=%FF", 400),
    ("colour=%ZZ", 422),
    ("%00=1", 422),
    ("=1", 422),
    ("a=1&" * 200, 400),
    ("colour=" + "x" * 10_000, 400),
]


@pytest.mark.parametrize(("string", "status"), STRINGS)
async def test_a_query_string_with_something_strange_is_refused(
    window: Window, string: str, status: int
) -> None:
    """By every query; nothing is ignored."""
    for row in QUERIES:
        answer = await window.company["admin"].get(f"{question(window, row)}?{string}")
        assert answer.status_code == status, (row, answer.text)
        assert answer.json()["code"] in {"MALFORMED", "INVALID_VALUE"}


PAGES = [
    "limit=0",
    "limit=201",
    "limit=-1",
    "limit=1.5",
    "limit=x",
    "limit=",
    "cursor=x",
    "cursor=",
]


@pytest.mark.parametrize("string", [*PAGES, "limit=1_0", "limit=%D9%A1", "cursor=%00", "limit=+1"])
async def test_a_page_of_no_possible_size_or_place_is_refused(window: Window, string: str) -> None:
    """On every list, with a pointer at the parameter."""
    for row, route in QUERIES.items():
        if route.request is not None and "limit" in route.request.__struct_fields__:
            answer = await window.company["admin"].get(f"{question(window, row)}?{string}")
            assert answer.status_code == 422, (row, answer.text)
            assert answer.json()["pointer"] == "/" + string.partition("=")[0]


ID = "11111111-2222-4333-8444-555555555555"
TIMES = ["2025-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
KEYS: list[tuple[object, ...]] = [
    *((number,) for number in (10**30, 2**63, -(2**63) - 1, None)),
    *(("a\0b", *rest) for rest in ((ID,), (ID, ID), ("a", ID))),
    *((time, ID) for time in TIMES),
]


@pytest.mark.parametrize("key", KEYS)
async def test_a_cursor_that_no_page_could_give_is_refused(
    window: Window, key: tuple[object, ...]
) -> None:
    """On every list, whoever made it; to lists by name a time is a name like others."""
    codes = set()
    for row, route in QUERIES.items():
        if route.request is not None and "limit" in route.request.__struct_fields__:
            path = f"{question(window, row)}?cursor={cursor(*key)}"
            answer = await window.company["admin"].get(path)
            assert answer.status_code == 422 or key[0] in TIMES, (row, answer.text)
            codes.add((answer.status_code, answer.json().get("code")))
    assert (422, "BAD_CURSOR") in codes <= {(422, "BAD_CURSOR"), (200, None)}


INSTANTS = {"from", "to", "since", "happened_by"}


@pytest.mark.parametrize("time", TIMES)
async def test_an_instant_that_there_is_not_is_refused(window: Window, time: str) -> None:
    """In every parameter that takes one, at both ends of the calendar."""
    asked = set()
    for row, route in QUERIES.items():
        for field in fields(route.request) if route.request else ():
            if (name := field.encode_name) in INSTANTS:
                path = f"{question(window, row)}?{name}={quote(time)}"
                answer = await window.company["admin"].get(path)
                assert refused(answer, 422, "INVALID_VALUE")["pointer"] == f"/{name}"
                asked.add(name)
    assert asked == INSTANTS


async def test_nobody_asks_without_a_token(window: Window) -> None:
    """Not even for lists."""
    for row in QUERIES:
        answer = await window.company["admin"].send(
            "GET", question(window, row), headers={"authorization": "Bearer x"}
        )
        assert answer.status_code == 401
