"""`tallybook backup` and `tallybook restore`: the log and the people in one file, and back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click
from rich.progress import DownloadColumn

from adapters.configuration import BadConfiguration
from api import startup
from api.progress import bar

if TYPE_CHECKING:
    from adapters.postgres.archive import Facts

FILE = click.Path(dir_okay=False, path_type=Path)
REASON = "may read and write all there is"


@click.command()
@click.argument("file", type=FILE)
@click.option("--force", is_flag=True, help="Overwrite the file, if there is one.")
def backup(file: Path, *, force: bool) -> None:
    """Save the log and the people to FILE, while work goes on.

    FILE is a custom archive of pg_dump, readable by its owner alone: it holds password hashes. All
    of it is of one moment. Read models and NATS are not in it: they are made from the log.

    With servers of your own, set TALLYBOOK_ADMIN_DATABASE_URL.
    """
    from adapters.postgres.archive import back_up

    with startup.errors_in_one_line(), bar(DownloadColumn()) as shown:
        if file.exists() and not force:
            raise BadConfiguration(f"{file} exists: name another file, or add --force")
        if not file.parent.is_dir():
            raise BadConfiguration(f"There is no folder {file.parent}")
        configuration = startup.configured("backup")
        if configuration.embedded and not configuration.home.exists():
            raise BadConfiguration(f"There is no {configuration.home}: set TALLYBOOK_HOME")
        with startup.reached(configuration, migrating=False) as found:
            task = shown.add_task("Saving", total=None)
            tell = lambda size: shown.advance(task, size)  # noqa: E731 - it is one
            facts, digest = asyncio.run(back_up(startup.administrator(found, REASON), file, tell))
        shown.update(task, total=file.stat().st_size)
    click.echo(f"{file}: {_holds(facts)}")
    click.echo(f"sha256 {digest}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Fill an empty database from FILE, which `tallybook backup` made.

    It is checked first, and goes in as a whole or not at all. A new epoch of the log begins: a
    position that was answered after the backup was made is lost, and answered with 410.

    Without settings it goes to a new .tallybook (or TALLYBOOK_HOME); with servers of your own to
    the empty database that TALLYBOOK_ADMIN_DATABASE_URL names.
    """
    with (
        startup.errors_in_one_line(),
        bar(DownloadColumn()) as shown,
        startup.settled(startup.configured("restore")) as (configuration, servers),
    ):
        task = shown.add_task("Checking and restoring", total=2 * file.stat().st_size)
        tell = lambda size: shown.advance(task, size)  # noqa: E731 - it is one
        url = startup.administrator(configuration, REASON)
        facts = asyncio.run(_restored(url, file, tell))
    click.echo(f"Restored: {_holds(facts)}. Every stream and position is there.")
    start = "`tallybook run`" if servers else "the processes"
    click.echo(f"Next, start {start}: read models and NATS are made from the log as they go.")


async def _restored(url: str, file: Path, tell: Callable[[int], None]) -> Facts:
    from adapters.postgres import archive
    from api.migrate import migrate
    from eventstore_schema import runner

    programs = await archive.check(url, file, runner.names(), tell)
    await runner.make_roles(url)
    await archive.fill(programs, file, tell)
    await migrate(url)
    facts = await archive.resume(url)
    if not facts.whole:
        raise archive.BadArchive(f"Do not use this database, events are missing: {_holds(facts)}")
    return facts


def _holds(facts: Facts) -> str:
    return (
        f"{facts.events:,} events of {facts.streams:,} streams up to position {facts.position}, "
        f"epoch {facts.epoch}"
    )
