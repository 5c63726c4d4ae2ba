"""What Tallybook writes to people, each with a link that works once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from adapters.mail import Mail
from domain.people.organization import Organization

LONGEST_NAME = 100
NOTICE_LIFE = timedelta(days=7)
TEXT = """\
{reason}

{request}:

{link}

Without the web app, this is the token:

{token}

It works once, until {until} UTC. {otherwise}
"""


NOTICE = """\
{what} of your account at {organization} in Tallybook was changed.

If it was you, there is nothing to do. If it was not, tell somebody there at once who manages
members.
"""


class Mails:
    """Writes mails whose links begin with an address, which ends without a slash.

    A token stands behind the # of its link: browsers keep that part from every server. Names are
    people's own words, so they are cut to one printable line.
    """

    def __init__(self, address: str) -> None:
        self._address = address

    def invitation(
        self, to: str, organization: Organization, invited_by: str, token: str, expires_at: datetime
    ) -> Mail:
        """Somebody may join; `invited_by` is the name of who says so."""
        name = _line(organization.title)
        return self._mail(
            to,
            organization,
            f"{name} invites you to Tallybook",
            ("accept-invitation", token, expires_at),
            reason=f"{_line(invited_by)} invites you to work with {name} in Tallybook.",
            request="To accept, choose a password here",
            otherwise="If you do not know them, do nothing: without you nothing happens.",
        )

    def password_reset(
        self, to: str, organization: Organization, token: str, expires_at: datetime
    ) -> Mail:
        """Somebody says that he has forgotten the password."""
        return self._mail(
            to,
            organization,
            "A new password for Tallybook",
            ("reset-password", token, expires_at),
            reason=f"Somebody asked for a new password for your account at "
            f"{_line(organization.title)}.",
            request="If it was you, choose one here",
            otherwise="If it was not, do nothing: the old one stays.",
        )

    def email_check(
        self, to: str, organization: Organization, token: str, expires_at: datetime
    ) -> Mail:
        """Somebody says that this address is his."""
        return self._mail(
            to,
            organization,
            "Is this your address?",
            ("verify-email", token, expires_at),
            reason=f"This address was given for an account at {_line(organization.title)} in "
            "Tallybook.",
            request="If it is yours, say so here",
            otherwise="If you have no such account, do nothing.",
        )

    def changed(self, what: str, to: str, organization: Organization, now: datetime) -> Mail:
        """Something that opens the account is another now, which a thief would not tell."""
        text = NOTICE.format(what=f"The {what}", organization=_line(organization.title))
        return Mail(
            organization=organization.id,
            to=to,
            subject=f"Your {what} for Tallybook was changed",
            text=text,
            expires_at=now + NOTICE_LIFE,
        )

    def _mail(
        self,
        to: str,
        organization: Organization,
        subject: str,
        way: tuple[str, str, datetime],
        **words: str,
    ) -> Mail:
        """`way` is the page, the token and until when it is good."""
        page, token, expires_at = way
        text = TEXT.format(
            link=f"{self._address}/{page}#token={quote(token, safe='')}",
            token=token,
            until=f"{expires_at.astimezone(UTC):%Y-%m-%d %H:%M}",
            **words,
        )
        return Mail(
            organization=organization.id, to=to, subject=subject, text=text, expires_at=expires_at
        )


def _line(name: str) -> str:
    printable = "".join(sign if sign.isprintable() else " " for sign in name)
    return " ".join(printable.split())[:LONGEST_NAME]
