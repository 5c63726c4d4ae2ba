"""A load generator for HTTP/1.1: so many kept connections, each waiting for its answer.

It parses no more than it must, so that it is never the slower end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import cast

LENGTH = b"content-length: "
OK = (b"200", b"201")
BUSY = b"503"
"""Not counted; the next request follows as after any answer."""


class Refused(Exception):
    """An answer was no success; its beginning is the message."""


class Caller(asyncio.Protocol):
    """One connection: sends the next request as soon as the last one is answered."""

    def __init__(self, request: Callable[[], bytes], deadline: float) -> None:
        """`request` makes the next one, as bytes; `deadline` is in perf_counter's time."""
        self._request, self._deadline = request, deadline
        self._received = b""
        self._transport: asyncio.Transport
        self.answered = 0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Sends the first request."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is no subclass
        self._transport.write(self._request())

    def data_received(self, data: bytes) -> None:
        """Goes on when the answer is complete."""
        received = self._received = self._received + data if self._received else data
        end = received.find(b"\r\n\r\n")
        if end < 0:
            return
        at = received.lower().find(LENGTH, 0, end + 4)
        length = int(received[at + len(LENGTH) : received.find(b"\r", at)])
        if len(received) < end + 4 + length:
            return
        status, self._received = received[9:12], b""
        if status != BUSY and status not in OK:
            self._end(Refused(received.decode(errors="replace")[:1_000]))
            return
        self.answered += status in OK
        if time.perf_counter() < self._deadline:
            self._transport.write(self._request())
        else:
            self._end(None)

    def connection_lost(self, error: Exception | None) -> None:
        """The server hung up."""
        if not self.ended.done():
            self.ended.set_exception(error or ConnectionResetError())

    def _end(self, error: Exception | None) -> None:
        if error:
            self.ended.set_exception(error)
        else:
            self.ended.set_result(None)
        self._transport.close()


async def rate(port: int, request: Callable[[], bytes], connections: int, seconds: float) -> float:
    """Answers per second; raises Refused for one that is no success."""
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    opened = [
        await loop.create_connection(lambda: Caller(request, started + seconds), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(caller.ended for _, caller in opened))
    return sum(caller.answered for _, caller in opened) / (time.perf_counter() - started)


def request(method: str, path: str, token: str, body: bytes = b"", more: str = "") -> bytes:
    """A request in bytes; `more` holds further header lines, each with its line end."""
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{more}"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n".encode() + body
