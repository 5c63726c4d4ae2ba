"""A mail server in the test's own loop, which answers as it is told."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "tallybook@example.org", "p@ss/word: 1"


class PostOffice:
    """What has arrived, and what is answered instead of a welcome."""

    def __init__(self) -> None:
        self.port = 0
        self.arrived: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.callers = 0
        self.to_caller: str | None = None
        self.to_recipient: str | None = None
        self.to_text: str | None = None
        self.hello = ""
        self._answering = asyncio.Event()
        self._answering.set()

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _: SMTP, session: Session, envelope: Envelope, address: str, __: list[str]
    ) -> str:
        """Who the mail is from."""
        self.callers += 1
        self.hello = str(session.host_name)
        envelope.mail_from = address
        return self.to_caller or "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        """Who it is for."""
        envelope.rcpt_tos.append(address)
        return self.to_recipient or "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - same
        """What it says."""
        if self.to_text:
            return self.to_text
        assert isinstance(envelope.content, bytes)
        self.arrived.append(message_from_bytes(envelope.content, policy=policy.SMTP))
        self.recipients.append(list(envelope.rcpt_tos))
        await self._answering.wait()
        return "250 OK"

    @asynccontextmanager
    async def silent(self) -> AsyncIterator[None]:
        """Meanwhile it takes mails and does not say so."""
        self._answering.clear()
        try:
            yield
        finally:
            self._answering.set()

    @property
    def ids(self) -> list[str]:
        """The Message-IDs of what has arrived."""
        return [str(message["Message-ID"]) for message in self.arrived]


def _knows(_: SMTP, __: Session, ___: Envelope, ____: str, who: Any) -> AuthResult:
    right = LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=who == right, handled=False)


@asynccontextmanager
async def open_office(
    *,
    members_only: bool = False,
    tls: ssl.SSLContext | None = None,
    start_tls: ssl.SSLContext | None = None,
) -> AsyncIterator[PostOffice]:
    """Open meanwhile, on a port of its own; TLS is from the first byte or on demand."""
    office, loop = PostOffice(), asyncio.get_running_loop()

    def desk() -> SMTP:
        return SMTP(
            office,
            loop=loop,
            hostname="post.example.org",
            auth_required=members_only,
            auth_require_tls=False,
            authenticator=_knows,
            tls_context=start_tls,
            require_starttls=start_tls is not None,
        )

    server = await loop.create_server(desk, "127.0.0.1", 0, ssl=tls)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()
        await server.wait_closed()
