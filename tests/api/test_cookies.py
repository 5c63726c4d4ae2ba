"""Browsers: tokens in cookies, and what another site's page can do with them, which is nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest

from api.credentials import NAMES, PROOF, Credentials
from tests.api.takes import refused
from tests.system import PASSWORD, Company, System

ELSEWHERE = "https://elsewhere.example"
SIBLING = "https://other.testserver"
COMMAND = "/api/v1/warehouses"


class Browser:
    """Keeps cookies as a browser does; a page of ours sends the proof beside them."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def log_in(self, company: Company, person: str = "admin", **sent: str) -> httpx.Response:
        """The answer to the log-in of a person of the company."""
        username = f"{person}@{company.name}"
        asked = {"username": username, "password": PASSWORD, "cookie": True}
        return await self.http.post("/api/v1/auth/token", json=asked, headers=sent)

    def __getitem__(self, name: str) -> str:
        return self.http.cookies[name]

    @property
    def proven(self) -> dict[str, str]:
        """The headers of a page of ours."""
        return {PROOF: self[NAMES["csrf"]], "sec-fetch-site": "same-origin"}

    async def command(self, code: str, headers: dict[str, str]) -> httpx.Response:
        """Founds a warehouse."""
        return await self.http.post(COMMAND, json={"code": code, "name": code}, headers=headers)


@pytest.fixture
async def browser(system: System) -> AsyncIterator[Browser]:
    """A browser that nobody has used."""
    app: Any = system.app  # each spells ASGI its own way
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://testserver") as http:
        yield Browser(http)


async def test_no_script_can_read_the_tokens(browser: Browser, company: Company) -> None:
    """They are in cookies that go to this host alone, over TLS, from its own pages."""
    answer = await browser.log_in(company)
    assert (answer.status_code, answer.content) == (204, b"")
    jar: SimpleCookie = SimpleCookie()
    for line in answer.headers.get_list("set-cookie"):
        jar.load(line)
    assert set(jar) == set(NAMES.values())
    for cookie in jar.values():
        assert (cookie["secure"], cookie["samesite"].lower()) == (True, "strict")
        assert not cookie["domain"]
    places = {
        name: (jar[full]["path"], bool(jar[full]["httponly"])) for name, full in NAMES.items()
    }
    assert places == {
        "access": ("/", True),
        "refresh": ("/api/v1/auth", True),
        "csrf": ("/", False),
    }
    assert int(jar[NAMES["access"]]["max-age"]) == 8 * 3600
    assert jar[NAMES["refresh"]]["max-age"] == jar[NAMES["csrf"]]["max-age"]


async def test_a_session_lives_in_a_browser(browser: Browser, company: Company) -> None:
    """It asks, commands, refreshes and logs out, and then nothing of it is left."""
    await browser.log_in(company)
    first = browser[NAMES["refresh"]]
    me = await browser.http.get("/api/v1/users/me")
    assert me.json()["roles"] == ["admin"]
    assert (await browser.command("B1", browser.proven)).status_code == 201
    again = await browser.http.post("/api/v1/auth/refresh", headers=browser.proven)
    assert (again.status_code, again.content) == (204, b"")
    assert browser[NAMES["refresh"]] != first
    assert (await browser.command("B2", browser.proven)).status_code == 201
    proof = browser.proven
    kept = dict(browser.http.cookies)
    assert (await browser.http.post("/api/v1/auth/logout", headers=proof)).status_code == 204
    assert not dict(browser.http.cookies)
    line = "; ".join(f"{name}={text}" for name, text in kept.items())
    refused(await browser.http.get("/api/v1/users/me", headers={"cookie": line}), 401, UNKNOWN)
    for path in ("refresh", "logout"):
        gone = await browser.http.post(f"/api/v1/auth/{path}", headers={**proof, "cookie": line})
        refused(gone, 401, UNKNOWN)


UNKNOWN = "UNAUTHENTICATED"


async def test_a_form_may_ask_for_cookies_too(browser: Browser, company: Company) -> None:
    """And whoever does not ask has the tokens in the body, with no cookie."""
    form = {"username": f"admin@{company.name}", "password": PASSWORD}
    plain = await browser.http.post("/api/v1/auth/token", data=form)
    assert plain.json()["access_token"]
    assert "set-cookie" not in plain.headers
    answer = await browser.http.post("/api/v1/auth/token", data={**form, "cookie": "true"})
    assert (answer.status_code, len(answer.headers.get_list("set-cookie"))) == (204, 3)
    wrong = await browser.http.post("/api/v1/auth/token", data={**form, "cookie": "perhaps"})
    assert refused(wrong, 422, "INVALID_VALUE")["pointer"] == "/cookie"


async def test_a_bearer_token_goes_first_and_needs_no_proof(
    browser: Browser, company: Company
) -> None:
    """No browser sends one by itself; a wrong one is not made good by a cookie."""
    await browser.log_in(company, "auditor")
    bearer = {"authorization": f"Bearer {company['admin'].token}"}
    assert (await browser.command("B1", bearer)).status_code == 201
    me = await browser.http.get("/api/v1/users/me", headers=bearer)
    assert me.json()["roles"] == ["admin"]
    wrong = {"authorization": "Bearer x", **browser.proven}
    refused(await browser.command("B2", wrong), 401, UNKNOWN)
    body = {"refresh_token": "x"}
    answer = await browser.http.post("/api/v1/auth/refresh", json=body, headers=browser.proven)
    refused(answer, 401, UNKNOWN)


