"""A client that never gives up: what was not answered it sends again, with the same key."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import msgspec

from tests.system import Client, Company

PAUSE_SECONDS = 0.02
BUSY = 503


class Sent(msgspec.Struct, frozen=True):
    """A command with its key, and the answer that it got in the end."""

    path: str
    body: dict[str, Any]
    key: str
    answer: httpx.Response


class Caller:
    """One client; `token` is in what it does, so that the log can be searched for it."""

    def __init__(self, company: Company, shared: dict[str, Any], number: int, seed: int) -> None:
        self._client, self._company, self._shared = company["admin"], company, shared
        self._name, self._chance = f"C{number}", random.Random(f"{seed}/{number}")  # noqa: S311 - a test's dice
        self.sent: list[Sent] = []
        self.adjusted: list[str] = []
        self.moved: list[str] = []
        self.started: list[UUID] = []
        self.unanswered = 0

    async def work(self, over: Callable[[], bool]) -> None:
        """Sends one command after the other until it is over."""
        while not over():
            token = f"{self._name}-{len(self.sent)}"
            await self._chance.choices((self._adjust, self._move, self._start), (5, 4, 2))[0](token)

    async def again(self, sent: Sent) -> httpx.Response:
        """The same request once more."""
        return await deliver(self._client, sent.path, sent.body, sent.key, lambda: None)

    async def _adjust(self, token: str) -> None:
        await self._done(
            "/store/inventory/adjust", {**self._shared, "quantity": 2, "reason": token}
        )
        self.adjusted.append(token)

    async def _move(self, token: str) -> None:
        """To a shelf that only this command opens: four streams' events, all or none."""
        where = {"source": self._shared["location"], "destination": token}
        body = {"product": self._shared["product"], "quantity": 1, **where}
        await self._done("/store/inventory/transfer", body)
        self.moved.append(token)

    async def _start(self, token: str) -> None:
        """A stock-take of two listed products in a warehouse of its own."""
        warehouse = (await self._done("/warehouses", {"code": token, "name": token}))["id"]
        team = {"warehouse": warehouse, "allowed_counters": self._company.counters}
        scope = {"products": [self._shared["product"], self._shared["other"]]}
        plan = {**team, "scope": scope}
        session = (await self._done("/stock-take/sessions", plan))["id"]
        await self._done(f"/stock-take/sessions/{session}/start", {})
        self.started.append(UUID(session))

    async def _done(self, path: str, body: dict[str, Any]) -> Any:
        fields = {name: value for name, value in body.items() if name != "other"}
        key = f"{self._name} {len(self.sent)}"
        answer = await deliver(self._client, path, fields, key, self._cut)
        assert answer.status_code in {200, 201}, answer.text
        self.sent.append(Sent(path, fields, key, answer))
        return answer.json()

    def _cut(self) -> None:
        self.unanswered += 1


async def deliver(
    client: Client, path: str, body: dict[str, Any], key: str, cut: Callable[[], None]
) -> httpx.Response:
    """The answer, however often it has to be asked for; `cut` is told of each time in vain."""
    while True:
        try:
            answer = await client.post(path, body, {"idempotency-key": key})
        except httpx.TransportError:
            cut()
        else:
            if answer.status_code != BUSY:
                return answer
        await asyncio.sleep(PAUSE_SECONDS)
