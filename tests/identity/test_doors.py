"""Logging in, refreshing and logging out over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from litestar import Litestar, Request, Response

from adapters.tokens import Unauthenticated
from api.auth import LOGOUT, REFRESH, TOKEN, auth
from api.credentials import Credentials, bearer
from api.problems import problem

if TYPE_CHECKING:
    from tests.identity.conftest import People

NOW = datetime(2025, 3, 25, 9, tzinfo=UTC)
SECRET = b"a secret of at least thirty-two bytes"


def refused(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """As the whole application answers errors."""
    status, headers, body = problem(error)
    return Response(body, status_code=status, headers=headers)


@pytest.fixture
async def client(people: People) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an app that has nothing but these doors, on a stopped clock."""
    process = people.process
    app = Litestar(
        auth(process.door, process.log_ins, Credentials(SECRET), lambda: NOW),
        openapi_config=None,
        exception_handlers={Exception: refused},
    )
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # each spells ASGI its own way
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as connected:
        yield connected


async def test_a_log_in_may_be_json_or_a_form(people: People, client: httpx.AsyncClient) -> None:
    """The answer has the members that OAuth 2 asks for."""
    asked = {"username": people.username, "password": people.password}
    form = {**asked, "grant_type": "password", "scope": ""}
    for answer in (await client.post(TOKEN, json=asked), await client.post(TOKEN, data=form)):
        assert answer.status_code == 200
        members = answer.json()
        assert (members["token_type"], members["expires_in"]) == ("bearer", 8 * 3600)
        principal = await people.process.door.authenticate(members["access_token"], NOW)
        assert principal.member == people.member


@pytest.mark.parametrize(
    ("request_body", "form", "status", "code"),
    [
        (b'{"username":"nobody","password":"x"}', False, 401, "BAD_CREDENTIALS"),
        (b"username=nobody&password=x", True, 401, "BAD_CREDENTIALS"),
        (b'{"username":"nobody"}', False, 422, "INVALID_VALUE"),
        (b"username=nobody", True, 422, "INVALID_VALUE"),
        (b'{"username":"a\\u0000b","password":"x"}', False, 422, "INVALID_VALUE"),
        (b"username=a%00b&password=x", True, 422, "INVALID_VALUE"),
        (b'{"username":', False, 400, "MALFORMED"),
        (b"username=\xff&password=x", True, 400, "MALFORMED"),
        (b"&a=1" * 21, True, 400, "MALFORMED"),
    ],
)
async def test_a_wrong_log_in_is_refused(
    client: httpx.AsyncClient, request_body: bytes, form: bool, status: int, code: str
) -> None:
    """As a problem, whatever form it has."""
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    answer = await client.post(TOKEN, content=request_body, headers={"content-type": kind})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_session_goes_on_until_its_log_out(
    people: People, client: httpx.AsyncClient
) -> None:
    """After that neither of its tokens is good."""
    asked = {"username": people.username, "password": people.password}
    first = (await client.post(TOKEN, json=asked)).json()
    second = await client.post(REFRESH, json={"refresh_token": first["refresh_token"]})
    assert second.status_code == 200
    token = {"authorization": f"Bearer {second.json()['access_token']}"}
    assert (await client.post(LOGOUT, headers=token)).status_code == 204
    again = await client.post(LOGOUT, headers=token)
    assert (again.status_code, again.headers["www-authenticate"]) == (401, "Bearer")
    newest = {"refresh_token": second.json()["refresh_token"]}
    assert (await client.post(REFRESH, json=newest)).status_code == 401


@pytest.mark.parametrize("header", [None, "", "abc", "Basic abc", "Bearer", "Bearer  "])
def test_a_request_without_a_bearer_token_is_refused(header: str | None) -> None:
    """Another scheme is none."""
    with pytest.raises(Unauthenticated):
        bearer(header)


def test_the_scheme_is_known_in_any_case() -> None:
    """RFC 9110 says so."""
    assert bearer("bearer abc") == "abc"
