"""`tallybook projections`: how the read models are, rebuilding them, dropping old ones."""

from __future__ import annotations

import re
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click
import uvloop
from rich.console import Console
from rich.filesize import decimal
from rich.progress import TimeRemainingColumn
from rich.table import Table

from adapters.configuration import Configuration
from api import startup
from api.progress import Rate, bar
from projections.engine.shard import SIZES

if TYPE_CHECKING:
    from adapters.postgres.checkpoints import Checkpoints, Health, Kept
    from projections.engine.projection import Projection
    from projections.engine.rebuild import Report

T = TypeVar("T")
NAME = re.compile(r"\w+_v[0-9]+")


@click.group()
def projections() -> None:
    """Look after the read models: everything in them is made of the log, and can be made again."""


@projections.command("list")
@click.option("--parked", is_flag=True, help="Show the streams that were given up, and why.")
def list_projections(*, parked: bool) -> None:
    """Show each projection: its version, how far it is, what it gave up on, what it takes.

    Those that this release does not know are of an earlier one, or of a rebuild that was killed:
    `tallybook projections drop` removes them.

    With --parked each line is a projection, a stream, the position from which it is left out, and
    the error: mend its cause, then `tallybook projections rebuild` the projection.
    """
    from adapters.postgres.checkpoints import Checkpoints

    with _reached() as configuration:
        if parked:
            for stream in _run(_asked(configuration, Checkpoints.parked)):
                click.echo(f"{stream.projection} {stream.stream} {stream.position} {stream.error}")
            return
        rows = _run(_asked(configuration, _rows))
        shown = Table(box=None)
        for name in ("projection", "version", "shard"):
            shown.add_column(name, overflow="fold")
        for figure in ("position", "behind", "parked", "rows, about", "size"):
            shown.add_column(figure, justify="right")
        shown.add_column("")
        for row in rows:
            shown.add_row(*row)
        Console(highlight=False).print(shown)


@projections.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "every", is_flag=True, help="All of them.")
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if any row differs.")
@click.option(
    "--workers",
    type=click.Choice(["1", "2", "4", "8", "16"]),
    default="1",
    show_default=True,
    help="Fold in so many processes, each a share of the organizations.",
)
def rebuild(names: tuple[str, ...], workers: str, *, every: bool, check: bool) -> None:
    """Make the rows of projections anew from the log, and replace those that differ.

    Do it after mending what had parked streams, and before the first start of a release with a new
    version of a projection. Nobody is kept waiting: queries are answered and projectors go on
    until, in the end, the rows are replaced at once. A rebuild that is killed has changed nothing.

    With --check it is the auditor's proof that the rows are what the log says.
    """
    with _reached() as configuration:
        chosen = _chosen(names, every=every)
        _check_admin(configuration)
        sound = True
        for projection in chosen:
            report = _rebuilt(configuration, projection, check=check, workers=int(workers))
            click.echo(_told(report, check=check))
            sound = sound and report.sound
    sys.exit(check and not sound)


@projections.command("shard")
@click.argument("of", metavar="N", type=click.Choice([str(size) for size in SIZES]))
def share_out(of: str) -> None:
    """Follow all projections in N shards from now on, each by a projector of its own.

    Stop all projectors first; then start N of them, with TALLYBOOK_PROJECTOR_SHARD=1/N to N/N, or
    `tallybook run --projectors N`.
    """
    from api.rebuilding import shared_out

    with _reached() as configuration:
        _run(shared_out(configuration, int(of)))
        click.echo(f"The projections are followed in {of} shards now")


@projections.command()
@click.argument("name", metavar="NAME_vN")
def drop(name: str) -> None:
    """Remove a projection of an earlier release: its tables, checkpoints and parked streams."""
    from projections.all import PROJECTIONS

    if name in {projection.id for projection in PROJECTIONS}:
        raise click.ClickException(f"{name} is used by this release: it cannot be dropped")
    if not NAME.fullmatch(name):
        raise click.ClickException(f"{name} is no projection's name and version: see `list`")
    with _reached() as configuration:
        _check_admin(configuration)
        if not (tables := _run(_dropped(configuration, name))):
            raise click.ClickException(f"There is no {name}: `tallybook projections list`")
        click.echo(f"Dropped {', '.join(tables)}")


