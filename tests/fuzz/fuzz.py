"""Sends what schemathesis generates as everybody, and holds every answer against the document."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from zlib import crc32

import hypothesis
import msgspec
import requests
from hypothesis import HealthCheck, Phase, given, settings

from api.app import openapi
from tests.fuzz.callers import BASE_URL, WHO, Callers
from tests.fuzz.cases import Drawn, drawn, loaded, mixed
from tests.fuzz.checks import Finding, wrong
from tests.fuzz.grounds import Grounds, Known
from tests.system import System


class Fuzz:
    """Everything that was asked of two organizations, by people of one of them."""

    def __init__(self, system: System, grounds: Grounds) -> None:
        self.grounds, self._callers = grounds, Callers(system, grounds)
        document = msgspec.json.decode(openapi())
        schema = loaded(document, grounds.ids)
        self.documented = {
            f"{method.upper()} {path}": {int(status) for status in operation["responses"]}
            for path, item in document["paths"].items()
            for method, operation in item.items()
        }
        """Every operation's statuses."""
        self.operations = [found.ok() for found in schema.get_all_operations()]
        self.sent: Counter[tuple[str, str, int]] = Counter()
        """By operation, who asked, and status."""
        self.findings: dict[tuple[str, str, int], Finding] = {}
        """The first of each operation, check and status."""
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def of(cls, system: System) -> Fuzz:
        """In two fresh organizations."""
        return cls(system, await Grounds.of(system))

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
        case = mixed(request, await self._known(request))
        wire = requests.Request(**case.as_transport_kwargs(base_url=BASE_URL)).prepare()
        first = request.turn % len(WHO)
        for who in (*WHO[first:], *WHO[:first]):
            answer = await self._callers.send(who, wire, by_cookie=request.by_cookie)
            self.sent[label, who, answer.status_code] += 1
            for check, explained in wrong(case, wire, answer, self.grounds.foreign_ids):
                key = (label, check, answer.status_code)
                self.findings.setdefault(key, Finding(*key, who, explained))
            if answer.is_success and request.base == "own":
                self.grounds.spend(label)

    async def _known(self, request: Drawn) -> Known | None:
        label = request.case.operation.label
        if request.base == "own":
            return await self.grounds.own_request(label)
        return self.grounds.foreign_request(label) if request.base == "foreign" else None
