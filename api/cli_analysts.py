"""`tallybook analysts`: who may ask the read models in SQL, and of which organization."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import rich_click as click
import uvloop
from rich.console import Console
from rich.table import Table

from api import startup

if TYPE_CHECKING:
    from adapters.postgres.analysts import Analysts

T = TypeVar("T")


@click.group()
def analysts() -> None:
    """Let people ask the read models in SQL of their own, each of one organization.

    An analyst is a role of PostgreSQL. Row security shows it one organization's rows in the schema
    read, past versions among them, and neither the log nor who people are.
    """


@analysts.command("add")
@click.argument("role")
@click.option("--organization", required=True, help="Its name or id.")
@click.password_option(help="Asked for if it is not given.")
def add_analyst(role: str, organization: str, password: str) -> None:
    """Make ROLE a log-in of the database that sees the organization's read models."""
    from adapters.postgres.analysts import AnalystExists

    async def add(of: Analysts) -> None:
        if (found := await of.organization(organization)) is None:
            raise click.ClickException(f"There is no organization {organization!r}")
        try:
            await of.add(role, password, found)
        except AnalystExists:
            raise click.ClickException(f"There is a role {role} already") from None

    _run(add)
    click.echo(f"{role} may log in to the database now; try TABLE read.stock_levels_v1")


@analysts.command("list")
def list_analysts() -> None:
    """Show the analysts and their organizations."""
    shown = Table("role", "organization", box=None)
    for one in _run(lambda of: of.all()):
        shown.add_row(one.role, one.organization)
    Console(highlight=False).print(shown)


@analysts.command("remove")
@click.argument("role")
def remove_analyst(role: str) -> None:
    """Take the role away."""
    from adapters.postgres.analysts import NoSuchAnalyst

    async def remove(of: Analysts) -> None:
        try:
            await of.remove(role)
        except NoSuchAnalyst:
            raise click.ClickException(f"There is no analyst {role}") from None

    _run(remove)
    click.echo(f"{role} is gone")


def _run(work: Callable[[Analysts], Awaitable[T]]) -> T:
    import asyncpg

    from adapters.postgres.analysts import Analysts

    async def connected(url: str) -> T:
        connection = await asyncpg.connect(url)
        try:
            return await work(Analysts(connection))
        finally:
            await connection.close()

    with startup.errors_in_one_line(), startup.reached(startup.configured("analysts")) as found:
        url = startup.administrator(found, "may make roles")
        try:
            result: T = uvloop.run(connected(url))
        except asyncpg.PostgresError as error:  # no such name may be, or no right to make it
            raise click.ClickException(f"PostgreSQL refused it: {error}") from None
    return result