def _chosen(names: Sequence[str], *, every: bool) -> list[Projection[Any]]:
    """The named projections, by name or by name and version."""
    from projections.all import PROJECTIONS

    known = {one.name: one for one in PROJECTIONS} | {one.id: one for one in PROJECTIONS}
    if every == bool(names):
        raise click.UsageError("Name projections, or say --all")
    if unknown := [name for name in names if name not in known]:
        there = ", ".join(one.name for one in PROJECTIONS)
        raise click.UsageError(f"No projection is called {unknown[0]}; there are {there}")
    return list(PROJECTIONS) if every else [known[name] for name in names]


def _rebuilt(
    configuration: Configuration, projection: Projection[Any], *, check: bool, workers: int
) -> Report:
    from api.rebuilding import rebuilt
    from projections.engine.checkpoints import NoCheckpoint
    from projections.engine.rebuild import LogRestored
    from projections.engine.staging import RebuildRunning

    with bar(Rate("events"), TimeRemainingColumn()) as shown:
        task = shown.add_task(projection.id, total=None)
        told = lambda position, last: shown.update(task, completed=position, total=last)  # noqa: E731 - it is one
        try:
            return _run(rebuilt(configuration, projection, check=check, workers=workers, told=told))
        except (RebuildRunning, LogRestored, NoCheckpoint) as error:
            raise click.ClickException(str(error)) from None


def _told(report: Report, *, check: bool) -> str:
    found, rate = report.difference, report.events / report.seconds
    differing = "no row differs"
    if found.rows:
        kinds = f"{found.missing:,} missing, {found.surplus:,} too many, {found.wrong:,} wrong"
        differing = f"{found.rows:,} rows {'differ' if check else 'replaced'}: {kinds}"
    parked = f"; {len(report.parked)} streams parked" if report.parked else ""
    if report.were_parked - report.parked:
        parked += f"; {len(report.were_parked - report.parked)} parked ones are sound now"
    return (
        f"{report.projection}: {report.rows:,} rows of {report.events:,} events in "
        f"{report.seconds:.1f} s ({rate:,.0f} events/s); {differing}{parked}"
    )


async def _asked(
    configuration: Configuration, question: Callable[[Checkpoints], Awaitable[T]]
) -> T:
    from adapters.postgres.checkpoints import Checkpoints
    from adapters.postgres.connection import create_pool, first_connection

    with first_connection():
        async with await create_pool(configuration.database_url) as pool:
            return await question(Checkpoints(pool))


async def _rows(checkpoints: Checkpoints) -> list[tuple[str, ...]]:
    from projections.all import PROJECTIONS

    ours = {projection.id for projection in PROJECTIONS}
    kept = {one.projection: one for one in await checkpoints.tables()}
    health = await checkpoints.health()
    rows = [_row(one, kept.get(one.projection), one.projection in ours) for one in health]
    followed = {one.projection for one in health}
    rest = [_row(None, table, known=False) for name, table in kept.items() if name not in followed]
    return rows + rest


def _row(health: Health | None, kept: Kept | None, known: bool) -> tuple[str, ...]:  # noqa: FBT001
    name, _, version = (health or kept).projection.rpartition("_v")  # type: ignore[union-attr]  # one is there
    figures = ("", "", "", "")
    if health:
        figures = (health.shard, f"{health.position:,}", f"{health.behind:,}", f"{health.parked:,}")
    size = (f"{kept.rows:,}", decimal(kept.bytes)) if kept else ("", "")
    return (name, version, *figures, *size, "" if known else "not of this release")


async def _dropped(configuration: Configuration, name: str) -> list[str]:
    from adapters.postgres.connection import connect, first_connection
    from projections.engine.tables import drop

    with first_connection():
        connection = await connect(configuration.admin_database_url)
    try:
        return await drop(connection, re.escape(name))
    finally:
        await connection.close()


def _run(work: Coroutine[Any, Any, T]) -> T:
    return uvloop.run(work)


@contextmanager
def _reached() -> Iterator[Configuration]:
    """Servers of others are left as they are migrated: that takes locks."""
    with startup.errors_in_one_line(), ExitStack() as stack:
        configuration = startup.configured("projections")
        if configuration.embedded:
            configuration = stack.enter_context(startup.reached(configuration))
        yield configuration


def _check_admin(configuration: Configuration) -> None:
    startup.administrator(configuration, "may make tables")
