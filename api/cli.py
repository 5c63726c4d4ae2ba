"""The `tallybook` command: one subcommand per process, and `run` for all of them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

import msgspec
import rich_click as click
import uvloop

from adapters.configuration import BadConfiguration, Configuration
from adapters.embedded.child import Child
from adapters.secret import signing_secret
from api import startup
from api.cli_analysts import analysts
from api.cli_backup import backup, restore
from api.cli_import import imports
from api.cli_mail import mail
from api.cli_organizations import organizations
from api.cli_play import import_online_retail
from api.cli_projections import projections
from api.processes import Supervisor, heed_signals, until_stopped
from projections.engine.shard import SIZES, Shard

PROCESSES = ("api", "relay", "timers")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--parent", type=int, hidden=True, help="End when this process is no longer ours.")
def main(parent: int | None) -> None:
    """Tallybook keeps stock as a log of events: everything shown is a projection of it.

    `tallybook run` needs nothing else: it starts its own PostgreSQL and NATS with their data in
    .tallybook, migrates, and runs every process until Ctrl-C.

    With servers of your own, set TALLYBOOK_DATABASE_URL, TALLYBOOK_ADMIN_DATABASE_URL (for
    `migrate`) and TALLYBOOK_NATS_URL, and run the processes together or one by one, on as many
    machines as you like. Other settings: TALLYBOOK_HOME, TALLYBOOK_HOST, TALLYBOOK_PORT,
    TALLYBOOK_LOG_LEVEL, TALLYBOOK_DEMO_PASSWORD; those of e-mail are explained by `tallybook mail
    --help`. For a NATS cluster name all its members in TALLYBOOK_NATS_URL, and the copies to keep
    in TALLYBOOK_NATS_REPLICAS.
    """
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


@main.command()
@click.option(
    "--projectors",
    type=click.Choice([str(size) for size in SIZES]),
    help="Share the organizations out to so many; else to as many as before.",
)
def run(projectors: str | None) -> None:
    """Run everything: servers where none are set, migrations, and all processes.

    A process that dies is started again; Ctrl-C stops them all, the last one first.
    """
    from api.rebuilding import shards

    heed_signals()
    with (
        startup.errors_in_one_line(),
        startup.settled(startup.configured("run")) as (configuration, servers),
    ):
        startup.migrate(configuration)
        _check_port(configuration)
        signing_secret(configuration.home, configuration.secret)
        password = _demonstrate(configuration) if servers or configuration.demo_password else None
        of = asyncio.run(shards(configuration, int(projectors) if projectors else None))
        processes = _processes(configuration, of)
        with startup.published(configuration), Supervisor([*servers, *processes]) as supervisor:
            processes[0].await_ready(lambda: _answers(configuration))
            announce(configuration, password)
            supervisor.run()


@main.command()
def migrate() -> None:
    """Bring the database's schema up to date; a second time it changes nothing.

    TALLYBOOK_ADMIN_DATABASE_URL names the database and a role that may create roles in it; without
    it, the embedded database is migrated.
    """
    with startup.errors_in_one_line():
        configuration = startup.configured("migrate")
        if configuration.database_url or configuration.admin_database_url:
            startup.administrator(configuration, "may migrate")
            _tell_applied(startup.migrate(configuration))
            return
        with startup.settled(configuration) as (embedded, _):
            _tell_applied(startup.migrate(embedded))


@main.command()
def api() -> None:
    """Serve commands, queries and live updates over HTTP; the docs are at /docs."""
    from api.app import serve_api

    with startup.errors_in_one_line():
        uvloop.run(serve_api(startup.connected("api")))


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
    """Do what is due: postings of stock-takes, ends of reservations, mails."""
    from api.app import run_timers

    _until_stopped("timers", run_timers)


@main.command()
def openapi() -> None:
    """Print the OpenAPI document; no server is started."""
    from api.app import openapi as document

    click.echo(document())


@main.command()
@click.option("--items", type=click.IntRange(0), default=0, help="Count about so many; 0 is all.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of all that is random.")
@click.option("--data", type=click.Path(path_type=Path), help="Where AdventureWorks is.")
def demo(items: int, seed: int, data: Path | None) -> None:
    """Watch a stock-take: three counters, trade going on, and a check of every figure.

    It uses the system that answers at TALLYBOOK_PORT, or starts one for the time being. Where the
    AdventureWorks sample is found its stock is counted, else that of the built-in warehouse.
    """
    from api.demo.command import watch

    holds = False
    with startup.errors_in_one_line():
        holds = watch(startup.configured("demo"), data, items, seed)
    sys.exit(not holds)


def _tell_applied(names: list[str]) -> None:
    click.echo(f"applied {', '.join(names)}" if names else "the schema is up to date")


def announce(configuration: Configuration, password: str | None) -> None:
    """Says where everything is, once it answers, and who may log in."""
    from api.demonstration import PEOPLE

    address = f"http://{configuration.host}:{configuration.port}"
    click.echo(f"Tallybook is at {address}, its docs at {address}/docs; Ctrl-C stops it.")
    if password is not None:
        click.echo(f"Log in as {', '.join(PEOPLE)}; the password is {password}")


def _demonstrate(configuration: Configuration) -> str:
    """Sets the demonstration up; returns its people's password."""
    from api import demonstration

    password = demonstration.password(configuration)
    asyncio.run(demonstration.run(configuration, password))
    return password.text


def _processes(configuration: Configuration, projectors: int) -> list[Child]:
    """The API first; each of the others has a metrics port of its own, the next one."""
    shards = [Shard(number, projectors) for number in range(1, projectors + 1)]
    names = [(name, name, Shard()) for name in PROCESSES]
    names += [
        (f"projector {one}" if one.of > 1 else "projector", "projector", one) for one in shards
    ]
    port = configuration.metrics_port
    return [
        _process(
            what,
            msgspec.structs.replace(
                configuration, projector_shard=str(shard), metrics_port=port and port + number - 1
            ),
            name,
        )
        for number, (name, what, shard) in enumerate(names)
    ]


def _process(what: str, configuration: Configuration, name: str) -> Child:
    command = (sys.executable, "-m", "api.cli", "--parent", str(os.getpid()), what)
    return Child(name, command, environment={**os.environ, **configuration.environment()})


def _until_stopped(
    process: str, work: Callable[[Configuration], Coroutine[object, object, None]]
) -> None:
    from adapters.metrics import shown

    with startup.errors_in_one_line():
        configuration = startup.connected(process)
        with shown(configuration):
            uvloop.run(until_stopped(work(configuration)))


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


imports.add_command(import_online_retail)
for subcommand in (organizations, imports, projections, analysts, mail, backup, restore):
    main.add_command(subcommand)

if __name__ == "__main__":
    main()
