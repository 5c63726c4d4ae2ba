"""What the environment settles: where the servers are, where we listen, how much we log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

import msgspec

from adapters.mail import is_address
from adapters.smtp_url import SmtpServer
from projections.engine.shard import WHOLE, Shard

PREFIX = "TALLYBOOK_"
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
SECRETS = frozenset(
    {"database_url", "admin_database_url", "nats_url", "demo_password", "secret", "smtp_url"}
)
"""Settings that hold passwords, or are some."""


class BadConfiguration(Exception):
    """A setting cannot be used; the message names the variable and what it should be."""


class Configuration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings: each field is the variable TALLYBOOK_ and its name in capitals."""

    home: Path = Path(".tallybook")
    """Where the embedded servers keep their data."""
    database_url: str = ""
    """Empty: the embedded PostgreSQL."""
    admin_database_url: str = ""
    """Who may migrate; the application itself never uses it."""
    nats_url: str = ""
    """Empty: the embedded NATS; the members of a cluster are separated by commas."""
    nats_replicas: Annotated[int, msgspec.Meta(ge=1, le=5)] = 1
    """How many members of a cluster keep a copy of the stream."""
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8000
    allowed_hosts: Annotated[str, msgspec.Meta(pattern=r"^[^\s/@]*$")] = ""
    """The server's names, separated by commas; the loopback's and `host` are always among them."""
    trusted_proxies: str = ""
    """Addresses or networks, separated by commas, whose X-Forwarded-For and -Proto are believed."""
    insecure_cookies: bool = False
    """Whether browsers may send their cookies over plain HTTP."""
    demo_password: Annotated[str, msgspec.Meta(min_length=8)] | None = None
    """The demo people's password; none: one is made up and printed."""
    secret: Annotated[str, msgspec.Meta(min_length=32)] | None = None
    """What signs tokens; none: one is made and kept in the home folder."""
    metrics_port: Annotated[int, msgspec.Meta(ge=1, le=65535)] | None = None
    """Where a relay, projector or timers process shows its figures; none: nowhere."""
    projector_shard: str = str(WHOLE)
    """Which share of the organizations a projector follows: k/N."""
    smtp_url: str = ""
    """The mail server; empty: mails are kept, for `tallybook mail` to show."""
    mail_from: str = ""
    """Who mails are from, as Tallybook <mail@example.org>."""
    public_url: str = ""
    """What links in mails begin with; empty: where the API listens."""
    log_level: Annotated[str, msgspec.Meta(pattern="^(debug|info|warning|error)$")] = "info"

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Takes the variables that are ours; raises BadConfiguration, also for one unheard of."""
        given = {
            name.removeprefix(PREFIX).lower(): text
            for name, text in environment.items()
            if name.startswith(PREFIX) and text
        }
        try:
            read = msgspec.convert(given, cls, strict=False, dec_hook=_as_path)
        except msgspec.ValidationError as error:
            raise BadConfiguration(_named(str(error))) from None
        for name, check in CHECKS.items():
            try:
                check(read)
            except ValueError as error:
                raise BadConfiguration(f"{PREFIX}{name.upper()}: {error}") from None
        return read

    def environment(self) -> dict[str, str]:
        """The variables that `read` makes this of."""
        fields = msgspec.structs.asdict(self).items()
        return {PREFIX + name.upper(): str(setting) for name, setting in fields if setting}

    @property
    def hosts(self) -> frozenset[str]:
        """What a Host header may name, without the port."""
        own = f"[{self.host}]" if ":" in self.host else self.host
        return frozenset({*LOOPBACK, own.lower(), *_listed(self.allowed_hosts.lower())})

    @property
    def proxies(self) -> list[str]:
        """The trusted proxies, one by one."""
        return _listed(self.trusted_proxies)

    @property
    def embedded(self) -> bool:
        """Whether the servers are our own; raises BadConfiguration for half of a setting."""
        if bool(self.database_url) != bool(self.nats_url):
            raise BadConfiguration(
                "Set both TALLYBOOK_DATABASE_URL and TALLYBOOK_NATS_URL, or neither of them"
            )
        return not self.database_url

    @property
    def address(self) -> str:
        """Where people find us, without a slash at the end."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def smtp(self) -> SmtpServer | None:
        """The mail server, if there is one."""
        return SmtpServer.parse(self.smtp_url) if self.smtp_url else None

    def __repr__(self) -> str:
        fields = msgspec.structs.asdict(self).items()
        shown = [
            f"{name}={'…' if name in SECRETS else repr(value)}" for name, value in fields if value
        ]
        return f"Configuration({', '.join(shown)})"


def _check_mail_from(configuration: Configuration) -> None:
    sender = configuration.mail_from
    if not sender and not configuration.smtp_url:
        return
    if not sender.isprintable() or not is_address(parseaddr(sender)[1]):
        raise ValueError("with a mail server set it to an address, or Name <address>")


def _check_public_url(configuration: Configuration) -> None:
    parts = urlsplit(configuration.public_url)
    plain = parts.scheme in {"http", "https"} and parts.netloc and not parts.query + parts.fragment
    if configuration.public_url and not plain:
        raise ValueError("it has to begin with http:// or https://, and links are put behind it")


CHECKS: Mapping[str, Callable[[Configuration], object]] = {
    "projector_shard": lambda configuration: Shard.parse(configuration.projector_shard),
    "trusted_proxies": lambda configuration: [ip_network(one) for one in configuration.proxies],
    "smtp_url": lambda configuration: configuration.smtp,
    "mail_from": _check_mail_from,
    "public_url": _check_public_url,
}
"""Each raises ValueError; what the types of the fields cannot say."""


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _as_path(kind: type, text: Any) -> Any:
    return kind(text)


def _named(message: str) -> str:
    """Turns "... - at `$.port`" and "... unknown field `prot`" into the variable's name."""
    problem, _, path = message.rpartition(" - at `$.")
    if problem:
        return f"{PREFIX}{path.rstrip('`').upper()}: {problem}"
    field = message.split("`")[1]
    known = ", ".join(PREFIX + name.upper() for name in Configuration.__struct_fields__)
    return f"{PREFIX}{field.upper()} is no setting; there are {known}"
