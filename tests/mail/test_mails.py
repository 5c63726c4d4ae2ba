"""What we write to people."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from adapters.mail import Mail
from api.mails import LONGEST_NAME, Mails
from domain.people.organization import Organization
from tests.mail.conftest import NOW


def house_of(name: str) -> Organization:
    """An organization of that name."""
    house = Organization.blank(UUID(int=7))
    house.title = name
    return house


HOUSE = house_of("Fire Department")
TOKEN = "t/o+ken"  # noqa: S105 - of no door
UNTIL = NOW + timedelta(days=7)
MAILS = Mails("https://stock.example.org")
INVITATION = """\
Ann invites you to work with Fire Department in Tallybook.

To accept, choose a password here:

https://stock.example.org/accept-invitation#token=t%2Fo%2Bken

Without the web app, this is the token:

t/o+ken

It works once, until 2026-11-27 12:00 UTC. If you do not know them, do nothing: without you nothing happens.
"""  # noqa: E501 - as it is sent


def test_an_invitation_says_who_invites_whereto_and_until_when() -> None:
    """The token is in the part of the link that no server sees, and on a line of its own."""
    mail = MAILS.invitation("bob@example.org", HOUSE, "Ann", TOKEN, UNTIL)
    assert (mail.organization, mail.to, mail.expires_at) == (HOUSE.id, "bob@example.org", UNTIL)
    assert mail.subject == "Fire Department invites you to Tallybook"
    assert mail.text == INVITATION


@pytest.mark.parametrize(
    ("mail", "page"),
    [
        (MAILS.password_reset("bob@example.org", HOUSE, TOKEN, UNTIL), "reset-password"),
        (MAILS.email_check("bob@example.org", HOUSE, TOKEN, UNTIL), "verify-email"),
    ],
)
def test_the_others_lead_to_their_pages(mail: Mail, page: str) -> None:
    """And say whose account it is."""
    assert f"\n\nhttps://stock.example.org/{page}#token=t%2Fo%2Bken\n\n" in mail.text
    assert f"\n\n{TOKEN}\n\n" in mail.text
    assert "Fire Department" in mail.text


def test_names_are_one_printable_line() -> None:
    """Whatever people call themselves, it neither makes a header nor a second link's line."""
    name = "Ann\r\nBcc: eve@example.org\n\nhttps://evil.example\x1b[2J\u202e" + "x" * 200
    house = house_of(name)
    mail = MAILS.invitation("bob@example.org", house, name, TOKEN, UNTIL)
    assert mail.subject.startswith("Ann Bcc: eve@example.org https://evil.example [2J ")
    assert len(mail.subject) <= LONGEST_NAME + len(" invites you to Tallybook")
    assert [line for line in mail.text.splitlines() if line.startswith("https:")] == [
        "https://stock.example.org/accept-invitation#token=t%2Fo%2Bken"
    ]
