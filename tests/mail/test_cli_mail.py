"""`tallybook mail`: who has no mail server hands mails over by hand."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from adapters.mail import Due, NotSent
from tests.conftest import Database
from tests.console import tallybook
from tests.mail.conftest import TOKEN, mail, outbox_by

LATER = datetime.now(UTC) + timedelta(hours=1)
SENDING = {
    "TALLYBOOK_SMTP_URL": "smtp://ann:secret@mail.example.org",
    "TALLYBOOK_MAIL_FROM": "tallybook@example.org",
}


def shown(
    database: Database, *arguments: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """What the command prints, of that database."""
    servers = {"TALLYBOOK_DATABASE_URL": database.app_url, "TALLYBOOK_NATS_URL": "nats://none"}
    return tallybook("mail", *arguments, **servers, **variables)


async def test_without_a_mail_server_the_texts_are_shown(
    pool: asyncpg.Pool, database: Database
) -> None:
    """The newest first, as many as asked for."""
    outbox = outbox_by(pool, None)
    for number in range(3):
        made = LATER - timedelta(minutes=30 - number)
        await outbox.put(mail(subject=f"Number {number}", expires_at=LATER), made)
    told = shown(database, "--last", "2")
    assert told.returncode == 0, told.stderr
    assert "Number 0" not in told.stdout
    assert told.stdout.index("Number 2") < told.stdout.index("Number 1")
    assert told.stdout.count("waits\n  To: ann@example.org\n") == 2
    assert f"\n\n  Ann,\n  here it is: {TOKEN}\n\n" in told.stdout


async def test_with_a_mail_server_no_token_is_shown(pool: asyncpg.Pool, database: Database) -> None:
    """Only what became of each mail."""
    now = LATER - timedelta(minutes=30)
    outcomes: dict[str, NotSent | None] = {
        "sent": None,
        "refused": NotSent("SMTPDataError 550", final=True),
        "late": NotSent("SMTPConnectError"),
    }

    async def send(letter: Due) -> None:
        if outcome := outcomes[letter.subject]:
            raise outcome

    for subject in outcomes:
        await outbox_by(pool, send).put(mail(subject=subject, expires_at=LATER), now)
    await outbox_by(pool, send).deliver(now)
    told = shown(database, **SENDING)
    assert told.returncode == 0, told.stderr
    assert f"sent at {now:%Y-%m-%d %H:%M:%S}" in told.stdout
    assert "given up after 1 tries: SMTPDataError 550" in told.stdout
    assert "waits after 1 tries: SMTPConnectError; again at " in told.stdout
    assert "Subject: late" in told.stdout
    assert TOKEN not in told.stdout
    assert "secret" not in told.stdout + told.stderr


async def test_an_empty_outbox_is_said(database: Database) -> None:
    """Who waits for a mail learns why there is none."""
    assert shown(database).stdout.startswith("There is no mail: each is forgotten when")


@pytest.mark.parametrize(
    "words", ["TALLYBOOK_SMTP_URL=smtp://", "TALLYBOOK_MAIL_FROM=", "TALLYBOOK_PUBLIC_URL=https://"]
)
def test_help_says_how_mails_are_sent(words: str) -> None:
    """Each setting with an example, and never with the value it has."""
    told = tallybook("mail", "--help", **SENDING)
    assert words in told.stdout
    assert "secret" not in told.stdout
