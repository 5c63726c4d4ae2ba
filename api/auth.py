"""Logging in and out, and the token of every other request (domain.md 11)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler

from adapters.log_in_sessions import Tokens
from api import http
from api.credentials import Credentials, refuse_other_sites
from api.door import Door
from api.log_ins import LogIns
from api.problems import Malformed
from api.routes.route import PREFIX, door

FORM = "application/x-www-form-urlencoded"
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=320, pattern="^[^\\x00]*$")]
S = TypeVar("S", bound=msgspec.Struct)
Asked = Request[None, None, Any]


class LogIn(msgspec.Struct, frozen=True):
    """A username and its password, also in the form of OAuth 2 (RFC 6749, 4.3).

    With `cookie` the answer is 204 and the tokens are in cookies that no script can read. A request
    that changes something by them has in the header X-CSRF-Token what the cookie
    __Host-tallybook-csrf says.
    """

    username: Text
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    cookie: bool = False


class Refresh(msgspec.Struct, frozen=True):
    """The newest refresh token of the session; without one here, the cookie's.

    Then it needs X-CSRF-Token, and the new tokens are in cookies again.
    """

    refresh_token: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)] | None = None


TOKEN = PREFIX + "/auth/token"
REFRESH = PREFIX + "/auth/refresh"
LOGOUT = PREFIX + "/auth/logout"
ROUTES = (
    door(
        "POST", TOKEN, "Log in", request=LogIn, answer=Tokens, form=True, limited=True, cookies=True
    ),
    door(
        "POST",
        REFRESH,
        "Replace the tokens",
        request=Refresh,
        answer=Tokens,
        form=True,
        cookies=True,
    ),
    door("POST", LOGOUT, "End this session", status=204, public=False),
)


def auth(
    door: Door, log_ins: LogIns, credentials: Credentials, clock: Callable[[], datetime]
) -> list[HTTPRouteHandler]:
    """The handlers of the rows above."""

    @post(TOKEN, status_code=200, include_in_schema=False)
    async def log_in(request: Asked) -> Response[bytes] | Response[None]:
        asked = await _read(request, LogIn)
        if asked.cookie:
            refuse_other_sites(_headers(request))  # who would log people in as himself
        address, now = request.client.host if request.client else "", clock()
        agent = request.headers.get("user-agent")
        tokens = await log_ins.log_in(asked.username, asked.password, address, now, agent)
        return credentials.set_cookies(tokens, now) if asked.cookie else _answer(tokens)

    @post(REFRESH, status_code=200, include_in_schema=False)
    async def refresh(request: Asked) -> Response[bytes] | Response[None]:
        asked, now = await _read(request, Refresh, empty=b"{}"), clock()
        if asked.refresh_token is not None:
            return _answer(await log_ins.refresh(asked.refresh_token, now))
        token = credentials.refreshing(_headers(request), now)
        return credentials.set_cookies(await log_ins.refresh(token, now), now)

    @post(LOGOUT, status_code=204, include_in_schema=False)
    async def log_out(request: Asked) -> Response[None]:
        headers, now = _headers(request), clock()
        principal = await credentials.caller(door.authenticate, "POST", headers, now)
        await log_ins.log_out(principal, now)
        return credentials.clear_cookies()

    return [log_in, refresh, log_out]


def _headers(request: Asked) -> dict[bytes, bytes]:
    return dict(request.scope["headers"])


async def _read(request: Asked, kind: type[S], empty: bytes = b"") -> S:
    """The body, a form or JSON."""
    body = await http.body(request.receive, http.LARGEST_FORM_BYTES) or empty
    if not request.headers.get("content-type", "").startswith(FORM):
        return http.decode(msgspec.json.Decoder(kind), body)
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20))
    except ValueError:
        raise Malformed from None
    return msgspec.convert(fields, kind, strict=False)


def _answer(tokens: Tokens) -> Response[bytes]:
    return Response(msgspec.json.encode(tokens), media_type="application/json")
