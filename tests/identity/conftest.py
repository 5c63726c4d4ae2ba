"""People who log in, with an argon2id that is real but cheap."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
from argon2 import PasswordHasher

from adapters.identity import Identity
from adapters.log_in_sessions import Sessions, Tokens
from adapters.passwords import Passwords
from adapters.postgres.log import PostgresLog
from adapters.rate_limits import RateLimits
from api.aggregates import Aggregates
from api.commands import Commands, Task
from api.door import Door
from api.log_ins import Limits, LogIns
from api.people import People as Made
from api.people import Recruit
from api.services import system
from api.unit_of_work import Unit
from domain.people.member import Member
from domain.registry import Registry

SECRET = b"a secret of at least thirty-two bytes"
UNLIMITED = Limits(
    account_per_minute=10**6,
    source_per_minute=10**6,
    suspected_per_hour=10**6,
    resets_per_hour=10**6,
)
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Process(msgspec.Struct, frozen=True):
    """What one API process has: what it keeps in memory is its own, database and secret are not."""

    identity: Identity
    sessions: Sessions
    door: Door
    log_ins: LogIns
    people: Made

    @classmethod
    def over(cls, pool: asyncpg.Pool[asyncpg.Record], log: PostgresLog, limits: Limits) -> Process:
        """A new one, with nothing in memory."""
        identity, sessions = Identity(pool, Passwords(CHEAP)), Sessions(pool, SECRET)
        aggregates = Aggregates(log)
        door = Door(identity, sessions, aggregates)
        commands = Commands(log, aggregates, lambda _: None, identity)  # type: ignore[arg-type,return-value]  # no books here
        rates = RateLimits(pool)
        log_ins = LogIns(identity, sessions, door, commands, rates, SECRET, limits)
        return cls(identity, sessions, door, log_ins, Made(commands, identity, log, system))


class People(msgspec.Struct, frozen=True):
    """A process over a database with one organization and one member in it."""

    process: Process
    pool: asyncpg.Pool[asyncpg.Record]
    log: PostgresLog
    organization: UUID
    member: UUID
    username: str
    password: str

    @property
    def identity(self) -> Identity:
        """Who people are."""
        return self.process.identity

    async def log_in(self, username: str, password: str, now: datetime) -> Tokens:
        """The tokens of a new session; the password has to be right."""
        checked = await self.identity.check(username, password)
        assert checked.right
        assert checked.member is not None
        assert checked.organization is not None
        settings = await self.process.door.settings(checked.organization)
        return await self.process.sessions.start(checked, uuid4(), settings, now)

    async def change(self, decide: Callable[..., None]) -> None:
        """Something happens to the member."""

        async def decided(unit: Unit) -> Member:
            member = await unit.load(Member, self.member)
            decide(member, context=unit.context)
            return member

        commands = self.process.people._commands  # noqa: SLF001 - what the product would do itself
        await commands.run(Task(decided, Member, system(self.organization)))

    def elsewhere(self, limits: Limits = UNLIMITED) -> Process:
        """Another process: same database and secret, nothing in memory."""
        return Process.over(self.pool, self.log, limits)


@pytest.fixture(scope="session")
async def pool(quiet_database: object) -> AsyncIterator[asyncpg.Pool[asyncpg.Record]]:
    """The application's connections."""
    url = str(getattr(quiet_database, "app_url"))  # noqa: B009 - conftest.py cannot be imported
    async with asyncpg.create_pool(url, min_size=1, max_size=4) as connections:
        yield connections


@pytest.fixture(scope="session")
async def log(quiet_database: object) -> AsyncIterator[PostgresLog]:
    """The log."""
    opened = await PostgresLog.open(str(getattr(quiet_database, "app_url")), Registry())  # noqa: B009 - conftest.py cannot be imported
    yield opened
    await opened.close()


@pytest.fixture
async def people(pool: asyncpg.Pool[asyncpg.Record], log: PostgresLog) -> People:
    """A new organization with Ann in it, who counts."""
    process = Process.over(pool, log, UNLIMITED)
    organization = await process.people.found(f"Pharmacy {uuid4()}")
    username = f"ann.{uuid4()}@example.org"
    ann = Recruit(
        name="Ann",
        username=username,
        password="correct horse",  # noqa: S106 - of a test
        roles=("counter",),
        warehouses=(UUID(int=7), UUID(int=5)),
    )
    member = await process.people.add(organization, ann)
    return People(process, pool, log, organization, member, username, "correct horse")


@pytest.fixture
def new_process(people: People) -> Callable[[], LogIns]:
    """The way in, as one process more has it, with the limits of the product."""
    return lambda: people.elsewhere(Limits()).log_ins


@pytest.fixture
def log_ins(new_process: Callable[[], LogIns]) -> LogIns:
    """The way in."""
    return new_process()
