"""Everybody who may ask: nobody, and one person of each role, by token or by cookie."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any, cast

import httpx
import msgspec
import requests

from api.credentials import NAMES, PROOF
from tests.api.conftest import PEOPLE
from tests.fuzz.grounds import LOCKED_OUT, Grounds
from tests.system import PASSWORD, SUPER_ADMIN, System

ANONYMOUS = "anonymous"
ABSENT = {"counter2", LOCKED_OUT, SUPER_ADMIN}
"""The super admin is the same one for every test."""
WHO = (ANONYMOUS, *(name for name in PEOPLE if name not in ABSENT))
BASE_URL = "http://testserver"


class Credentials(msgspec.Struct, frozen=True):
    """What a log-in by cookie gives."""

    token: str
    proof: str

    def headers(self, *, by_cookie: bool) -> dict[str, str]:
        """As a browser sends them, or any other client."""
        if by_cookie:
            return {"cookie": f"{NAMES['access']}={self.token}", PROOF: self.proof}
        return {"authorization": f"Bearer {self.token}"}


class Callers:
    """The people of our own organization."""

    def __init__(self, system: System, grounds: Grounds) -> None:
        app: Any = system.app  # each spells ASGI its own way
        transport = httpx.ASGITransport(app)
        self._http = httpx.AsyncClient(transport=transport, base_url=BASE_URL)
        self._grounds = grounds
        self._credentials: dict[str, Credentials] = {}

    async def send(
        self, who: str, wire: requests.PreparedRequest, *, by_cookie: bool
    ) -> httpx.Response:
        """Sends it; whoever is not let in any more logs in again."""
        if who == ANONYMOUS:
            return await self._ask(wire, {})
        if who not in self._credentials:
            await self._let_in(who)
        answer = await self._ask(wire, self._credentials[who].headers(by_cookie=by_cookie))
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            await self._let_in(who)
            answer = await self._ask(wire, self._credentials[who].headers(by_cookie=by_cookie))
        return answer

    async def _ask(
        self, wire: requests.PreparedRequest, credentials: dict[str, str]
    ) -> httpx.Response:
        headers = [(name.encode(), _raw(value)) for name, value in wire.headers.items()]
        headers += [(name.encode(), value.encode()) for name, value in credentials.items()]
        body = cast("str | bytes | None", wire.body)  # never a file
        answer = await self._http.request(
            str(wire.method), str(wire.url), headers=headers, content=body
        )
        self._http.cookies.clear()  # they would make somebody of nobody
        return answer

    async def _let_in(self, who: str) -> None:
        """Logs in, after a lockout too; where nothing helps, all goes on elsewhere."""
        if await self._log_in(who):
            return
        await self._log_in("admin")
        await self._unlock(who)
        if not await self._log_in(who):
            await self._grounds.leave()
            self._credentials.clear()
            assert await self._log_in(who)

    async def _log_in(self, who: str) -> bool:
        body = {"username": self._grounds.username(who), "password": PASSWORD, "cookie": True}
        answer = await self._http.post("/api/v1/auth/token", json=body)
        self._http.cookies.clear()
        jar: SimpleCookie = SimpleCookie()
        for line in answer.headers.get_list("set-cookie"):
            jar.load(line)
        if answer.is_success:
            self._credentials[who] = Credentials(
                jar[NAMES["access"]].value, jar[NAMES["csrf"]].value
            )
        return answer.is_success

    async def _unlock(self, who: str) -> None:
        member = self._grounds.own.company[who].member
        headers = self._credentials["admin"].headers(by_cookie=False)
        await self._http.post(f"/api/v1/users/{member}/unlock", json={}, headers=headers)


def _raw(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1", "replace")
