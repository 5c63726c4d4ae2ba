"""Hands mails to the mail server, one connection each."""

from __future__ import annotations

import asyncio
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr

import aiosmtplib

from adapters.mail import Due, NotSent
from adapters.smtp_url import SmtpServer

SEND_SECONDS = 30.0
"""From the connection to the server's word that it has the mail."""
REPLY_SECONDS = 10.0
"""For one reply; also the time that a farewell after `SEND_SECONDS` may take."""
PERMANENT = 500
"""SMTP's replies from here on say that trying again will not help (RFC 5321, 4.2.1)."""
ASCII = SMTP.clone(cte_type="7bit")


class Smtp:
    """Sends in the name of one address; called with a mail it raises NotSent."""

    def __init__(self, server: SmtpServer, sender: str) -> None:
        """`sender` is an address, or a name and an address: Tallybook <mail@example.org>."""
        self._server = server
        name, address = parseaddr(sender)
        self._from = Address(name, addr_spec=address)

    async def __call__(self, mail: Due) -> None:
        server = self._server
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await aiosmtplib.send(
                    self._message(mail),
                    sender=self._from.addr_spec,
                    recipients=[mail.to],
                    hostname=server.host,
                    local_hostname=self._from.domain,
                    port=server.port,
                    username=server.user,
                    password=server.password,
                    use_tls=server.tls,
                    start_tls=server.start_tls,
                    timeout=REPLY_SECONDS,
                )
        except Exception as error:  # noqa: BLE001 - whatever it was, it is tried again, not often
            raise _not_sent(error) from None

    def _message(self, mail: Due) -> EmailMessage:
        message = EmailMessage(policy=ASCII)
        message["From"] = self._from
        message["To"] = Address(addr_spec=mail.to)
        message["Subject"] = mail.subject
        message["Date"] = mail.made_at
        message["Message-ID"] = f"<{mail.id}@{self._from.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        return message


def _not_sent(error: Exception) -> NotSent:
    """A refusal of this mail is final; what is wrong with us or the server may be mended."""
    refused = error.recipients[0] if isinstance(error, aiosmtplib.SMTPRecipientsRefused) else error
    code = refused.code if isinstance(refused, aiosmtplib.SMTPResponseException) else None
    name = type(error).__name__
    if code is None:
        return NotSent(name)
    ours = isinstance(refused, aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError)
    return NotSent(f"{name} {code}", final=ours and code >= PERMANENT)
