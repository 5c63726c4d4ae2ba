"""What is taken away on one API process is refused on every other one at once (domain.md 11)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry

from adapters.configuration import Configuration
from adapters.metrics import Metrics
from adapters.tokens import Unauthenticated
from api.door import Door, Principal
from api.services import services
from tests.conftest import Database
from tests.system import PASSWORD, QUICK, UNLIMITED, Client, Company, System

AT_ONCE_SECONDS = 1.0
"""Within which it has to be known everywhere; our tests wait longer and then compare."""
PATIENCE_SECONDS = 20.0
Act = Callable[[Company, str], Awaitable[object]]


@pytest.fixture
async def elsewhere(
    system: System, shared_database: Database, nats: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Door]:
    """The door of another API process over the same database and NATS."""
    home = tmp_path_factory.getbasetemp() / "system0"
    configuration = Configuration(home=home, database_url=shared_database.app_url, nats_url=nats)
    parts = services(configuration, Metrics(CollectorRegistry()), QUICK, UNLIMITED)
    async with parts as other:
        await other.nats.flush()
        yield other.door


async def known(door: Door, token: str, now: datetime) -> Principal | None:
    """Who that is at the door, if anybody."""
    try:
        return await door.authenticate(token, now)
    except Unauthenticated:
        return None


async def log_out(company: Company, _: str) -> object:
    """The counter goes."""
    return await company["counter1"].post("/auth/logout")


async def end(company: Company, session: str) -> object:
    """An admin ends his session."""
    return await company["admin"].done(f"/sessions/{session}", None, "DELETE")


async def deactivate(company: Company, _: str) -> object:
    """An admin shuts him out."""
    return await company["admin"].done(f"/users/{company['counter1'].member}/deactivate", {})


async def change_password(company: Company, _: str) -> object:
    """He changes his password elsewhere."""
    body = {"username": f"counter1@{company.name}", "password": PASSWORD}
    caller = company["counter1"]
    anonymous = Client(caller.http, "", caller.member)
    token = (await anonymous.done("/auth/token", body))["access_token"]
    changed = {"current": PASSWORD, "new": "violet anchor teapot"}
    return await Client(caller.http, token, caller.member).post("/users/me/password", changed)


async def demote(company: Company, _: str) -> object:
    """An admin takes his role away."""
    path = f"/users/{company['counter1'].member}"
    return await company["admin"].done(path, {"roles": ["member"]}, "PATCH")


@pytest.mark.parametrize("act", [log_out, end, deactivate, change_password, demote])
async def test_what_ends_here_ends_everywhere_within_a_second(
    company: Company, elsewhere: Door, act: Act
) -> None:
    """The clock of the other process stands still, so nothing there has grown old: it was told."""
    now, token = datetime.now(UTC), company["counter1"].token
    before = await known(elsewhere, token, now)
    assert before is not None
    await act(company, str(before.session))
    began = time.monotonic()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await known(elsewhere, token, now) == before:  # noqa: ASYNC110 - told by NATS
            await asyncio.sleep(0.01)
    assert time.monotonic() - began < AT_ONCE_SECONDS
