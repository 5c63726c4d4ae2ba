"""Logging in and out, and the token of every other request (domain.md 11)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler

from adapters.identity import Identity, Tokens
from adapters.tokens import Unauthenticated
from api import http
from api.log_ins import LogIns
from api.problems import Malformed
from api.routes.route import PREFIX, door

FORM = "application/x-www-form-urlencoded"
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=320, pattern="^[^\\x00]*$")]
S = TypeVar("S", bound=msgspec.Struct)


class LogIn(msgspec.Struct, frozen=True):
    """A username and its password, also in the form of OAuth 2 (RFC 6749, 4.3)."""

    username: Text
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class Refresh(msgspec.Struct, frozen=True):
    """The newest refresh token of the session."""

    refresh_token: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


TOKEN = PREFIX + "/auth/token"
REFRESH = PREFIX + "/auth/refresh"
LOGOUT = PREFIX + "/auth/logout"
ROUTES = (
    door("POST", TOKEN, "Log in", request=LogIn, answer=Tokens, form=True, limited=True),
    door("POST", REFRESH, "Replace the tokens", request=Refresh, answer=Tokens, form=True),
    door("POST", LOGOUT, "End this session", status=204, public=False),
)


def bearer(authorization: str | None) -> str:
    """The token in an Authorization header; raises Unauthenticated."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated
    return token.strip()


def auth(
    identity: Identity, log_ins: LogIns, clock: Callable[[], datetime]
) -> list[HTTPRouteHandler]:
    """The handlers of the rows above."""

    @post(TOKEN, status_code=200, include_in_schema=False)
    async def log_in(request: Request[None, None, Any]) -> Response[bytes]:
        asked = await _read(request, LogIn)
        address = request.client.host if request.client else ""
        tokens = await log_ins.log_in(asked.username, asked.password, address, clock())
        return _answer(tokens)

    @post(REFRESH, status_code=200, include_in_schema=False)
    async def refresh(request: Request[None, None, Any]) -> Response[bytes]:
        asked = await _read(request, Refresh)
        return _answer(await log_ins.refresh(asked.refresh_token, clock()))

    @post(LOGOUT, status_code=204, include_in_schema=False)
    async def log_out(request: Request[None, None, Any]) -> None:
        token = bearer(request.headers.get("authorization"))
        principal = await identity.authenticate(token, clock())
        await log_ins.log_out(principal, clock())

    return [log_in, refresh, log_out]


async def _read(request: Request[None, None, Any], kind: type[S]) -> S:
    """The body, a form or JSON."""
    body = await request.body()
    if not request.headers.get("content-type", "").startswith(FORM):
        return http.decode(msgspec.json.Decoder(kind), body)
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20))
    except ValueError:
        raise Malformed from None
    return msgspec.convert(fields, kind)


def _answer(tokens: Tokens) -> Response[bytes]:
    return Response(msgspec.json.encode(tokens), media_type="application/json")
