"""The two generic endpoints, commands and queries: every route row passes through here."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec
from litestar.types import Receive, Scope, Send
from uuid_utils.compat import uuid7

from api import as_of, http, position
from api.commands import Answer
from api.credentials import Credentials, Headers
from api.door import Principal
from api.problems import problem
from api.routes.route import Route
from api.table import csv
from domain.base import Context, Forbidden, NotFound, Refused
from domain.permissions import Permission
from projections.queries.base import Page

Handler = Callable[["Request"], Awaitable["Reply"]]
OTHER = "other"


class NotPermitted(Forbidden, code="FORBIDDEN"):
    """Your roles do not allow this."""


class MethodNotAllowed(Refused, code="METHOD_NOT_ALLOWED"):
    """This path does not know that method."""


class Reply(msgspec.Struct, frozen=True):
    """What goes back: status, body, and headers beyond the content type."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    content_type: bytes = b"application/json"


class Request(msgspec.Struct, frozen=True):
    """One authenticated and permitted request to one route."""

    route: Route
    scope: Scope
    headers: Headers
    body: bytes
    path: dict[str, Any]
    context: Context


class Door(Protocol):
    """Lets callers in."""

    async def authenticate(self, access_token: str, now: datetime) -> Principal:
        """Who it is; raises Unauthenticated."""
        ...

    async def names(self, organization: UUID, ids: list[UUID]) -> dict[UUID, str]:
        """What members are called."""
        ...


class Guard(Protocol):
    """Notes what concerns security."""

    async def refused(self, principal: Principal, permission: Permission, now: datetime) -> None:
        """A member asked for what his roles do not allow."""
        ...


class Observer(Protocol):
    """Counts requests."""

    def answered(self, path: str, method: str, status: int, seconds: float) -> None:
        """One request was answered."""
        ...


class Entrance(msgspec.Struct, frozen=True):
    """What all endpoints share."""

    door: Door
    guard: Guard
    credentials: Credentials
    clock: Callable[[], datetime]
    observer: Observer


class Endpoint:
    """All routes of one path, as an ASGI application."""

    def __init__(self, routes: Mapping[str, tuple[Route, Handler]], entrance: Entrance) -> None:
        """`routes` are by method."""
        self._routes, self._entrance = routes, entrance
        self._allowed = ", ".join(sorted(routes)).encode()
        self.path = next(iter(routes.values()))[0].path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, whatever happens."""
        started = time.perf_counter()
        method = str(scope["method"])  # type: ignore[typeddict-item]  # only HTTP comes here
        reply = await self._reply(scope, receive, method)
        await send_reply(reply, send)
        seconds = time.perf_counter() - started
        counted = method if method in self._routes else OTHER  # a client may send any word
        self._entrance.observer.answered(self.path, counted, reply.status, seconds)

    async def _reply(self, scope: Scope, receive: Receive, method: str) -> Reply:
        found = self._routes.get(method)
        if found is None:
            refused = refusal(MethodNotAllowed())
            return msgspec.structs.replace(refused, headers=((b"allow", self._allowed),))
        principal: Principal | None = None
        headers = dict(scope["headers"])
        try:
            principal = await self._caller(method, headers)
            request = await self._request(found[0], scope, receive, headers, principal)
            return await found[1](request)
        except Exception as error:  # noqa: BLE001 - every error has its problem detail
            if principal is not None:
                await self._name(error, principal.organization)
            return refusal(error)

    async def _caller(self, method: str, headers: Headers) -> Principal:
        enter, now = self._entrance.door.authenticate, self._entrance.clock()
        return await self._entrance.credentials.caller(enter, method, headers, now)

    async def _request(
        self, route: Route, scope: Scope, receive: Receive, headers: Headers, principal: Principal
    ) -> Request:
        assert route.permission is not None  # noqa: S101 - every row of this endpoint has one
        if route.permission not in principal.permissions:
            await self._entrance.guard.refused(principal, route.permission, self._entrance.clock())
            raise NotPermitted(permission=str(route.permission))
        context = Context(
            organization=principal.organization,
            actor=principal.member,
            now=self._entrance.clock(),
            fresh=uuid7(),
            permissions=principal.permissions,
            settings=principal.settings,
            warehouses=principal.warehouses,
            roles=principal.roles,
            session=principal.session,
            organization_name=principal.organization_name,
            organization_type=principal.organization_type,
        )
        given: Mapping[str, Any] = scope["path_params"]
        path = {name: http.path_value(t, str(given[name])) for name, t in route.parameters.items()}
        sent = b"" if route.kind == "query" else await http.body(receive)
        return Request(route, scope, headers, sent, path, context)

    async def _name(self, error: Exception, organization: UUID) -> None:
        """A refusal knows people by id; the message says their name."""
        by = error.facts.get("by") if isinstance(error, Refused) else None
        if isinstance(error, Refused) and isinstance(by, UUID):
            names = await self._entrance.door.names(organization, [by])
            error.detail = error.detail.replace("{by}", names.get(by, "somebody else"))


class Execute(Protocol):
    """Runs the command of a row."""

    async def __call__(
        self, request: Request, command: Any, key: tuple[str, bytes] | None, expected: int | None
    ) -> Answer:
        """The answer, once it is in the log."""
        ...


def command(route: Route, execute: Execute, epoch: Callable[[], int]) -> Handler:
    """Decodes the body into the command, runs it, answers with the view; `epoch` is the log's."""
    decoder = msgspec.json.Decoder(route.request, dec_hook=http.decode_hook, float_hook=http.number)

    async def handle(request: Request) -> Reply:
        if request.body:
            http.must_be_json(request.headers)
        asked = http.decode(decoder, request.body or b"{}")
        what = " ".join((route.method, route.path, *map(str, request.path.values())))
        key = http.idempotency_key(request.headers, what, request.body)
        answer = await execute(request, asked, key, http.expected_version(request.headers))
        headers = (
            (b"etag", f'"{answer.version}"'.encode()),
            (b"tallybook-position", position.encode(epoch(), answer.position).encode()),
        )
        return Reply(answer.status or route.status, http.encode(answer.view), headers)

    return handle


