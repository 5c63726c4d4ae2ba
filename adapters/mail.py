"""Outgoing mail: kept in an outbox beside who people are, and sent from there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
import structlog
from uuid_utils.compat import uuid7

from domain.ids import ADDRESS, LONGEST_ADDRESS
from domain.settings import Settings
from projections.sql import statements

if TYPE_CHECKING:
    import asyncpg

SQL = statements(__file__)

BATCH = 8
"""So many are sent side by side."""
LEASE = timedelta(minutes=1)
"""So long nobody else takes a mail that is being sent: longer than a try may last."""
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 4, 16, 64))
"""After the first failure, the second and so on; the last one is for all that follow."""
FORGET = 1_000
LONGEST_SUBJECT = 200
LONGEST_TEXT = 10_000
logger = structlog.get_logger()


class BadMail(ValueError):
    """A mail that cannot be: the message says which part of it, and never what stands there."""


class NotSent(Exception):
    """The mail server did not take it; `final` if it never will.

    `kind` is the error's class, with the server's code if it gave one.
    """

    def __init__(self, kind: str, *, final: bool = False) -> None:
        self.kind, self.final = kind, final
        super().__init__(kind)


def is_address(text: str) -> bool:
    """Whether mail can go there: one address of ASCII characters, as mail servers take it."""
    return len(text) <= LONGEST_ADDRESS and re.fullmatch(ADDRESS, text) is not None


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """Plain text to one person; raises BadMail for what could be taken for a header, or is long.

    A mail put twice under one id is sent once.
    """

    organization: UUID
    to: str
    subject: str
    text: str
    expires_at: datetime
    """Until then the token inside is good; then the mail is forgotten, sent or not."""
    id: UUID = msgspec.field(default_factory=uuid7)

    def __post_init__(self) -> None:
        if not is_address(self.to):
            raise BadMail("The recipient is no mail address")
        if not self.subject.isprintable() or not 0 < len(self.subject) <= LONGEST_SUBJECT:
            raise BadMail("The subject has to be one line of printable characters, not too long")
        if not self.text.replace("\n", " ").isprintable() or len(self.text) > LONGEST_TEXT:
            raise BadMail("The text has to be lines of printable characters, not too many")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id})"


class Due(Mail, frozen=True, kw_only=True):
    """A mail that somebody is sending, for the so many-th time."""

    made_at: datetime
    attempts: int

    def __post_init__(self) -> None:
        """It was looked at when it was put; one that is odd now may not keep others from going."""


class Unsent(msgspec.Struct, frozen=True):
    """How many mails wait, and how many were given up and are not forgotten yet."""

    waiting: int
    given_up: int


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a mail; address, subject and text only while it waits."""

    id: UUID
    made_at: datetime
    expires_at: datetime
    due_at: datetime | None
    attempts: int
    last_error: str | None
    sent_at: datetime | None
    recipient: str | None
    subject: str | None
    text: str | None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id})"


Send = Callable[[Due], Awaitable[None]]
"""Hands a mail to the mail server, within `LEASE`; raises NotSent."""


class Outbox:
    """Mails that wait, and what became of the others; the moment of each call is passed in.

    A mail is sent at least once. Whoever sends one has put off its next try before, so that nobody
    else sends it meanwhile, and somebody does if he is killed.
    """

    def __init__(
        self,
        pool: asyncpg.Pool[asyncpg.Record],
        send: Send | None,
        settings: Callable[[UUID], Awaitable[Settings]],
        hint: Callable[[], None],
    ) -> None:
        """Without `send` mails are kept until they expire; `hint` wakes whoever delivers."""
        self._pool, self._send = pool, send
        self._settings, self._hint = settings, hint

    async def put(self, mail: Mail, now: datetime) -> None:
        """It is sent from now on; nothing happens if it was put before."""
        values = (mail.organization, mail.to, mail.subject, mail.text, now, mail.expires_at)
        await self._pool.fetch(SQL["put"], mail.id, *values)
        self._hint()

    async def deliver(self, now: datetime) -> int:
        """Sends some of what is due, and says how many: `BATCH` if there may be more."""
        if self._send is None:
            return 0
        rows = await self._pool.fetch(SQL["take"], now, now + LEASE, BATCH)
        mails = [_due(row) for row in rows]
        tries = (self._try(self._send, mail, now) for mail in mails)
        for outcome in await asyncio.gather(*tries, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
        return len(mails)

    async def _try(self, send: Send, mail: Due, now: datetime) -> None:
        try:
            await send(mail)
        except NotSent as failure:
            await self._not_sent(mail, failure, now)
        else:
            await self._pool.fetch(SQL["sent"], mail.id, now)

    async def _not_sent(self, mail: Due, failure: NotSent, now: datetime) -> None:
        facts = {"mail": str(mail.id), "attempts": mail.attempts, "error": failure.kind}
        most = (await self._settings(mail.organization)).mail_attempts
        if failure.final or mail.attempts >= most:
            await self._pool.fetch(SQL["give_up"], mail.id, mail.attempts, failure.kind)
            logger.error("mail_given_up", **facts)
            return
        again = now + WAITS[min(mail.attempts, len(WAITS)) - 1]
        await self._pool.fetch(SQL["put_off"], mail.id, mail.attempts, failure.kind, again)
        logger.warning("mail_put_off", **facts)

    async def forget(self, now: datetime) -> None:
        """Deletes some of the mails whose tokens are no longer good."""
        for row in await self._pool.fetch(SQL["forget"], now, FORGET):
            if row["waited"]:
                logger.warning("mail_expired", mail=str(row["id"]), attempts=row["attempts"])

    async def unsent(self, now: datetime) -> Unsent:
        """Of all organizations together."""
        return Unsent(**(await self._pool.fetch(SQL["unsent"], now))[0])


async def newest(pool: asyncpg.Pool[asyncpg.Record], now: datetime, most: int) -> Sequence[Kept]:
    """The last mails that were made, the newest first."""
    return [Kept(**row) for row in await pool.fetch(SQL["newest"], now, most)]


def _due(row: asyncpg.Record) -> Due:
    return Due(
        id=row["id"],
        organization=row["organization_id"],
        to=row["recipient"],
        subject=row["subject"],
        text=row["text"],
        expires_at=row["expires_at"],
        made_at=row["made_at"],
        attempts=row["attempts"],
    )
