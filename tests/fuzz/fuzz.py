"""Sends what schemathesis generates as everybody, and holds every answer against the document."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, cast
from zlib import crc32

import httpx
import hypothesis
import msgspec
import requests
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, CheckContext, Response
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import openapi
from api.routes.route import PREFIX
from tests.api.conftest import PEOPLE, Window
from tests.api.questions import QUERIES, question
from tests.api.specimens import COMMANDS, SPECIMENS
from tests.fuzz.cases import Drawn, Known, drawn, loaded, mixed, path_parameters
from tests.system import PASSWORD, System

ANONYMOUS = "anonymous"
SACRIFICED = "counter3"
"""Whom generated log-ins may lock out."""
WHO = (ANONYMOUS, *(name for name in PEOPLE if name not in {"counter2", SACRIFICED}))
"""One of each role."""
BASE_URL = "http://testserver"
ILL_FORMED = frozenset({"MALFORMED", "INVALID_VALUE", "BAD_HEADER"})
"""Codes that say that a value is none of its type."""


def accepted_if_well_formed(ctx: CheckContext, response: Response, case: Case[Any]) -> bool | None:
    """What the document allows may be refused by a rule, never for its form."""
    if case.meta and case.meta.generation.mode.is_positive and response.status_code in {400, 422}:
        problem = response.json()
        assert problem["code"] not in ILL_FORMED, f"{problem['code']}: {problem['detail']}"
    return None


CHECKS: list[Callable[[CheckContext, Response, Case[Any]], bool | None]] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    accepted_if_well_formed,
]


class Finding(msgspec.Struct, frozen=True):
    """An answer that the document does not foresee."""

    operation: str
    check: str
    status: int
    who: str
    explained: str

    def __str__(self) -> str:
        return f"{self.operation} as {self.who}: {self.explained}"


class Fuzz:
    """One organization and another one, and everything that was asked of them."""

    def __init__(self, system: System, own: Window, foreign: Window) -> None:
        self._system, self._windows = system, {"own": own, "foreign": foreign}
        transport = httpx.ASGITransport(app=system.app)  # type: ignore[arg-type]  # Litestar's types
        self._http = httpx.AsyncClient(transport=transport, base_url=BASE_URL)
        schema = loaded(msgspec.json.decode(openapi()), [*_ids(own), *_ids(foreign)])
        self.operations = [found.ok() for found in schema.get_all_operations()]
        self.sent: Counter[tuple[str, str, int]] = Counter()
        """By operation, who asked, and status."""
        self.findings: dict[tuple[str, str, int], Finding] = {}
        self._spent: set[tuple[str, str]] = set()
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def of(cls, system: System) -> Fuzz:
        """With two organizations that are nobody else's."""
        return cls(system, await _window(system), await _window(system))

    async def explore(self, operation: Any, cases: int, seed: int) -> None:
        """Sends so many requests to an operation, each as everybody."""
        await asyncio.to_thread(self._explore, operation, cases, seed)

    def _explore(self, operation: Any, cases: int, seed: int) -> None:
        """In a thread, as hypothesis calls no coroutines; the requests are sent by the loop."""

        @hypothesis.seed(crc32(f"{seed} {operation.label}".encode()))
        @settings(
            max_examples=cases,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(drawn(operation))
        def one(request: Drawn) -> None:
            asyncio.run_coroutine_threadsafe(self._as_everybody(request), self._loop).result()

        one()

    async def _as_everybody(self, request: Drawn) -> None:
        label = request.case.operation.label
        case = mixed(request, await self._known(label, request.base))
        kwargs = case.as_transport_kwargs(base_url=BASE_URL)
        wire = requests.Request(**kwargs).prepare()
        first = request.turn % len(WHO)
        for who in (*WHO[first:], *WHO[:first]):
            answer = await self._send(who, wire)
            self.sent[label, who, answer.status_code] += 1
            self._judge(case, wire, who, answer)
            if answer.is_success and request.base != "none":
                self._spent.add((request.base, _row(label)))

    async def _known(self, label: str, base: str) -> Known | None:
        """A request that would be accepted, made anew when the last one was."""
        if base == "none":
            return None
        window, row = self._windows[base], _row(label)
        template = label.partition(" ")[2]
        if row in QUERIES:
            return Known(path_parameters(template, PREFIX + question(window, row)), None)
        if row in COMMANDS:
            if (base, row) in self._spent:
                window[row] = await SPECIMENS[row](window.shop)
                self._spent.remove((base, row))
            request = window[row]
            return Known(path_parameters(template, PREFIX + request.path), request.body)
        return Known({}, await self._door(row, window))

    async def _door(self, row: str, window: Window) -> dict[str, Any]:
        """What opens a door, of somebody who may be locked out."""
        log_in = {"username": f"{SACRIFICED}@{window.company.name}", "password": PASSWORD}
        if row != "POST /auth/refresh":
            return log_in
        answer = await self._system.anonymous.post("/auth/token", log_in)
        return {"refresh_token": answer.json().get("refresh_token", "")}

    async def _send(self, who: str, wire: requests.PreparedRequest) -> httpx.Response:
        """Sends it; whoever is not let in any more logs in again."""
        answer = await self._ask(who, wire)
        if answer.status_code == 401 and who != ANONYMOUS:
            await self._let_in(who)
            answer = await self._ask(who, wire)
        return answer

    async def _ask(self, who: str, wire: requests.PreparedRequest) -> httpx.Response:
        headers = [(name.encode(), _raw(value)) for name, value in wire.headers.items()]
        if who != ANONYMOUS:
            token = self._windows["own"].company[who].token
            headers.append((b"authorization", f"Bearer {token}".encode()))
        body = cast("str | bytes | None", wire.body)  # never a file
        answer = await self._http.request(
            str(wire.method), str(wire.url), headers=headers, content=body
        )
        self._http.cookies.clear()  # whoever logs in by cookie does not stay
        return answer

    async def _let_in(self, who: str) -> None:
        """Logs in again, after a lockout too; where nothing helps, all goes on elsewhere."""
        if not await self._log_in(who):
            await self._log_in("admin")
            company = self._windows["own"].company
            await company["admin"].post(f"/users/{company[who].member}/unlock", {})
            if not await self._log_in(who):
                self._windows["own"] = await _window(self._system)

    async def _log_in(self, who: str) -> bool:
        company = self._windows["own"].company
        body = {"username": f"{who}@{company.name}", "password": PASSWORD}
        answer = await self._system.anonymous.post("/auth/token", body)
        if answer.is_success:
            company[who].token = answer.json()["access_token"]
        return answer.is_success

    def _judge(
        self, case: Case[Any], wire: requests.PreparedRequest, who: str, answer: httpx.Response
    ) -> None:
        response = Response(
            status_code=answer.status_code,
            headers={name: answer.headers.get_list(name) for name in answer.headers},
            content=answer.content,
            request=wire,
            elapsed=0.0,
            verify=False,
        )
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as group:
            for failure in group.exceptions:
                name = getattr(failure, "title", str(failure))
                key = (case.operation.label, name, answer.status_code)
                self.findings.setdefault(key, Finding(*key, who, str(group)))


async def _window(system: System) -> Window:
    return await Window.of(await system.company(PEOPLE))


def _row(label: str) -> str:
    return label.replace(PREFIX, "")


def _raw(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1", "replace")


def _ids(window: Window) -> Iterator[str]:
    """Ids of the organization: its people, its main warehouse, what its requests are about."""
    yield from (str(client.member) for client in window.company.people.values())
    yield str(window.company.warehouse)
    for request in window.values():
        yield from (value for value in request.body.values() if _is_id(value))


def _is_id(value: object) -> bool:
    return isinstance(value, str) and len(value) == 36 and value.count("-") == 4
