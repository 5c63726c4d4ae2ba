"""People who log in, with an argon2id that is real but cheap."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
from argon2 import PasswordHasher

from adapters.identity import Identity, Tokens
from adapters.passwords import Passwords
from adapters.postgres.log import PostgresLog
from adapters.rate_limits import RateLimits
from api.aggregates import Aggregates
from api.commands import Commands
from api.log_ins import Limits, LogIns
from domain.registry import Registry

SECRET = b"a secret of at least thirty-two bytes"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class People(msgspec.Struct, frozen=True):
    """An identity over a database with one organization and one member in it."""

    identity: Identity
    pool: asyncpg.Pool[asyncpg.Record]
    organization: UUID
    member: UUID
    username: str
    password: str

    async def log_in(
        self, username: str, password: str, now: datetime, identity: Identity | None = None
    ) -> Tokens:
        """The tokens of a new session; the password has to be right."""
        identity = identity or self.identity
        checked = await identity.check(username, password)
        assert checked.right
        assert checked.member is not None
        return await identity.start_session(checked.member, uuid4(), checked.settings, now)

    def elsewhere(self) -> Identity:
        """The identity as another process has it: same database and secret, nothing cached."""
        return Identity(self.pool, SECRET, Passwords(CHEAP))


@pytest.fixture(scope="session")
async def pool(shared_database: object) -> AsyncIterator[asyncpg.Pool[asyncpg.Record]]:
    """The application's connections."""
    url = str(getattr(shared_database, "app_url"))  # noqa: B009 - conftest.py cannot be imported
    async with asyncpg.create_pool(url, min_size=1, max_size=4) as connections:
        yield connections


@pytest.fixture
async def people(pool: asyncpg.Pool[asyncpg.Record]) -> People:
    """A new organization with Ann in it, who counts."""
    identity = Identity(pool, SECRET, Passwords(CHEAP))
    organization = await identity.create_organization(f"Pharmacy {uuid4()}", "independent")
    username = f"ann.{uuid4()}@example.org"
    member = await identity.create_member(
        organization, "Ann", username, "correct horse", ("counter",), (UUID(int=7), UUID(int=5))
    )
    return People(identity, pool, organization, member, username, "correct horse")


@pytest.fixture
async def new_process(
    people: People, shared_database: object
) -> AsyncIterator[Callable[..., LogIns]]:
    """The way in, as one process more has it, with the limits of the product."""
    log = await PostgresLog.open(str(getattr(shared_database, "app_url")), Registry())  # noqa: B009 - conftest.py cannot be imported

    def begin(identity: Identity | None = None) -> LogIns:
        commands = Commands(log, Aggregates(log), lambda _: None)  # type: ignore[arg-type,return-value]  # no books here
        return LogIns(
            identity or people.elsewhere(), commands, RateLimits(people.pool), SECRET, Limits()
        )

    yield begin
    await log.close()


@pytest.fixture
def log_ins(people: People, new_process: Callable[..., LogIns]) -> LogIns:
    """The way in, in the process that the other tests are in."""
    return new_process(people.identity)
