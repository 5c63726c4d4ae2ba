"""People who log in, with an argon2id that is real but cheap."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
from argon2 import PasswordHasher

from adapters.identity import Identity
from adapters.passwords import Passwords

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