FORGERIES: list[dict[str, str | None]] = [
    {PROOF: None},
    {PROOF: ""},
    {PROOF: "0" * 64},
    {PROOF: "\u00ff"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": ""},
    {"sec-fetch-site": "cross-site", "origin": "https://testserver"},
    {"sec-fetch-site": None, "origin": ELSEWHERE},
    {"sec-fetch-site": None, "origin": SIBLING},
    {"sec-fetch-site": None, "origin": "null"},
    {"sec-fetch-site": None, "origin": ""},
    {"sec-fetch-site": None, "origin": "https://testserver:8443"},
    {"sec-fetch-site": None, "origin": "https://testserver.elsewhere.example"},
]


@pytest.mark.parametrize("forged", FORGERIES)
async def test_what_another_page_sends_is_refused(
    browser: Browser, company: Company, system: System, forged: dict[str, str | None]
) -> None:
    """A command, a refresh, a log-out: nothing happens, and the session lives."""
    await browser.log_in(company)
    before = await system.events(company)
    wanted = {**browser.proven, **forged}
    sent = [
        (name.encode(), text.encode("latin-1")) for name, text in wanted.items() if text is not None
    ]
    for path, body in ((COMMAND, {"code": "B1", "name": "B1"}), (REFRESH, {}), (LOGOUT, {})):
        refused(await browser.http.post(path, json=body, headers=sent), 403, "CSRF_REFUSED")
    assert await system.events(company) == before
    assert (await browser.http.get("/api/v1/users/me")).status_code == 200
    assert (await browser.http.post(REFRESH, headers=browser.proven)).status_code == 204


REFRESH, LOGOUT = "/api/v1/auth/refresh", "/api/v1/auth/logout"


@pytest.mark.parametrize("said", [{}, {"origin": "https://testserver"}, {"sec-fetch-site": "none"}])
async def test_a_page_of_ours_is_heard_by_any_browser(
    browser: Browser, company: Company, said: dict[str, str]
) -> None:
    """Older ones say Origin, and who says nothing has the proof."""
    await browser.log_in(company)
    headers = {PROOF: browser.proven[PROOF], **said}
    assert (await browser.command("B1", headers)).status_code == 201


async def test_the_proof_of_another_session_is_none(browser: Browser, company: Company) -> None:
    """Not even the same person's: whoever plants a cookie of his own gains nothing."""
    await browser.log_in(company)
    other = browser[NAMES["csrf"]]
    await browser.log_in(company)
    assert browser[NAMES["csrf"]] != other
    cookie = "; ".join(
        (f"{NAMES['csrf']}={other}", f"{NAMES['access']}={browser[NAMES['access']]}")
    )
    planted = {**browser.proven, PROOF: other, "cookie": cookie}
    refused(await browser.command("B1", planted), 403, "CSRF_REFUSED")


@pytest.mark.parametrize("said", [{"sec-fetch-site": "cross-site"}, {"origin": ELSEWHERE}])
async def test_nobody_is_logged_in_by_another_page(
    browser: Browser, company: Company, said: dict[str, str]
) -> None:
    """As somebody else, that is: what he then enters would be the other one's to read."""
    answer = await browser.log_in(company, **said)
    refused(answer, 403, "CSRF_REFUSED")
    assert "set-cookie" not in answer.headers


async def test_without_a_cookie_there_is_nobody(browser: Browser, company: Company) -> None:
    """The same answer as without a token, whatever else is proven; nor is a made-up one a name."""
    sent = {"sec-fetch-site": "same-origin", PROOF: "0" * 64}
    refused(await browser.command("B1", sent), 401, UNKNOWN)
    refused(await browser.http.post(REFRESH, headers=sent), 401, UNKNOWN)
    refused(await browser.http.post(LOGOUT, headers=sent), 401, UNKNOWN)
    await browser.log_in(company)
    for text in (f"{NAMES['access']}=", f"{NAMES['access']}=\u00ff", NAMES["access"], ";=;"):
        made_up = [(b"cookie", text.encode("latin-1"))]
        refused(await browser.http.get("/api/v1/users/me", headers=made_up), 401, UNKNOWN)
    swapped = f"{NAMES['access']}={browser.http.cookies[NAMES['refresh']]}"
    refused(await browser.http.get("/api/v1/users/me", headers={"cookie": swapped}), 401, UNKNOWN)


def test_plain_http_is_for_those_who_ask_for_it() -> None:
    """Such cookies have neither the attribute nor the names that promise it."""
    names = Credentials(b"x" * 32, insecure=True).names
    assert sorted(names.values()) == ["tallybook-access", "tallybook-csrf", "tallybook-refresh"]
    answer = Credentials(b"x" * 32, insecure=True).clear_cookies()
    assert [cookie.secure for cookie in answer.cookies] == [False] * 3