class Found(msgspec.Struct, frozen=True):
    """A query's answer, what it knows of, and the moment if one was asked for."""

    answer: Any
    epoch: int
    position: int
    as_of: datetime | None = None


class Ask(Protocol):
    """Runs the query of a row."""

    async def __call__(self, request: Request, query: Any, seen: str | None) -> Found:
        """The answer; unless an earlier moment is asked for it knows of what was seen."""
        ...


def query(route: Route, ask: Ask) -> Handler:
    """Decodes the query string, waits for the position that the client has seen, answers."""
    assert route.request is not None  # noqa: S101 - every query has its struct
    kind, many = route.request, http.repeatable(route.request)

    async def handle(request: Request) -> Reply:
        asked = http.query(bytes(request.scope["query_string"]), kind, many)
        seen = request.headers.get(b"tallybook-position")
        found = await ask(request, asked, seen.decode("latin-1") if seen else None)
        answer = found.answer
        at = position.encode(found.epoch, found.position)
        headers = [(b"tallybook-position", at.encode())]
        if found.as_of is not None:
            headers.append((as_of.HEADER.lower().encode(), as_of.encode(found.as_of).encode()))
        if isinstance(version := getattr(answer, "version", None), int):
            headers.append((b"etag", f'"{version}"'.encode()))
        if b"text/csv" in request.headers.get(b"accept", b"") and isinstance(answer, Page):
            return Reply(200, csv(answer.items), tuple(headers), b"text/csv; charset=utf-8")
        return Reply(200, http.encode(answer), tuple(headers))

    return handle


def unknown_path() -> Reply:
    """What a path answers that no route has."""
    return refusal(NotFound("There is no such path."))


async def send_reply(reply: Reply, send: Send) -> None:
    """Puts a reply on the wire."""
    headers = [(b"content-type", reply.content_type), *reply.headers]
    headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body, "more_body": False})


def refusal(error: Exception) -> Reply:
    """The reply to whatever went wrong."""
    status, headers, body = problem(error)
    rest = {name.lower(): value for name, value in headers.items()}
    content_type = rest.pop("content-type", "application/problem+json").encode()
    encoded = tuple((name.encode(), value.encode()) for name, value in rest.items())
    return Reply(status, body, encoded, content_type)
