"""Requests that are broken before any value is looked at: bodies, headers, paths, tokens."""

from __future__ import annotations

import msgspec
import pytest

from tests.api.specimens import COMMANDS
from tests.api.takes import refused
from tests.api.window import Window
from tests.system import Client, System

ID = "11111111-2222-4333-8444-555555555555"
DEEP = 100_000
BODIES: dict[str, bytes] = {
    "invalid UTF-8": b'{"name": "\xff\xfe"}',
    "overlong UTF-8": b'{"name": "\xc0\x80"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"name": "x"}',
    "a lone surrogate": b'{"name": "\\ud800"}',
    "a raw NUL": b'{"name": "a\x00b"}',
    "truncated": b'{"name": "x',
    "cut after a key": b'{"name":',
    "something behind": b"{} {}",
    "a comment": b"{} // done",
    "single quotes": b"{'name': 'x'}",
    "a trailing comma": b'{"name": "x",}',
    "NaN": b'{"name": NaN}',
    "Infinity": b'{"name": Infinity}',
    "a form": b"name=x&code=y",
    "only blanks": b"   ",
    "nested lists": b"[" * DEEP + b"]" * DEEP,
    "nested objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "a list": b"[]",
    "null": b"null",
    "a text": b'"x"',
    "a number": b"1E400000",
}


async def send(
    client: Client, row: str, path: str, body: bytes, headers: dict[str, str] | None = None
) -> tuple[int, str]:
    """The status and the code of the answer."""
    answer = await client.send(COMMANDS[row].method, path, body, headers)
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("row", sorted(COMMANDS))
async def test_a_body_that_cannot_be_read_is_refused(
    window: Window, system: System, row: str
) -> None:
    """As malformed, or as a value of the wrong kind; nothing of it is done."""
    request, before = window[row], await system.events(window.company)
    client = window.company[request.who]
    answers = {name: await send(client, row, request.path, body) for name, body in BODIES.items()}
    assert set(answers.values()) <= {(400, "MALFORMED"), (422, "INVALID_VALUE")}, answers
    assert await system.events(window.company) == before


@pytest.mark.parametrize("row", sorted(COMMANDS))
async def test_a_body_of_many_megabytes_is_refused(
    window: Window, system: System, row: str
) -> None:
    """It is not even read to its end."""
    request, before = window[row], await system.events(window.company)
    client, body = window.company[request.who], b'{"name": "' + b"x" * 5_000_000 + b'"}'
    assert await send(client, row, request.path, body) == (413, "BODY_TOO_LARGE")
    assert await system.events(window.company) == before


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "json"])
async def test_a_body_of_another_kind_is_refused(window: Window, system: System, kind: str) -> None:
    """What a form of another site could send is never taken for JSON."""
    before = await system.events(window.company)
    headers = {"content-type": kind}
    for row, request in window.items():
        body = msgspec.json.encode(request.body)
        client = window.company[request.who]
        answer = await send(client, row, request.path, body, headers)
        assert answer == (415, "UNSUPPORTED_MEDIA_TYPE"), row
    assert await system.events(window.company) == before


HEADERS = [
    ("If-Match", "x"),
    ("If-Match", '"x"'),
    ("If-Match", ""),
    ("If-Match", "-1"),
    ("If-Match", "1.0"),
    ("If-Match", "1_0"),
    ("If-Match", '"1", "2"'),
    ("If-Match", 'W/"1"'),
    ("If-Match", "9" * 5_000),
    ("If-Match", str(2**31)),
    ("If-Match", "\u00b2"),
    ("Idempotency-Key", ""),
    ("Idempotency-Key", "   "),
    ("Idempotency-Key", "x" * 201),
    ("Idempotency-Key", "\u00e9t\u00e9"),
    ("Idempotency-Key", "a\tb"),
]


@pytest.mark.parametrize(("name", "value"), HEADERS)
async def test_a_header_that_means_nothing_is_refused(
    window: Window, system: System, name: str, value: str
) -> None:
    """On every command, also on those for which it would not matter."""
    before = await system.events(window.company)
    for row, request in window.items():
        client, body = window.company[request.who], msgspec.json.encode(request.body)
        headers = {name: value}
        answer = await client.send(COMMANDS[row].method, request.path, body, headers)
        refused(answer, 422, "BAD_HEADER")
    assert await system.events(window.company) == before


PATHS = ["x", "%00", "%FF", "..%2F", ID + "0", "5", "%20", "%E2%80%AE", "{id}", "'", "a" * 5_000]
NUMBERS = ["", ".0", ".-1", f".{10**30}", ".1.1", ".%D9%A1", ".1e1", "."]


@pytest.mark.parametrize("row", sorted(row for row in COMMANDS if "{id}" in row))
async def test_an_id_in_the_path_that_is_none_names_nothing(
    window: Window, system: System, row: str
) -> None:
    """It answers as an unknown one does."""
    request, before = window[row], await system.events(window.company)
    client, template = window.company[request.who], row.partition(" ")[2]
    numbered = COMMANDS[row].parameters["id"].__name__ == "LocalId"
    ids = [*PATHS, *(ID + number for number in NUMBERS if numbered), ID if not numbered else "5"]
    for id_ in ids:
        body = msgspec.json.encode(request.body)
        answer = await client.send(COMMANDS[row].method, template.replace("{id}", id_), body)
        assert answer.status_code == 404, (id_, answer.text)
        assert answer.json()["code"].endswith("NOT_FOUND")
    assert await system.events(window.company) == before


TOKENS = ["", "x", "Bearer", "Bearer ", "Basic eDp5", "Bearer x.y.z", "Bearer \u00e9"]


@pytest.mark.parametrize("token", TOKENS)
async def test_nobody_commands_without_a_token(window: Window, system: System, token: str) -> None:
    """Whatever stands in its place."""
    before = await system.events(window.company)
    headers = {"authorization": token}
    for row, request in window.items():
        body = msgspec.json.encode(request.body)
        answer = await system.anonymous.send(COMMANDS[row].method, request.path, body, headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    assert await system.events(window.company) == before


async def test_a_key_that_stands_twice_has_its_last_value(window: Window) -> None:
    """As with every common reader of JSON."""
    request = window["POST /store/inventory/set"]
    body = msgspec.json.encode(request.body)[:-1] + b',"quantity":"x"}'
    answer = await window.company["admin"].post(request.path, body)
    assert refused(answer, 422, "INVALID_VALUE")["pointer"] == "/quantity"


@pytest.mark.parametrize("query", ["a~/b=1&a~/b=2", "a~/b=%00"])
async def test_a_pointer_escapes_the_name_that_it_points_at(window: Window, query: str) -> None:
    """As RFC 6901 has it, or it would point elsewhere."""
    answer = await window.company["admin"].get(f"/parts?{query}")
    assert refused(answer, 422, "INVALID_VALUE")["pointer"] == "/a~0~1b"


async def test_a_path_knows_its_methods(window: Window) -> None:
    """And tells them to who asks with another one."""
    answer = await window.company["admin"].send("PATCH", "/store/inventory/set", {})
    refused(answer, 405, "METHOD_NOT_ALLOWED")
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize("path", ["/nothing", "/parts/x/y/z", "/%2e%2e/parts", "/%00"])
async def test_an_unknown_path_is_a_problem_like_any_other(window: Window, path: str) -> None:
    """With a code."""
    refused(await window.company["admin"].post(path, {}), 404, "NOT_FOUND")
