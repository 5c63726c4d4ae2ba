"""An outbox over a database of the test's own, and a mail server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from adapters.mail import Mail, Outbox, Send
from adapters.postgres.connection import create_pool
from adapters.smtp import Smtp
from adapters.smtp_url import SmtpServer
from domain.settings import Settings
from tests.conftest import Database
from tests.mail.post_office import PostOffice, open_office

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TOKEN = "a-token-that-opens-a-door"  # noqa: S105 - of no door
MAIL_ATTEMPTS = 3
SENDER = "Tallybook <tallybook@example.org>"


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[asyncpg.Pool]:
    """The application's connections."""
    async with await create_pool(database.app_url) as opened:
        yield opened


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    """Open on this machine."""
    async with open_office() as opened:
        yield opened


@pytest.fixture
def outbox(pool: asyncpg.Pool, office: PostOffice) -> Outbox:
    """The outbox as one process has it."""
    return outbox_to(pool, f"smtp://127.0.0.1:{office.port}")


def outbox_to(pool: asyncpg.Pool, url: str) -> Outbox:
    """One that sends to that mail server."""
    return outbox_by(pool, Smtp(SmtpServer.parse(url), SENDER))


def outbox_by(
    pool: asyncpg.Pool, send: Send | None, hint: Callable[[], None] = lambda: None
) -> Outbox:
    """One that sends like that, so often at most."""

    async def settings(_: UUID) -> Settings:
        return Settings(mail_attempts=MAIL_ATTEMPTS)

    return Outbox(pool, send, settings, hint)


def mail(**facts: Any) -> Mail:
    """A mail with a token in it that is good for an hour."""
    return Mail(
        **{
            "organization": UUID(int=7),
            "to": "ann@example.org",
            "subject": "Grüße",
            "text": f"Ann,\nhere it is: {TOKEN}\n",
            "expires_at": NOW + timedelta(hours=1),
            **facts,
        }
    )
