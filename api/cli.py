"""The `tallybook` command: one subcommand per process, and `run` for all of them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import msgspec
import rich_click as click
import uvloop

from adapters import embedded, logs
from adapters.configuration import BadConfiguration, Configuration
from adapters.embedded.child import Child, NotReady
from api.processes import Supervisor, heed_signals

PROCESSES = ("api", "relay", "projector", "timers")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--parent", type=int, hidden=True, help="End when this process is no longer ours.")
def main(parent: int | None) -> None:
    """Tallybook keeps stock as a log of events: everything shown is a projection of it.

    `tallybook run` needs nothing else: it starts its own PostgreSQL and NATS with their data in
    .tallybook, migrates, and runs every process until Ctrl-C.

    With servers of your own, set TALLYBOOK_DATABASE_URL, TALLYBOOK_ADMIN_DATABASE_URL (for
    `migrate`) and TALLYBOOK_NATS_URL, and run the processes together or one by one, on as many
    machines as you like. Other settings: TALLYBOOK_HOME, TALLYBOOK_HOST, TALLYBOOK_PORT,
    TALLYBOOK_LOG_LEVEL, TALLYBOOK_DEMO_PASSWORD.
    """
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


@main.command()
def run() -> None:
    """Run everything: servers where none are set, migrations, and all processes.

    A process that dies is started again; Ctrl-C stops them all, the last one first.
    """
    heed_signals()
    with _errors_in_one_line(), _settled(_configured("run")) as (configuration, servers):
        _migrate(configuration)
        _check_port(configuration)
        processes = [_process(name, configuration) for name in PROCESSES]
        with Supervisor([*servers, *processes]) as supervisor:
            processes[0].await_ready(lambda: _answers(configuration))
            announce(configuration)
            supervisor.run()


@main.command()
def migrate() -> None:
    """Bring the database's schema up to date; a second time it changes nothing."""
    with _errors_in_one_line(), _settled(_configured("migrate")) as (configuration, _):
        if not configuration.admin_database_url:
            raise BadConfiguration("Set TALLYBOOK_ADMIN_DATABASE_URL: only its role may migrate")
        _migrate(configuration)


@main.command()
def api() -> None:
    """Serve commands, queries and live updates over HTTP; the docs are at /docs."""
    from api.app import serve_api

    with _errors_in_one_line():
        uvloop.run(serve_api(_connected("api")))


@main.command()
def relay() -> None:
    """Copy the log to NATS JetStream as it grows."""
    from api.app import run_relay

    _until_stopped("relay", run_relay)


@main.command()
def projector() -> None:
    """Keep the read models up with the log."""
    from api.app import run_projector

    _until_stopped("projector", run_projector)


@main.command()
def timers() -> None:
    """Send the commands that are due: expiries, reminders, postings that were cut short."""
    from api.app import run_timers

    _until_stopped("timers", run_timers)


@main.command()
def openapi() -> None:
    """Print the OpenAPI document; no server is started."""
    from api.app import openapi as document

    click.echo(document())


def announce(configuration: Configuration) -> None:
    """Says where everything is, once it answers."""
    address = f"http://{configuration.host}:{configuration.port}"
    click.echo(f"Tallybook is at {address}, its docs at {address}/docs; Ctrl-C stops it.")


def _configured(process: str) -> Configuration:
    configuration = Configuration.read(os.environ)
    logs.configure(configuration.log_level, process)
    return configuration


def _connected(process: str) -> Configuration:
    """The configuration of a process that starts no servers."""
    configuration = _configured(process)
    if configuration.embedded:
        raise BadConfiguration(
            "Set TALLYBOOK_DATABASE_URL and TALLYBOOK_NATS_URL, or start everything with "
            "`tallybook run`"
        )
    return configuration


@contextmanager
def _errors_in_one_line() -> Iterator[None]:
    try:
        yield
    except (BadConfiguration, embedded.HomeInUse, NotReady) as error:
        raise click.ClickException(str(error)) from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        pass


@contextmanager
def _settled(configuration: Configuration) -> Iterator[tuple[Configuration, list[Child]]]:
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


def _migrate(configuration: Configuration) -> None:
    """Migrates where we may; elsewhere someone with the right to do it has done it."""
    from api.migrate import migrate

    if configuration.admin_database_url:
        asyncio.run(migrate(configuration.admin_database_url))


def _process(name: str, configuration: Configuration) -> Child:
    command = (sys.executable, "-m", "api.cli", "--parent", str(os.getpid()), name)
    return Child(name, command, environment={**os.environ, **configuration.environment()})


def _until_stopped(process: str, work: Callable[[Configuration], Awaitable[None]]) -> None:
    """Runs the work; SIGTERM cancels it, so that its clean-up is done."""

    async def cancellable(configuration: Configuration) -> None:
        task = asyncio.ensure_future(work(configuration))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        await task

    with _errors_in_one_line():
        uvloop.run(cancellable(_connected(process)))


def _check_port(configuration: Configuration) -> None:
    if _answers(configuration):
        raise BadConfiguration(
            f"Port {configuration.port} is in use: set TALLYBOOK_PORT to another one"
        )


def _answers(configuration: Configuration) -> bool:
    try:
        with socket.create_connection((configuration.host, configuration.port), timeout=1):
            return True
    except OSError:
        return False


def _end_with(parent: int) -> None:
    """Ends this process soon after its parent, where the kernel does not see to that."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
