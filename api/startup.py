"""What a subcommand needs first: the configuration, running servers, errors in one line."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import rich_click as click

from adapters import embedded, logs
from adapters.configuration import BadConfiguration, Configuration
from adapters.embedded.child import Child, NotReady
from adapters.postgres.archive import BadArchive
from adapters.postgres.connection import NoDatabase
from eventstore_schema.runner import MigrationRefused

COLLECTIONS = (10_000, 20, 50)
"""So many new objects, and so many collections of younger ones, before each generation's turn."""
URLS = ("database_url", "admin_database_url", "nats_url")


def configured(process: str) -> Configuration:
    """The configuration of the environment, with the logs set up for that process."""
    configuration = Configuration.read(os.environ)
    logs.configure(configuration.log_level, process)
    return configuration


def administrator(configuration: Configuration, reason: str) -> str:
    """The administrator's URL, which has to be set; `reason` is what only that role may do."""
    if not configuration.admin_database_url:
        raise BadConfiguration(f"Set TALLYBOOK_ADMIN_DATABASE_URL: only its role {reason}")
    return configuration.admin_database_url


def connected(process: str) -> Configuration:
    """The configuration of a process that starts no servers."""
    configuration = configured(process)
    if configuration.embedded:
        raise BadConfiguration(
            "Set TALLYBOOK_DATABASE_URL and TALLYBOOK_NATS_URL, or start everything with "
            "`tallybook run`"
        )
    collect_seldom()
    return configuration


def collect_seldom() -> None:
    """Leaves what was imported out of garbage collection, and collects the rest less often.

    A command makes hundreds of objects and hardly a cycle: at Python's own thresholds looking for
    cycles took a fifth of its time.
    """
    gc.freeze()
    gc.set_threshold(*COLLECTIONS)


@contextmanager
def errors_in_one_line() -> Iterator[None]:
    """Ends the command with the message of an error that its user can mend."""
    try:
        yield
    except (BadConfiguration, BadArchive, MigrationRefused, embedded.HomeInUse, NotReady) as error:
        raise click.ClickException(str(error)) from None
    except NoDatabase as error:
        raise click.ClickException(f"PostgreSQL cannot be used: {error}") from None
    except OSError as error:
        if error.filename is None:  # of no file, so no path of the user's
            raise
        raise click.ClickException(f"{error.filename}: {error.strerror}") from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        pass


@contextmanager
def settled(configuration: Configuration) -> Iterator[tuple[Configuration, list[Child]]]:
    """The configuration with every URL in it, and the servers that had to be started for that."""
    if not configuration.embedded:
        yield configuration, []
        return
    with embedded.servers(configuration.home) as servers:
        yield (
            msgspec.structs.replace(
                configuration,
                database_url=servers.database_url,
                admin_database_url=servers.admin_url,
                nats_url=servers.nats_url,
            ),
            [servers.postgres, servers.nats],
        )


@contextmanager
def reached(configuration: Configuration, *, migrating: bool = True) -> Iterator[Configuration]:
    """The configuration with every URL in it, and the schema up to date unless it has to stay.

    Where a `tallybook run` has the home folder, its servers are used; else they are started.
    """
    with ExitStack() as stack:
        try:
            found, _ = stack.enter_context(settled(configuration))
        except embedded.HomeInUse:
            if (running := _published(configuration)) is None:
                raise
            yield running
        else:
            if migrating:
                migrate(found)
            yield found


@contextmanager
def published(configuration: Configuration) -> Iterator[None]:
    """Leaves the servers' URLs in the home folder for as long as they run."""
    file = _file(configuration)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_bytes(msgspec.json.encode({url: getattr(configuration, url) for url in URLS}))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _published(configuration: Configuration) -> Configuration | None:
    try:
        urls = msgspec.json.decode(_file(configuration).read_bytes(), type=dict[str, str])
    except (FileNotFoundError, msgspec.DecodeError):  # that run is still starting
        return None
    return msgspec.structs.replace(configuration, **urls)


def _file(configuration: Configuration) -> Path:
    return configuration.home / "connection"


def migrate(configuration: Configuration) -> list[str]:
    """Migrates where we may, and says by which files; elsewhere someone with the right did it."""
    from api.migrate import migrate as apply  # noqa: PLC0415 - --help need not wait for it

    url = configuration.admin_database_url
    return asyncio.run(apply(url)) if url else []
