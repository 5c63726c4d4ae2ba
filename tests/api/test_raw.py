"""Bytes on the wire that no client library would send, to a real HTTP server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import msgspec
import pytest
import uvicorn

from api import wire
from api.wire import LARGEST_HEAD_BYTES, served
from tests.api.window import Window
from tests.system import System

GOOD = (
    b"POST /api/v1/store/inventory/set HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer %s\r\n"
)


@pytest.fixture(scope="session")
async def port(system: System) -> AsyncIterator[int]:
    """Where the API listens."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(served(system.app))
        serving = asyncio.ensure_future(server.serve([listening]))
        yield int(listening.getsockname()[1])
        server.should_exit = True
        await serving


async def status(port: int, sent: bytes, *, hang_up: bool = False) -> int:
    """The status that the bytes are answered with; 0 where the server just hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    if hang_up:
        writer.close()
        return 0
    async with asyncio.timeout(20):
        line = await reader.readline()
    writer.close()
    return int(line.split()[1]) if line else 0


LINES = [
    (b"GET /api/v1/parts/%FF HTTP/1.1", {401}),
    (b"GET /api/v1/parts/%ZZ HTTP/1.1", {401}),
    (b"GET /api/v1/parts/%00 HTTP/1.1", {401}),
    (b"GET /api/v1/parts/\xff\xfe HTTP/1.1", {400, 401}),
    (b"GET /api/v1/../../etc/passwd HTTP/1.1", {404}),
    (b"GET /docs/..%2f..%2fapi%2fapp.py HTTP/1.1", {404}),
    (b"GET /docs/%00 HTTP/1.1", {404}),
    (b"GET http://elsewhere/api/v1/parts HTTP/1.1", {400, 401, 404}),
    (b"GET /api/v1/parts\x00 HTTP/1.1", {400}),
    (b"GET /api/v1/" + b"a/" * 20_000 + b" HTTP/1.1", {400, 404, 414}),
    (b"BREW /api/v1/parts HTTP/1.1", {400, 405}),
    (b"TRACE /api/v1/parts HTTP/1.1", {400, 405}),
    (b"nonsense", {400}),
]


@pytest.mark.parametrize(("line", "expected"), LINES)
async def test_a_strange_request_line_is_refused(
    port: int, line: bytes, expected: set[int]
) -> None:
    """By the server or by us, and never with an error of ours."""
    assert await status(port, line + b"\r\nhost: localhost\r\n\r\n") in expected


HEADERS = [
    (b"authorization: Bearer \xff\xfe", {401}),
    (b"authorization: Bearer a\x00b", {400}),
    (b"authorization: Bearer x\r\nauthorization: Bearer y", {400, 401}),
    (b"authorization: Bearer " + b"x" * 100_000, {400, 401, 431}),
    (b"tallybook-position: \xff", {401, 422}),
]


@pytest.mark.parametrize(("header", "expected"), HEADERS)
async def test_a_strange_header_is_refused(port: int, header: bytes, expected: set[int]) -> None:
    """Whatever bytes it is made of."""
    start = b"GET /api/v1/users/me HTTP/1.1\r\nhost: localhost\r\n"
    assert await status(port, start + header + b"\r\n\r\n") in expected


async def test_a_body_that_never_ends_does_nothing(
    port: int, window: Window, system: System
) -> None:
    """Shorter than it said, or cut after a chunk: the client has gone, and nothing is done."""
    request = window["POST /store/inventory/set"]
    start = GOOD % window.company["admin"].token.encode()
    body = msgspec.json.encode(request.body)
    before = await system.events(window.company)
    short = start + b"content-length: %d\r\n\r\n" % (len(body) + 1) + body
    chunk = start + b"transfer-encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(body), body)
    for sent in (short, chunk):
        assert await status(port, sent, hang_up=True) == 0
    wrong = start + b"transfer-encoding: chunked\r\n\r\nzz\r\n" + body
    assert await status(port, wrong) in {0, 400}
    both = start + b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
    assert await status(port, both) in {400, 422}
    assert await system.events(window.company) == before


async def test_a_body_is_refused_before_all_of_it_is_sent(port: int, window: Window) -> None:
    """Of a gigabyte announced, five megabytes are enough."""
    start = GOOD % window.company["admin"].token.encode()
    sent = start + b"content-length: 1000000000\r\n\r\n" + b" " * 5_000_000
    assert await status(port, sent) == 413


START = b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n"
LARGE = [
    (START + b"x: " + b"y" * 1024 * 1024 + b"\r\n\r\n", 431),
    (START + b"x: y\r\n" * 200_000 + b"\r\n", 431),
    (b"GET /" + b"y" * 1024 * 1024 + b" HTTP/1.1\r\nhost: localhost\r\n\r\n", 431),
    (START + b"y" * 1024 * 1024, 431),
    (START + b"x: " + b"y" * (LARGEST_HEAD_BYTES // 2) + b"\r\n\r\n", 200),
]


@pytest.mark.parametrize(("sent", "expected"), LARGE)
async def test_a_head_without_end_is_refused(port: int, sent: bytes, expected: int) -> None:
    """However it is filled; it is not kept until memory is full."""
    assert await status(port, sent) == expected


async def test_a_head_that_never_comes_is_given_up(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the first of a connection nor a later one; what is asked in time is answered."""
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.1)
    monkeypatch.setattr(wire, "LINGER_SECONDS", 0.0)
    for begun in (b"", b"GET / HT", START):
        assert await status(port, begun) == 408
    monkeypatch.setattr(wire, "HEAD_SECONDS", 1.0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(START + b"\r\n" + START)
    async with asyncio.timeout(20):
        answered = await reader.read()
    assert answered.count(b"HTTP/1.1 200 OK") == 1
    assert answered.endswith(b"HTTP/1.1 408 Request Timeout" + CLOSED)
    writer.close()


CLOSED = b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


async def test_what_follows_a_body_is_bounded_too(port: int) -> None:
    """Trailers are kept until they end: some are read, and then the connection is closed."""
    start = b"POST /api/v1/auth/token HTTP/1.1\r\nhost: localhost\r\n"
    body = start + b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
    assert await status(port, body + b"x: y\r\n\r\n") == 422
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(body + b"x: ")
    with pytest.raises(ConnectionError):  # noqa: PT012 - which of the writes it is, is chance
        for _ in range(1_000):
            writer.write(b"y" * 64 * 1024)
            await writer.drain()
    writer.close()
