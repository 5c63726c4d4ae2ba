"""The servers and databases that tests stand on, and the count of the rules that they prove."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import msgspec
import pytest
from hypothesis import settings

from adapters import embedded
from eventstore_schema.runner import migrate

settings.register_profile("tallybook", deadline=None, print_blob=True)
settings.load_profile("tallybook")

SMALL = {**embedded.postgres.SETTINGS, "min_wal_size": "80MB", "max_wal_size": "1GB"}


class Database(msgspec.Struct, frozen=True):
    """One migrated database: its owner's URL and the application's."""

    admin_url: str
    app_url: str


@pytest.fixture(scope="session")
def servers() -> Iterator[embedded.Servers]:
    """Both servers, in a folder of this run's own."""
    home = Path(tempfile.mkdtemp(prefix="tallybook-tests-"))
    home.chmod(0o711)
    with embedded.servers(home, SMALL) as running:
        yield running
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def postgres(servers: embedded.Servers) -> str:
    """The administrator's URL of the PostgreSQL server."""
    return servers.admin_url


@pytest.fixture(scope="session")
def nats(servers: embedded.Servers) -> str:
    """The URL of the NATS server."""
    return servers.nats_url


@pytest.fixture(scope="session")
async def template(servers: embedded.Servers) -> str:
    """The name of the database that every other one is a copy of, migrated once."""
    await migrate(servers.admin_url)
    return "tallybook"


@pytest.fixture
async def database(servers: embedded.Servers, template: str) -> AsyncIterator[Database]:
    """A fresh migrated database for one test."""
    async with _copied(servers, template) as copy:
        yield copy


@pytest.fixture(scope="session")
async def shared_database(servers: embedded.Servers, template: str) -> AsyncIterator[Database]:
    """One migrated database for all tests that keep to an organization of their own."""
    async with _copied(servers, template) as copy:
        yield copy


@asynccontextmanager
async def _copied(servers: embedded.Servers, template: str) -> AsyncIterator[Database]:
    name = f"test_{uuid4().hex}"
    await _administer(servers, f"CREATE DATABASE {name} TEMPLATE {template}")
    urls = (servers.admin_url, servers.database_url)
    yield Database(*(url.replace("/tallybook?", f"/{name}?") for url in urls))
    await _administer(servers, f"DROP DATABASE {name} WITH (FORCE)")


async def _administer(servers: embedded.Servers, statement: str) -> None:
    connection = await asyncpg.connect(servers.admin_url, database="postgres")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
