"""What the environment settles: where the servers are, where we listen, how much we log."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Self

import msgspec

from projections.engine.shard import WHOLE, Shard

PREFIX = "TALLYBOOK_"
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


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
            Shard.parse(read.projector_shard)
        except msgspec.ValidationError as error:
            raise BadConfiguration(_named(str(error))) from None
        except ValueError as error:
            raise BadConfiguration(f"{PREFIX}PROJECTOR_SHARD: {error}") from None
        try:
            _ = [ip_network(proxy) for proxy in read.proxies]
        except ValueError as error:
            raise BadConfiguration(f"{PREFIX}TRUSTED_PROXIES: {error}") from None
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
