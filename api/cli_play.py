"""`tallybook import online-retail`: a file of dated lines, played as movements."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click
import uvloop
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)

from adapters.importers import invoice_lines, online_retail
from adapters.importers.table import BadFile
from api import startup

if TYPE_CHECKING:
    from adapters.configuration import Configuration
    from adapters.importers.online_retail import Retail
    from domain.stock.imported_file import LinesTaken

HELP = (online_retail.__doc__ or "").replace("\n\n", "\n\n\b\n")
"""The rules, with click's mark for paragraphs that keep their lines."""


class Rate(TextColumn):
    """Lines per second."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Task) -> str:  # type: ignore[override]  # a str is a renderable too
        return f"{task.speed or 0:,.0f}/s"


@click.command("online-retail", help=HELP)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organization", help="Its name or id; else the demonstration's.")
@click.option("--warehouse", default="RETAIL", show_default=True, help="Its code; opened if new.")
@click.option("--limit", type=click.IntRange(1), help="Play so many lines; without it, the rest.")
def online_retail_command(
    file: Path, organization: str | None, warehouse: str, limit: int | None
) -> None:
    """Play a year of sales lines."""
    with startup.errors_in_one_line(), _bar() as bar:
        retail = _read(file, bar)
        with startup.reached(startup.configured("import")) as configuration:
            taken = uvloop.run(_play(configuration, retail, bar, organization, warehouse, limit))
        _tell(bar.console, retail, taken)


def _read(file: Path, bar: Progress) -> Retail:
    task = bar.add_task("Reading", total=None)
    try:
        retail = online_retail.read(file)
    except BadFile as error:
        raise click.ClickException(f"{error}: nothing is taken over") from None
    bar.update(task, total=retail.lines, completed=retail.lines)
    return retail


async def _play(  # noqa: PLR0913 - the command's options
    configuration: Configuration,
    retail: Retail,
    bar: Progress,
    organization: str | None,
    warehouse: str,
    limit: int | None,
) -> LinesTaken | None:
    from adapters.metrics import Metrics
    from api.cli_import import chosen
    from api.playing import Player
    from api.services import services
    from domain.base import Refused
    from domain.ports import AppendRefused
    from domain.stock.place import OpenWarehouse

    total = min(limit or retail.lines, retail.lines)
    task = bar.add_task("Playing", total=total)
    opening = OpenWarehouse(code=warehouse, name=warehouse, timezone=invoice_lines.TIMEZONE)
    async with services(configuration, Metrics()) as running:
        into = await chosen(running.identity, organization)
        player = Player(running, into, retail, opening, limit)
        try:
            return await player.run(
                lambda lines: bar.update(task, completed=lines),
                lambda lines: bar.reset(task, completed=min(lines, total)),
            )
        except Refused as refusal:
            raise click.ClickException(f"Stopped, nothing is half done: {refusal}") from None
        except AppendRefused as error:
            raise click.ClickException(f"Stopped, run it again to go on: {error}") from None


def _tell(console: Console, retail: Retail, taken: LinesTaken | None) -> None:
    if taken is None:
        console.print("There are no lines")
        return
    console.print(
        f"{taken.lines:,} of {retail.lines:,} lines are in the log: {taken.movements:,} movements, "
        f"{taken.skipped:,} skipped; {taken.receipts:,} receipts cover what went out"
    )
    if taken.lines == retail.lines:
        for reason, lines in retail.skipped.most_common():
            console.print(f"skipped {lines:,}: {reason}")


def _bar() -> Progress:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(highlight=False))
