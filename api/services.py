"""The composition root's parts: what every process needs, built once by constructors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from uuid_utils.compat import uuid7

from adapters.configuration import Configuration
from adapters.identity import Identity
from adapters.log_in_sessions import Sessions
from adapters.mail import Outbox
from adapters.metrics import Metrics
from adapters.nats.hints import Hints, Positions
from adapters.nats.news import news
from adapters.nats.stream import connected
from adapters.passwords import Passwords
from adapters.postgres.books import PostgresBooks, PostgresDue
from adapters.postgres.checkpoints import Checkpoints
from adapters.postgres.connection import create_pool
from adapters.postgres.epochs import Epochs
from adapters.postgres.log import PostgresLog
from adapters.postgres.snapshots import PostgresSnapshots, code_version
from adapters.postgres.together import Together
from adapters.rate_limits import RateLimits
from adapters.secret import signing_secret
from adapters.smtp import Smtp
from adapters.tokens import Signer
from api.aggregates import Aggregates
from api.commands import Commands
from api.credentials import Credentials
from api.door import CONCERNING, Door
from api.effects import Effects
from api.log_ins import Limits, LogIns
from api.mails import Mails
from api.own_account import OwnAccount
from api.people import People
from api.references import References
from api.snapshots import Snapshots
from domain.base import Context
from domain.permissions import permissions
from domain.registry import Registry
from domain.settings import Settings

if TYPE_CHECKING:
    import asyncpg
    from nats.aio.client import Client

SYSTEM = uuid5(NAMESPACE_URL, "tallybook/system")
"""The actor of what the product does by itself."""
DEFAULTS = Settings()
LIMITS = Limits()


def now() -> datetime:
    """The only clock."""
    return datetime.now(UTC)


def system(
    organization: UUID, roles: tuple[str, ...] = ("system",), settings: Settings = DEFAULTS
) -> Context:
    """The product itself, acting for an organization."""
    return Context(
        organization=organization,
        actor=SYSTEM,
        now=now(),
        fresh=uuid7(),
        permissions=permissions(roles),
        settings=settings,
    )


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that commands and queries stand on."""

    registry: Registry
    epochs: Epochs
    log: PostgresLog
    pool: asyncpg.Pool
    together: Together
    nats: Client
    identity: Identity
    sessions: Sessions
    door: Door
    hints: Hints
    positions: Positions
    checkpoints: Checkpoints
    aggregates: Aggregates
    commands: Commands
    references: References
    due: PostgresDue
    rates: RateLimits
    log_ins: LogIns
    people: People
    credentials: Credentials
    metrics: Metrics
    outbox: Outbox
    own_account: OwnAccount

    def books(self, organization: UUID) -> PostgresBooks:
        """What the read models know of an organization's stock."""
        return PostgresBooks(self.pool, organization, self.log.head, self.positions.reached)


@asynccontextmanager
async def services(
    configuration: Configuration,
    metrics: Metrics,
    passwords: Passwords | None = None,
    limits: Limits = LIMITS,
) -> AsyncIterator[Services]:
    """Connects, and disconnects at the end; NATS may be away."""
    secret = signing_secret(configuration.home, configuration.secret)
    async with AsyncExitStack() as stack:
        registry = Registry()
        client = await stack.enter_async_context(connected(configuration.nats_url))
        epochs, url = Epochs(), configuration.database_url
        hints = Hints(client, epochs)
        log = await PostgresLog.open(url, registry, hints.appended, epochs)
        stack.push_async_callback(log.close)
        pool = await create_pool(url, application="tallybook queries", enter=epochs.enter)
        stack.push_async_callback(pool.close)
        checkpoints = Checkpoints(pool)
        positions = Positions(checkpoints, client, epochs)
        await stack.enter_async_context(positions.listening())
        identity, sessions = Identity(pool, passwords), Sessions(pool, secret)
        snapshots = Snapshots(PostgresSnapshots(pool, code_version()))
        stack.push_async_callback(snapshots.close)
        aggregates = Aggregates(log, snapshots=snapshots)
        door = Door(identity, sessions, aggregates)
        await stack.enter_async_context(news(client, CONCERNING, door.forget))

        def books(organization: UUID) -> PostgresBooks:
            return PostgresBooks(pool, organization, log.head, positions.reached)

        server, signer = configuration.smtp, Signer(secret)
        smtp = Smtp(server, configuration.mail_from) if server else None
        outbox = Outbox(pool, smtp, door.settings, hints.mailed)
        rates = RateLimits(pool)
        effects = Effects(identity, door, signer, outbox, Mails(configuration.address), rates)
        commands = Commands(log, aggregates, books, identity, effects)
        log_ins = LogIns(identity, sessions, door, commands, rates, secret, limits)
        yield Services(
            registry=registry,
            epochs=epochs,
            log=log,
            pool=pool,
            together=Together(pool),
            nats=client,
            identity=identity,
            sessions=sessions,
            door=door,
            hints=hints,
            positions=positions,
            checkpoints=checkpoints,
            aggregates=aggregates,
            commands=commands,
            references=References(aggregates, identity),
            due=PostgresDue(pool),
            rates=rates,
            log_ins=log_ins,
            people=People(commands, identity, log, system),
            credentials=Credentials(secret, insecure=configuration.insecure_cookies),
            metrics=metrics,
            outbox=outbox,
            own_account=OwnAccount(identity, door, log_ins, commands, signer),
        )
