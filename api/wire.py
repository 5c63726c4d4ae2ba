"""HTTP on the wire: uvicorn, with the bounds that it sets on no request's head."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import uvicorn
from litestar.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

LARGEST_HEAD_BYTES = 64 * 1024
"""Of a request line with its headers; what came at once before it was noticed may be more."""
HEAD_SECONDS = 10.0
LINGER_SECONDS = 2.0
"""So long a refused client is still listened to: a reset would take the answer from him."""


class Bounded(HttpToolsProtocol):
    """A connection whose requests' heads are neither endless nor for ever on their way."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in the base
        """The first head is awaited from now on."""
        super().connection_made(transport)
        self._head_bytes, self._in_head, self._refused = 0, True, False
        self._due: asyncio.TimerHandle | None = None
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parses it; a head that is still not complete counts."""
        if self._refused:
            return
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            return
        self._head_bytes += len(data)
        if self._head_bytes > LARGEST_HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._due is None:
            self._wait()

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._head_bytes, self._in_head = 0, True

    def on_headers_complete(self) -> None:
        """A head is complete."""
        self._in_head = False
        self._wait_no_more()
        super().on_headers_complete()

    def on_chunk_header(self) -> None:
        """What follows may be trailers, which the parser keeps as it does a head."""
        self._head_bytes, self._in_head = 0, True

    def on_body(self, body: bytes) -> None:
        """It was a part of the body."""
        self._in_head = False
        self._wait_no_more()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Nothing is awaited until the next one begins."""
        self._in_head = False
        self._wait_no_more()
        super().on_message_complete()

    def _wait(self) -> None:
        self._due = self.loop.call_later(HEAD_SECONDS, self._refuse, HTTPStatus.REQUEST_TIMEOUT)

    def _wait_no_more(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _refuse(self, status: HTTPStatus) -> None:
        self._wait_no_more()
        self._refused = True
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            self.transport.close()  # an answer to an earlier request is on its way
            return
        line = f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        self.transport.write(f"{line}connection: close\r\ncontent-length: 0\r\n\r\n".encode())
        self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)


def served(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> uvicorn.Config:
    """How the application is served."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=Bounded,
        ws="none",  # one would need the gate's checks, and Origin's, first
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,  # the gate heeds them, of those that are trusted
        server_header=False,
        backlog=2048,
        timeout_graceful_shutdown=5,
    )
