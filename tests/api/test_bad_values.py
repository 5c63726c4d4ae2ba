"""No value of the wrong kind gets past the door of any command, and none does anything."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from tests.api.bad_values import ID, fields
from tests.api.specimens import COMMANDS
from tests.api.takes import refused
from tests.api.window import Window
from tests.system import Company, System

MARK = "the value under test"


def raw(body: dict[str, Any], value: str) -> bytes:
    """The body with its mark replaced by raw JSON."""
    return msgspec.json.encode(body).replace(f'"{MARK}"'.encode(), value.encode())


async def send(window: Window, row: str, body: bytes) -> httpx.Response:
    """The row's request with another body."""
    request = window[row]
    return await window.company[request.who].send(COMMANDS[row].method, request.path, body)


@pytest.mark.parametrize("row", sorted(COMMANDS))
async def test_a_wrong_value_is_pointed_at_and_does_nothing(
    window: Window, system: System, row: str
) -> None:
    """Field by field, over everything that a lenient decoder would let through."""
    kind, before = COMMANDS[row].request, await system.events(window.company)
    assert kind is not None
    let_through = []
    for name, values in fields(kind):
        for value in values:
            answer = await send(window, row, raw({**window[row].body, name: MARK}, value))
            problem = answer.json()
            pointed = str(problem.get("pointer", "")).startswith(f"/{name}")
            if answer.status_code != 422 or not problem["code"] or not pointed:
                let_through.append((name, value[:60], answer.status_code, answer.text[:200]))
    assert not let_through
    assert await system.events(window.company) == before


NESTED = [
    ("POST /stock-take/counts", {"quantity": None, "entries": [{"quantity": MARK}]}, "NaN"),
    ("POST /stock-take/counts", {"quantity": None, "entries": [{"quantity": MARK}]}, '"1e3"'),
    ("POST /stock-take/counts", {"quantity": None, "entries": [{"unit": "pack"}]}, ""),
    ("POST /stock-take/counts", {"quantity": None, "entries": [{"quantity": 1, "a": 1}]}, ""),
    ("POST /stock-take/counts", {"quantity": None, "entries": [MARK] * 21}, '{"quantity": 1}'),
    ("POST /inventory/items/{id}/receive", {"lot": MARK}, '"\\u001d"'),
    ("POST /inventory/items/{id}/receive", {"lot": MARK}, '"\\u0085\\ufeff"'),
    ("POST /inventory/items/{id}/receive", {"lot": MARK}, '"L\\u0000"'),
    ("POST /parts", {"packs": {"box": MARK}}, '"1_0"'),
    ("POST /parts", {"packs": {"": 2}}, ""),
    ("POST /parts", {"packs": {"a\0b": 2}}, ""),
    ("POST /parts", {"packs": {f"p{n}": 2 for n in range(21)}}, ""),
    ("POST /parts", {"barcodes": [MARK]}, '""'),
    ("POST /parts", {"barcodes": [MARK]}, '"a\\u0000"'),
    ("POST /stock-take/sessions", {"scope": {"products": [MARK]}}, '"x"'),
    ("POST /stock-take/sessions", {"scope": {"categories": [MARK]}}, '"\\u0000"'),
    ("POST /stock-take/sessions", {"scope": {"colour": 1}}, ""),
    ("POST /stock-take/sessions", {"assigned_shelves": {"x": ["A1"]}}, ""),
    ("POST /stock-take/sessions", {"assigned_shelves": {MARK: ["A1"]}}, f'"{ID}"'),
    ("POST /admin/inventory/bulk-adjust", {"adjustments": []}, ""),
    ("POST /admin/inventory/bulk-adjust", {"adjustments": [{}]}, ""),
    ("POST /admin/inventory/bulk-adjust", {"adjustments": [MARK] * 201}, "{}"),
]


@pytest.mark.parametrize(("row", "change", "value"), NESTED)
async def test_a_wrong_value_deep_inside_is_refused_too(
    window: Window, system: System, row: str, change: dict[str, Any], value: str
) -> None:
    """Lists, dictionaries and structs within the body have the same doors."""
    before = await system.events(window.company)
    answer = await send(window, row, raw({**window[row].body, **change}, value))
    problem = answer.json()
    assert answer.status_code in {400, 422}, answer.text
    assert problem["code"]
    assert value == "NaN" or problem["pointer"].strip("/").split("/")[0] in change
    assert await system.events(window.company) == before


@pytest.mark.parametrize("row", sorted(COMMANDS))
async def test_a_field_too_many_or_too_few_is_named(
    window: Window, system: System, row: str
) -> None:
    """Nothing is ignored, and nothing that is needed is made up."""
    kind, body = COMMANDS[row].request, window[row].body
    assert kind is not None
    before = await system.events(window.company)
    answer = await send(window, row, raw({**body, "colour": 1}, ""))
    assert (answer.status_code, answer.json()["pointer"]) == (422, "/colour")
    for field in msgspec.structs.fields(kind):
        if field.required:
            rest = {name: value for name, value in body.items() if name != field.name}
            answer = await send(window, row, raw(rest, ""))
            assert (answer.status_code, answer.json()["pointer"]) == (422, f"/{field.name}")
    assert await system.events(window.company) == before


@pytest.mark.parametrize("instant", ["2999-01-01T00:00:00Z", "9999-12-31T23:59:59.999999+00:00"])
async def test_nothing_happened_in_the_future(window: Window, system: System, instant: str) -> None:
    """Wherever it may be said when something happened."""
    before = await system.events(window.company)
    for row, request in window.items():
        if "occurred_at" in request.body:
            body = raw({**request.body, "occurred_at": instant}, "")
            problem = refused(await send(window, row, body), 422, "OCCURRED_IN_FUTURE")
            assert problem["pointer"] == "/occurred_at"
    assert await system.events(window.company) == before


ACCEPTED = [
    ("3", "3.000"),
    ("3.0", "3.000"),
    ("2.5000000", "2.500"),
    ("25e-1", "2.500"),
    ("1e1", "10.000"),
    ('"2.5"', "2.500"),
    ("999999999999.999", "999999999999.999"),
]


@pytest.mark.parametrize(("value", "kept"), ACCEPTED)
async def test_a_number_is_kept_exactly_as_it_is_written(
    company: Company, value: str, kept: str
) -> None:
    """JSON numbers never pass through binary floats, whose places would be lost."""
    body = {"sku": "SAND", "name": "Sand", "classification": "bulk_material", "threshold": MARK}
    answer = await company["admin"].post("/parts", raw(body, value))
    assert answer.json()["threshold"] == kept


async def test_the_largest_cost_keeps_its_last_place(company: Company) -> None:
    """As a binary float it would become ...0002."""
    body = {"sku": "GEM", "name": "Gem", "unit_cost": MARK}
    answer = await company["admin"].post("/parts", raw(body, "999999999999.0003"))
    assert answer.json()["unit_cost"] == "999999999999.0003"
