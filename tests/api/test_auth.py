"""The doors over HTTP: logging in, going on, logging out; and whether the house stands."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.api.takes import refused
from tests.system import PASSWORD, Client, Company, System


async def tokens(system: System, company: Company) -> dict[str, str]:
    """A log-in of its own for counter 1."""
    body = {"username": f"counter1@{company.name}", "password": PASSWORD}
    answer: dict[str, str] = await system.anonymous.done("/auth/token", body)
    return answer


def holder(system: System, token: str) -> Client:
    """Whoever holds the token."""
    return Client(system.http, token, UUID(int=0))


async def test_a_session_goes_on_by_its_refresh_token_and_ends_by_log_out(
    system: System, company: Company
) -> None:
    """The new token is good, and after the log-out neither is."""
    first = await tokens(system, company)
    refresh = {"refresh_token": first["refresh_token"]}
    second = await system.anonymous.done("/auth/refresh", refresh)
    caller = holder(system, second["access_token"])
    assert (await caller.get("/users/me")).json()["roles"] == ["counter"]
    assert (await caller.post("/auth/logout")).status_code == 204
    assert (await caller.get("/users/me")).status_code == 401
    assert (await caller.post("/auth/logout")).status_code == 401
    refresh = {"refresh_token": second["refresh_token"]}
    assert (await system.anonymous.post("/auth/refresh", refresh)).status_code == 401


async def test_what_a_log_in_need_not_know_is_ignored(system: System, company: Company) -> None:
    """Whatever it is (RFC 6749, 3.2)."""
    body = {"username": f"counter1@{company.name}", "password": PASSWORD, "x\0": ["\0"]}
    assert (await system.anonymous.post("/auth/token", body)).status_code == 200


WRONG = [
    (b"", 400),
    (b"{", 400),
    (b"\xff", 400),
    (b"[" * 20_000, 422),
    (b'{"username": ' + b"[" * 20_000, 422),
    (b'{"colour": ' + b"[" * 20_000, 400),
    (b"null", 422),
    (b"{}", 422),
    (b'{"username": "x"}', 422),
    (b'{"username": "", "password": "x"}', 422),
    (b'{"username": "a\\u0000b", "password": "x"}', 422),
    (b'{"username": "x", "password": 5}', 422),
    (b'{"username": "x", "password": "\\u0000"}', 422),
    (b'{"username": "x", "password": "\\ud800"}', 400),
    (b'{"username": "' + b"x" * 5_000 + b'", "password": "x"}', 422),
    (b'{"username": "x", "password": "' + b"x" * 5_000 + b'"}', 422),
    (b'{"username": "x", "password": "' + b"x" * 5_000_000 + b'"}', 413),
    (b'{"username": "nobody", "password": "wrong"}', 401),
]


@pytest.mark.parametrize(("body", "status"), WRONG)
async def test_a_log_in_that_is_none_is_refused(system: System, body: bytes, status: int) -> None:
    """With a code, and never with an error of ours."""
    answer = await system.anonymous.post("/auth/token", body)
    assert answer.status_code == status, answer.text
    assert answer.json()["code"]


@pytest.mark.parametrize("token", ["x", "", "\\u0000", "\u00e9", "a.b.c", "x" * 5_000, "%00"])
async def test_a_refresh_token_that_nobody_was_given_is_refused(system: System, token: str) -> None:
    """Whatever it is made of."""
    body = b'{"refresh_token": "' + token.encode() + b'"}'
    answer = await system.anonymous.post("/auth/refresh", body)
    assert answer.status_code in {401, 422}, answer.text
    assert answer.json()["code"]


async def test_who_is_unknown_is_told_nothing_else(system: System, company: Company) -> None:
    """The wrong password and the unknown username answer alike."""
    known = {"username": f"counter1@{company.name}", "password": "wrong"}
    unknown = {"username": "nobody@nowhere", "password": "wrong"}
    first, second = [await system.anonymous.post("/auth/token", b) for b in (known, unknown)]
    assert refused(first, 401, "BAD_CREDENTIALS") == refused(second, 401, "BAD_CREDENTIALS")


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
async def test_whoever_asks_is_told_how_it_goes(system: System, path: str) -> None:
    """Without a token, and without anybody's data."""
    answer = await system.anonymous.get(path)
    assert answer.status_code == 200
    assert "ok" in answer.text or "tallybook_" in answer.text


async def test_nothing_was_parked_by_all_these_requests(system: System) -> None:
    """No request makes an event that a projection cannot take."""
    state = (await system.anonymous.get("/health/ready")).json()
    assert not [one for one in state["projections"] if one["parked"]]
