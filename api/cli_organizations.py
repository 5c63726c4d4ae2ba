"""`tallybook organizations`: who has tenancy here, and the first people of each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import msgspec
import rich_click as click
import uvloop
from rich.console import Console
from rich.table import Table

from api import startup

if TYPE_CHECKING:
    from uuid import UUID

    from adapters.configuration import Configuration
    from api.services import Services
    from domain.people.organization import Organization
    from domain.people.organization_commands import OrganizationType

T = TypeVar("T")
TYPES = ("independent", "customer", "supplier")
PAGE = 500
ORASEAS_EE, BOSSAQUA = "Oraseas EE", "BossAqua"
admin_option = click.option(
    "--admin", nargs=2, metavar="NAME EMAIL", help="Who manages it; he logs in with the address."
)
password_option = click.option(
    "--password",
    is_flag=True,
    help="Ask for his password and let him in at once, instead of a mail that invites him.",
)


@click.group()
def organizations() -> None:
    """Found organizations and see which there are.

    Everything belongs to one organization, and none sees anything of another. Its admin makes all
    others of its people. How he gets in: by the mail that invites him, which `tallybook mail` shows
    where no mail server is set; or with a password that you choose here.
    """


@organizations.command("create")
@click.argument("name")
@click.option(
    "--type",
    "kind",
    type=click.Choice(TYPES),
    default="independent",
    show_default=True,
    help="A customer begins with a warehouse of its name and ABParts' limits.",
)
@click.option("--parent", help="A supplier's customer, or Oraseas EE: its name or id.")
@admin_option
@password_option
def create_one(
    name: str,
    kind: str,
    parent: str | None,
    admin: tuple[str, str] | None,
    *,
    password: bool,
) -> None:
    r"""Found NAME; if there is one of that name already, nothing is changed.

    \b
    tallybook organizations create "Fire Department" --admin "Ada Ash" ada@example.org --password
    tallybook organizations create "Nuts & Co" --type supplier --parent "Bolt Works"
    """
    chosen = _chosen_password(admin) if password else None
    founded = _run(lambda on: _create(on, (name, kind, parent), admin, chosen))
    click.echo(founded)


@organizations.command("list")
def list_all() -> None:
    """Show the organizations by name."""
    found = _run(_all)
    names = {one.id: one.title for one in found}
    shown = Table("name", "type", "parent", "", "id", box=None)
    for one in found:
        above = "" if one.parent is None else names.get(one.parent, str(one.parent))
        shown.add_row(one.title, one.type, above, "" if one.active else "inactive", str(one.id))
    Console(highlight=False, soft_wrap=True).print(shown)


@organizations.command("preset")
@click.argument("preset", type=click.Choice(["abparts"]))
@admin_option
@password_option
def set_up(preset: str, admin: tuple[str, str] | None, *, password: bool) -> None:
    r"""Found what a preset needs; what is there already stays as it is.

    abparts: Oraseas EE with a super admin, who founds customers, and BossAqua, which only he sees.
    Orders and transactions beyond limits need approval in both, and in every customer of theirs.

    \b
    tallybook organizations preset abparts --admin "Olga Oras" olga@example.org
    """
    if admin is None:
        raise click.UsageError(f"{preset} needs --admin NAME EMAIL: its super admin")
    chosen = _chosen_password(admin) if password else None
    for line in _run(lambda on: _abparts(on, admin, chosen)):
        click.echo(line)


async def _create(
    on: Services,
    what: tuple[str, str, str | None],
    admin: tuple[str, str] | None,
    password: str | None,
) -> str:
    from domain.people.organization_commands import CreateOrganization

    name, kind, parent = what
    if (known := await on.people.named(name)) is not None:
        return await _again(on, name, known, admin, password)
    above = None if parent is None else await on.people.named(parent)
    if parent is not None and above is None:
        raise click.ClickException(f"There is no organization {parent!r}")
    first = None if admin is None else {"name": admin[0], "username": admin[1]}
    asked = {"name": name, "type": kind, "parent": above, "admin": first}
    command = msgspec.convert(asked, CreateOrganization)
    made = await on.people.create(command, password)
    return f"{name} is founded: {made}\n{_way_in(admin, password)}"


async def _abparts(on: Services, admin: tuple[str, str], password: str | None) -> list[str]:
    told = []
    wanted: tuple[tuple[str, OrganizationType, tuple[str, str] | None], ...] = (
        (ORASEAS_EE, "oraseas_ee", admin),
        (BOSSAQUA, "bossaqua", None),
    )
    for name, kind, first in wanted:
        if (known := await on.people.singleton(kind)) is None:
            told.append(await _create(on, (name, kind, None), first, password))
        else:
            told.append(await _again(on, name, known, first, password))
    return told


async def _again(
    on: Services, name: str, known: UUID, admin: tuple[str, str] | None, password: str | None
) -> str:
    """What is there stays; only its admin, should he never have got in, is let in another time."""
    there = f"{name} is there already: {known}"
    if admin is None or not await on.people.welcome(known, admin[1], password):
        return f"{there}\nNothing is changed"
    return f"{there}\n{_way_in(admin, password)}"


async def _all(on: Services) -> list[Organization]:
    """By name; asked of the log itself, as nothing else may be running."""
    from domain.people.founding import NAME
    from domain.people.organization import Organization
    from domain.ports import GLOBAL

    found: list[Organization] = []
    after = GLOBAL
    while ids := await on.log.holders(GLOBAL, NAME, after, PAGE):
        cached = await on.aggregates.get(Organization, ids)
        found += [one.aggregate for one in cached if isinstance(one.aggregate, Organization)]
        after = ids[-1]
    return sorted(found, key=lambda one: one.title.casefold())


def _chosen_password(admin: tuple[str, str] | None) -> str:
    from adapters.passwords import WeakPassword, refuse_weak

    if admin is None:
        raise click.UsageError("--password is of somebody: name him with --admin NAME EMAIL")
    chosen: str = click.prompt(f"Password of {admin[1]}", hide_input=True, confirmation_prompt=True)
    try:
        refuse_weak(chosen, admin[1])
    except WeakPassword as weak:
        raise click.ClickException(weak.detail) from None
    return chosen


def _way_in(admin: tuple[str, str] | None, password: str | None) -> str:
    if admin is None:
        return "Nobody can log in to it yet"
    if password is None:
        return f"{admin[1]} is invited by mail; without a mail server see `tallybook mail`"
    return f"{admin[1]} may log in with the password that you chose"


def _run(work: Callable[[Services], Awaitable[T]]) -> T:
    async def connected(found: Configuration) -> T:
        from adapters.metrics import Metrics
        from api.services import services
        from domain.base import Refused
        from domain.ports import AppendRefused

        async with services(found, Metrics()) as running:
            try:
                return await work(running)
            except msgspec.ValidationError as error:
                raise click.ClickException(f"{error}. Nothing is founded.") from None
            except Refused as refusal:
                raise click.ClickException(f"{refusal.detail} Nothing is founded.") from None
            except AppendRefused as error:
                raise click.ClickException(f"Not founded, try again: {error}") from None

    configured = startup.configured
    with startup.errors_in_one_line(), startup.reached(configured("organizations")) as found:
        return uvloop.run(connected(found))
