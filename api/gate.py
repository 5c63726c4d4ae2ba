"""What every request passes and every answer carries, whoever answers: hosts, security headers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, cast

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from adapters.configuration import Configuration
from api.endpoint import Reply, refusal, send_reply
from domain.base import Forbidden, Refused

HEADERS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
"""On every answer that does not say otherwise itself."""
TLS_ONLY = (b"strict-transport-security", b"max-age=31536000")
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]/@\s]+)(?::[0-9]{1,5})?")


class BadHost(Refused, code="BAD_HOST"):
    """The Host header names another server; TALLYBOOK_ALLOWED_HOSTS lists the names of this one."""


class CrossOrigin(Forbidden, code="CROSS_ORIGIN"):
    """No page of another site may use this API."""


def gated(app: ASGIApp, configuration: Configuration) -> ASGIApp:
    """The application behind its gate; of trusted proxies it believes who is asking, and how."""
    gate = Gate(app, configuration.hosts)
    if not configuration.proxies:
        return gate
    return cast("ASGIApp", ProxyHeadersMiddleware(cast("Any", gate), configuration.proxies))


class Gate:
    """The outermost application."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        """`hosts` are the names that this server goes by, without ports."""
        self.app, self._hosts = app, frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        wanted = (*HEADERS, TLS_ONLY) if scope["scheme"] == "https" else HEADERS

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = {name.lower() for name, _ in message["headers"]}
                added = [header for header in wanted if header[0] not in said]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        if refused := self._refused(scope):
            await send_reply(refused, guarded)
        else:
            await self.app(scope, receive, guarded)

    def _refused(self, scope: Scope) -> Reply | None:
        named = [value for name, value in scope["headers"] if name == b"host"]
        found = HOST.fullmatch(named[0].decode("latin-1").lower()) if len(named) == 1 else None
        if found is None or found[1] not in self._hosts:
            return refusal(BadHost())
        if any(name == b"access-control-request-method" for name, _ in scope["headers"]):
            return refusal(CrossOrigin())
        return None
