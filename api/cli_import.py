"""`tallybook import`: stock lists from files; all that is wrong with one is said at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import rich_click as click
import uvloop
from rich.progress import Progress, TaskProgressColumn

from adapters.configuration import Configuration
from adapters.importers import adventureworks, inventree, stock_csv
from adapters.importers.table import BadFile, C, Reading
from api import startup
from api.progress import bar

if TYPE_CHECKING:
    from types import ModuleType
    from uuid import UUID

    from api.importing import Taken
    from api.people import People
    from domain.stock.history import ImportHistory

SHOWN = 50
KINDS = {
    "warehouse": "warehouses",
    "area": "areas",
    "shelf": "shelves",
    "bin": "bins",
    "product": "products",
    "pool_stock": "stock entries",
    "serial_unit": "units with a serial number",
}


class Options(msgspec.Struct, frozen=True):
    """How a list is taken in."""

    organization: str | None
    dry_run: bool
    skip_bad_rows: bool


@click.group("import")
def imports() -> None:
    """Take over a stock list, all or nothing; a list that was taken over before changes nothing."""


def rules(importer: ModuleType) -> str:
    """An importer's own words as help, with click's mark for paragraphs that keep their lines."""
    return (importer.__doc__ or "").replace("\n\n", "\n\n\b\n")


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--skip-bad-rows", is_flag=True, help="Take the good rows all the same."),
        click.option("--dry-run", is_flag=True, help="Check everything, write nothing."),
        click.option("--organization", help="Its name or id; else the demonstration's."),
    ):
        command = option(command)
    return command


@imports.command("adventureworks")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_options
def import_adventureworks(folder: Path, **options: Any) -> None:
    """Take over the AdventureWorks sample: a folder of tab-separated files."""
    take_over(lambda: adventureworks.read(folder), Options(**options))


@imports.command("csv", help=f"Take over a list.\n\n{rules(stock_csv)}")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--encoding", help="The file's encoding; else UTF-8 or what its first bytes say.")
@_options
def import_csv(file: Path, encoding: str | None, **options: Any) -> None:
    """Take over a CSV list with a row per product and location."""
    take_over(lambda: stock_csv.read(file, encoding), Options(**options))


@imports.command("inventree", help=rules(inventree))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organization", help="Its name or id; else the demonstration's.")
@click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
def import_inventree(file: Path, organization: str | None, *, dry_run: bool) -> None:
    """Take over an InvenTree export with its history."""
    told: list[str] = []

    def read() -> Reading[ImportHistory]:
        history = inventree.read(file)
        told.extend(f"{number:,} {what}" for what, number in history.mapped.most_common())
        left = history.unmapped.most_common()
        told.extend(f"left out: {number:,} {what}" for what, number in left)
        numbers = range(len(history.command.movements))
        origins = {f"/movements/{n}": (f"{file.name}, movement", n) for n in numbers}
        return Reading(history.command, [], origins)

    take_over(read, Options(organization=organization, dry_run=dry_run, skip_bad_rows=False))
    for line in told:
        click.echo(line)


def take_over(read: Callable[[], Reading[C]], options: Options) -> None:
    """Reads a list and takes it over, saying what became of it."""
    with startup.errors_in_one_line():
        with bar(TaskProgressColumn()) as shown:
            reading = _read(read, options, shown)
            with startup.reached(startup.configured("import")) as configuration:
                taken = uvloop.run(_write(configuration, reading, options, shown))
        _tell(taken, reading, options)


def _read(read: Callable[[], Reading[C]], options: Options, shown: Progress) -> Reading[C]:
    task = shown.add_task("Reading", total=None)
    try:
        reading = read()
    except BadFile as error:
        raise click.ClickException(str(error)) from None
    rows = reading.rows
    shown.update(task, total=rows or 1, completed=rows or 1)
    _say(reading)
    if reading.command is None or (reading.bad and not options.skip_bad_rows):
        raise click.ClickException(f"{len(reading.bad)} bad row(s): nothing is taken over")
    return reading


async def _write(
    configuration: Configuration, reading: Reading[C], options: Options, shown: Progress
) -> Taken:
    from adapters.metrics import Metrics
    from api.importing import Import
    from api.services import services
    from domain.base import Refused
    from domain.ports import AppendRefused

    assert reading.command is not None  # noqa: S101 - _read has seen to that
    task = shown.add_task("Checking" if options.dry_run else "Writing", total=None)
    async with services(configuration, Metrics()) as running:
        organization = await chosen(running.people, options.organization)
        taking = Import(running, organization, reading.command)
        try:
            taken = await (taking.attempt() if options.dry_run else taking.run())
        except Refused as refusal:
            bad = reading.blame(refusal.pointer, refusal.detail)
            raise click.ClickException(f"{bad} Nothing is taken over.") from None
        except AppendRefused as error:
            raise click.ClickException(f"Not taken over, try again: {error}") from None
    shown.update(task, total=reading.rows, completed=reading.rows)
    return taken


async def chosen(people: People, named: str | None) -> UUID:
    """The named one, which has to exist, else the demonstration's."""
    from api.demonstration import NAME, ORGANIZATION

    if named is None:
        return await people.found(NAME, id_=ORGANIZATION)
    if (found := await people.named(named)) is None:
        raise click.ClickException(f"There is no organization {named!r}")
    return found


def _say(reading: Reading[C]) -> None:
    for bad in reading.bad[:SHOWN]:
        click.echo(str(bad), err=True)
    if len(reading.bad) > SHOWN:
        click.echo(f"... and {len(reading.bad) - SHOWN} more", err=True)


def _tell(taken: Taken, reading: Reading[C], options: Options) -> None:
    created = "would be created" if options.dry_run else "created"
    for kind, name in KINDS.items():
        if (new := taken.created[kind]) + (old := taken.there[kind]):
            click.echo(f"{name}: {new} {created}, {old} already there")
    received = "would receive" if options.dry_run else "received"
    click.echo(f"{taken.received} entries {received} stock; {len(reading.bad)} rows skipped")
