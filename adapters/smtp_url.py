"""Where the mail server is: TALLYBOOK_SMTP_URL, taken apart."""

from __future__ import annotations

from typing import Self
from urllib.parse import unquote, urlsplit

import msgspec

PORTS = {"smtp": 587, "smtps": 465}
OWN_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
FORM = (
    "it has to be smtp://user:password@host:port or smtps://user:password@host:port; in user and "
    "password write special characters as %40 and the like"
)


class SmtpServer(msgspec.Struct, frozen=True, kw_only=True):
    """A mail server, and who we are there."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool
    """From the first byte; otherwise STARTTLS, except on our own machine."""

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raises ValueError, whose message holds nothing of the URL."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError(FORM) from None
        rest = parts.path.strip("/") + parts.query + parts.fragment
        if (
            parts.scheme not in PORTS
            or not host
            or rest
            or bool(parts.username) != bool(parts.password)
        ):
            raise ValueError(FORM)
        return cls(
            host=host,
            port=port or PORTS[parts.scheme],
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=parts.scheme == "smtps",
        )

    @property
    def start_tls(self) -> bool:
        """Whether the connection has to be secured before anything is said on it."""
        return not self.tls and self.host not in OWN_MACHINE

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.host}:{self.port})"
