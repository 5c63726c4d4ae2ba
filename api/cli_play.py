"""`tallybook import online-retail`: a file of dated lines, played as movements."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click
import uvloop
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

from adapters.importers import invoice_lines, online_retail
from adapters.importers.table import BadFile
from api import startup
from api.cli_import import chosen, rules
from api.progress import Rate, bar

if TYPE_CHECKING:
    from adapters.configuration import Configuration
    from adapters.importers.online_retail import Retail
    from domain.stock.imported_file import LinesTaken


@click.command("online-retail", help=rules(online_retail))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organization", help="Its name or id; else the demonstration's.")
@click.option("--warehouse", default="RETAIL", show_default=True, help="Its code; opened if new.")
@click.option("--limit", type=click.IntRange(1), help="Stop behind the file's first so many lines.")
def import_online_retail(
    file: Path, organization: str | None, warehouse: str, limit: int | None
) -> None:
    """Play a year of sales lines."""
    with startup.errors_in_one_line():
        with bar(MofNCompleteColumn(), Rate("lines"), TimeRemainingColumn()) as shown:
            retail = _read(file, shown)
            with startup.reached(startup.configured("import")) as found:
                taken = uvloop.run(_play(found, retail, shown, organization, warehouse, limit))
        _tell(retail, taken)


def _read(file: Path, shown: Progress) -> Retail:
    task = shown.add_task("Reading", total=None)
    try:
        retail = online_retail.read(file)
    except BadFile as error:
        raise click.ClickException(f"{error}: nothing is taken over") from None
    shown.update(task, total=retail.lines, completed=retail.lines)
    return retail


async def _play(  # noqa: PLR0913 - the command's options
    configuration: Configuration,
    retail: Retail,
    shown: Progress,
    organization: str | None,
    warehouse: str,
    limit: int | None,
) -> LinesTaken | None:
    from adapters.metrics import Metrics
    from api.playing import Player
    from api.services import services
    from domain.base import Refused
    from domain.ports import AppendRefused
    from domain.stock.place import OpenWarehouse

    total = min(limit or retail.lines, retail.lines)
    task = shown.add_task("Playing", total=total)
    opening = OpenWarehouse(code=warehouse, name=warehouse, timezone=invoice_lines.TIMEZONE)
    async with services(configuration, Metrics()) as running:
        into = await chosen(running.people, organization)
        player = Player(running, into, retail, opening, limit)
        try:
            return await player.run(
                lambda lines: shown.update(task, completed=lines),
                lambda lines: shown.reset(task, completed=min(lines, total)),
            )
        except Refused as refusal:
            raise click.ClickException(f"Stopped, nothing is half done: {refusal}") from None
        except AppendRefused as error:
            raise click.ClickException(f"Stopped, run it again to go on: {error}") from None


def _tell(retail: Retail, taken: LinesTaken | None) -> None:
    if taken is None:
        click.echo("There are no lines")
        return
    click.echo(
        f"{taken.lines:,} of {retail.lines:,} lines are in the log: {taken.movements:,} movements, "
        f"{taken.skipped:,} skipped; {taken.receipts:,} receipts cover what went out"
    )
    if taken.lines == retail.lines:
        for reason, lines in retail.skipped.most_common():
            click.echo(f"skipped {lines:,}: {reason}")
