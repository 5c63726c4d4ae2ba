"""What a mail may be, and what stays out of sight."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.mail import LONGEST_SUBJECT, LONGEST_TEXT, BadMail, is_address
from tests.mail.conftest import TOKEN, mail

SMUGGLED = "ann@example.org\r\nBcc: eve@example.org"


@pytest.mark.parametrize(
    ("facts", "part"),
    [
        ({"to": SMUGGLED}, "recipient"),
        ({"to": "ann@example.org\n"}, "recipient"),
        ({"to": "ann@example.org, eve@example.org"}, "recipient"),
        ({"to": "Ann <ann@example.org>"}, "recipient"),
        ({"subject": "Hello\r\nBcc: eve@example.org"}, "subject"),
        ({"subject": "Hello\u2028there"}, "subject"),
        ({"subject": "x" * (LONGEST_SUBJECT + 1)}, "subject"),
        ({"subject": ""}, "subject"),
        ({"text": "\x1b]0;title\x07"}, "text"),
        ({"text": "a\rb"}, "text"),
        ({"text": "a\0b"}, "text"),
        ({"text": "x" * (LONGEST_TEXT + 1)}, "text"),
    ],
)
def test_what_could_be_taken_for_something_else_is_refused(
    facts: dict[str, Any], part: str
) -> None:
    """The message names the part, and nothing that stands in it."""
    with pytest.raises(BadMail) as refusal:
        mail(**facts)
    assert part in str(refusal.value)
    assert "eve" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("ann@example.org", True),
        ("ann.o'neil+stock@mail.example.org", True),
        ("ann@localhost", True),
        ("ann", False),
        ("@example.org", False),
        ("ann@", False),
        ("ann@@example.org", False),
        (".ann@example.org", False),
        ("ann@-example.org", False),
        ("ann@example..org", False),
        ("änn@example.org", False),
        (f"{'a' * 250}@example.org", False),
    ],
)
def test_an_address_is_one_that_mail_servers_take(text: str, good: bool) -> None:
    """Of ASCII characters, and one only."""
    assert is_address(text) is good


def test_a_mail_shows_neither_address_nor_text() -> None:
    """In a traceback or a log line."""
    shown = repr(mail())
    assert TOKEN not in shown
    assert "ann" not in shown
