"""Somebody with a log-in: his commands and questions over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec

ATTEMPTS = 20
PAUSE_SECONDS = 0.1
PAGE = 200
SERVER_BUSY = 503
TOO_HIGH = 400


class Refusal(Exception):
    """The API said no: status, code, and the whole problem."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status, self.problem = status, problem
        self.code = str(problem.get("code", status))
        super().__init__(f"{self.code}: {problem.get('detail', '')}")


class Traffic(msgspec.Struct):
    """What everybody has sent so far."""

    commands: int = 0
    refused: int = 0
    repeated: int = 0


class Person:
    """One member of the demonstration organization."""

    def __init__(self, http: httpx.AsyncClient, traffic: Traffic, name: str) -> None:
        self.http, self.traffic, self.name = http, traffic, name
        self.id = UUID(int=0)
        self.organization = UUID(int=0)
        self._headers: dict[str, str] = {}

    async def log_in(self, password: str) -> None:
        """Gets a token and asks who he is."""
        body = {"username": self.name, "password": password}
        answer = await self._send("POST", "/auth/token", body, {})
        self._headers = {"authorization": f"Bearer {answer['access_token']}"}
        me = await self.ask("/users/me")
        self.id, self.organization = UUID(me["id"]), UUID(me["organization"])

    async def command(self, path: str, **body: Any) -> Any:
        """Sends a command with a key, so that it may be sent again when its answer is lost."""
        self.traffic.commands += 1
        try:
            return await self._send("POST", path, body, {"idempotency-key": str(uuid4())})
        except Refusal:
            self.traffic.refused += 1
            raise

    async def ask(self, path: str, **query: Any) -> Any:
        """Asks once."""
        return await self._send("GET", f"{path}?{httpx.QueryParams(query)}", None, {})

    async def all(self, path: str, **query: Any) -> AsyncIterator[Any]:
        """Every item of a list, page by page."""
        cursor: dict[str, str] = {}
        while True:
            page = await self.ask(path, limit=PAGE, **query, **cursor)
            for item in page["items"]:
                yield item
            if not page["next"]:
                return
            cursor = {"cursor": page["next"]}

    async def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        content = None if body is None else msgspec.json.encode(body, enc_hook=str)
        for _ in range(ATTEMPTS):
            try:
                answer = await self.http.request(
                    method, f"/api/v1{path}", content=content, headers={**self._headers, **headers}
                )
            except httpx.TransportError as error:
                failure: Exception = error
            else:
                if answer.status_code < TOO_HIGH:
                    return msgspec.json.decode(answer.content)
                failure = Refusal(answer.status_code, _problem(answer))
                if answer.status_code != SERVER_BUSY:
                    raise failure
            self.traffic.repeated += 1
            await asyncio.sleep(PAUSE_SECONDS)
        raise failure


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        return msgspec.json.decode(answer.content, type=dict[str, Any])
    except msgspec.DecodeError:
        return {"code": str(answer.status_code), "detail": answer.text[:200]}
