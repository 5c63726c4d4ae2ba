"""The demonstration organization: five people who may log in, and a small warehouse."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import msgspec

from adapters.configuration import BadConfiguration, Configuration
from adapters.importers import stock_csv
from adapters.metrics import Metrics
from adapters.passwords import WeakPassword, refuse_weak
from api.importing import Import
from api.people import Recruit
from api.services import Services, services
from domain.ids import warehouse_id
from domain.stock.opening import ImportStock

NAME = "Demonstration"
ORGANIZATION = uuid5(NAMESPACE_URL, "tallybook/demonstration")
WAREHOUSE = "MAIN"
SAMPLE = Path(__file__).with_suffix(".csv")
PEOPLE = {
    "admin": ("Ada Admin", "admin"),
    "auditor": ("Aubrey Auditor", "auditor"),
    "counter1": ("Cleo Counter", "counter"),
    "counter2": ("Chris Counter", "counter"),
    "counter3": ("Casey Counter", "counter"),
}
"""Username to name and role."""


class Password(msgspec.Struct, frozen=True):
    """The demonstration people's password; `new` when it was not in force before."""

    text: str
    new: bool


def password(configuration: Configuration) -> Password:
    """The configured one, else the one of before, else one that is made up; kept in the home."""
    file, kept = _file(configuration), kept_password(configuration)
    text = _chosen(configuration) or kept or secrets.token_urlsafe(9)
    if text != kept:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as out:
            out.write(f"{text}\n")
    return Password(text, text != kept)


def _chosen(configuration: Configuration) -> str | None:
    try:
        if configuration.demo_password:
            refuse_weak(configuration.demo_password, "")
    except WeakPassword as weak:
        raise BadConfiguration(f"TALLYBOOK_DEMO_PASSWORD: {weak}") from None
    return configuration.demo_password


def kept_password(configuration: Configuration) -> str:
    """The one of before; empty where there is none."""
    file = _file(configuration)
    return file.read_text(encoding="utf-8").strip() if file.exists() else ""


def _file(configuration: Configuration) -> Path:
    return configuration.home / "demo-password"


def sample() -> ImportStock:
    """The warehouse MAIN with 24 products, by the piece and by weight or volume."""
    command = stock_csv.read(SAMPLE).command
    assert command is not None  # noqa: S101 - the file is ours, and has rows
    return command


async def run(configuration: Configuration, password: Password) -> None:
    """Sets it up on running servers."""
    async with services(configuration, Metrics()) as running:
        await set_up(running, password)


async def set_up(services: Services, password: Password) -> None:
    """Makes what is missing; a second time there is nothing to do."""
    people = services.people
    await people.found(NAME, id_=ORGANIZATION)
    await Import(services, ORGANIZATION, sample()).run()
    own = (warehouse_id(ORGANIZATION, WAREHOUSE),)
    for username, (name, role) in PEOPLE.items():
        recruit = Recruit(
            name=name, username=username, password=password.text, roles=(role,), warehouses=own
        )
        member = await people.add(ORGANIZATION, recruit)
        if password.new:
            await people.let_in(member, password.text)
