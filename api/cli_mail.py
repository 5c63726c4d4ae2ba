"""`tallybook mail`: what is in the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click
import uvloop

from api import startup

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.configuration import Configuration
    from adapters.mail import Kept

MOST = 1_000


@click.command()
@click.option(
    "--last",
    type=click.IntRange(1, MOST),
    default=20,
    show_default=True,
    help="Show so many, the newest first.",
)
def mail(last: int) -> None:
    """Show the mails that invite people, reset passwords and check addresses.

    Without a mail server they wait here until their tokens expire: read them, and hand each to the
    person that it is for. Who has a token of another person can become that person.

    To have them sent, set these for every process that runs:
    TALLYBOOK_SMTP_URL=smtp://user:password@mail.example.org:587 (or smtps://),
    TALLYBOOK_MAIL_FROM="Tallybook <tallybook@example.org>" and
    TALLYBOOK_PUBLIC_URL=https://tallybook.example.org, with which links begin. Then the list says
    what waits, what was sent and what was given up, and no longer what is written.
    """
    with startup.errors_in_one_line():
        configuration = startup.configured("mail")
        with startup.reached(configuration, migrating=configuration.embedded) as reached:
            mails = uvloop.run(_newest(reached, last))
    for one in mails:
        click.echo(_told(one, sending=bool(configuration.smtp_url)))
    if not mails:
        click.echo("There is no mail: each is forgotten when its token expires")


async def _newest(configuration: Configuration, most: int) -> Sequence[Kept]:
    from adapters.mail import newest
    from adapters.postgres.connection import create_pool, first_connection
    from api.services import now

    with first_connection():
        async with await create_pool(configuration.database_url) as pool:
            return await newest(pool, now(), most)


def _told(mail: Kept, *, sending: bool) -> str:
    head = f"{_moment(mail.made_at)} {mail.id} {_state(mail, sending=sending)}"
    if mail.recipient is None:
        return head
    lines = [head, f"  To: {mail.recipient}", f"  Subject: {mail.subject}"]
    if not sending:
        lines += ["", *(f"  {line}".rstrip() for line in (mail.text or "").splitlines()), ""]
    return "\n".join(lines)


def _state(mail: Kept, *, sending: bool) -> str:
    if mail.sent_at:
        return f"sent at {_moment(mail.sent_at)}"
    failure = f" after {mail.attempts} tries: {mail.last_error}" if mail.last_error else ""
    if mail.due_at is None:
        return f"given up{failure}"
    again = f"; again at {_moment(mail.due_at)}" if sending and failure else ""
    return f"waits{failure}{again}"


def _moment(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S}"
