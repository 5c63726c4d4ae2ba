"""PostgreSQL and NATS from their PyPI wheels, with their data in one folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

import msgspec

from adapters.embedded import nats, postgres
from adapters.embedded.child import Child


class HomeInUse(Exception):
    """Another run owns the folder."""


class Servers(msgspec.Struct, frozen=True):
    """The running servers, and where to reach them."""

    postgres: Child
    nats: Child
    admin_url: str
    database_url: str
    nats_url: str


@contextmanager
def servers(home: Path, settings: Mapping[str, str] = postgres.SETTINGS) -> Iterator[Servers]:
    """Runs both servers on the data in `home`; raises HomeInUse while another run does."""
    home = home.absolute()
    with ExitStack() as stack:
        stack.enter_context(owned(home))
        database = postgres.Database.at(home)
        stack.callback(database.leave)
        postgres_server = database.server(settings, log=home / "postgres.log")
        stack.callback(postgres_server.stop)
        database.start(postgres_server)
        port = nats.free_port(home)
        nats_server = nats.server(home, port)
        stack.callback(nats_server.stop)
        nats.start(home, port, nats_server)
        yield Servers(
            postgres_server,
            nats_server,
            database.url("postgres"),
            database.url("tallybook_app"),
            f"nats://127.0.0.1:{port}",
        )


@contextmanager
def owned(home: Path) -> Iterator[None]:
    """Holds the folder's lock, which the kernel releases however we end; raises HomeInUse."""
    if not home.exists():
        home.mkdir(parents=True)
        home.chmod(0o711)
    with (home / "lock").open("a+", encoding="utf-8") as lock:
        _take(lock, home)
        yield


def _take(lock: TextIO, home: Path) -> None:
    lock.seek(0)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise HomeInUse(
            f"{home} is in use by process {lock.read().strip()}: "
            "stop that one, or set TALLYBOOK_HOME to another folder"
        ) from None
    lock.truncate()
    lock.write(f"{os.getpid()}\n")
    lock.flush()
