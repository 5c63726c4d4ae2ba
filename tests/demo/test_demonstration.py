"""The demonstration organization, and the demonstration played on it in a whole system."""

from __future__ import annotations

import io
from pathlib import Path
from uuid import UUID

import pytest
from rich.console import Console

from adapters.configuration import BadConfiguration, Configuration
from adapters.importers import stock_csv
from api import demonstration
from api.demo.play import Options, Play
from api.demo.screen import Screen
from api.demonstration import ORGANIZATION, Password
from api.importing import Import
from domain.ids import pool_id, product_id, warehouse_id
from domain.stock.opening import ImportStock
from tests.system import Client, System

PASSWORD = "a password of the tests"  # noqa: S105 - of people who live for one test


@pytest.fixture
async def shown(system: System) -> System:
    """A system with the demonstration in it."""
    await demonstration.set_up(system.services, Password(PASSWORD, new=True))
    return system


async def _log_in(system: System, username: str, password: str) -> int:
    body = {"username": username, "password": password}
    return (await system.anonymous.post("/auth/token", body)).status_code


async def test_setting_up_twice_is_as_good_as_once(shown: System) -> None:
    """The second time appends nothing, and everybody still gets in."""
    head = await shown.services.log.head()
    await demonstration.set_up(shown.services, Password(PASSWORD, new=False))

    assert await shown.services.log.head() == head
    assert await shown.services.people.named("Demonstration") == ORGANIZATION
    for username in ("admin", "auditor", "counter1", "counter2", "counter3"):
        assert await _log_in(shown, username, PASSWORD) == 200


async def test_a_new_password_takes_the_place_of_the_old_one(shown: System) -> None:
    """Whoever configures another one gets in with it."""
    await demonstration.set_up(shown.services, Password("another one", new=True))

    assert await _log_in(shown, "auditor", "another one") == 200
    assert await _log_in(shown, "auditor", PASSWORD) == 401


def test_a_password_is_made_once_and_kept_for_our_eyes_only(tmp_path: Path) -> None:
    """A configured one takes its place."""
    choice = Configuration(home=tmp_path, demo_password="chosen by us")  # noqa: S106 - a test's
    made = demonstration.password(Configuration(home=tmp_path))
    again = demonstration.password(Configuration(home=tmp_path))
    chosen = demonstration.password(choice)

    assert (made.new, again.new, again.text) == (True, False, made.text)
    assert (chosen.new, chosen.text) == (True, "chosen by us")
    assert ((tmp_path / "demo-password").stat().st_mode & 0o777) == 0o600
    with pytest.raises(BadConfiguration, match="TALLYBOOK_DEMO_PASSWORD: Choose"):
        demonstration.password(Configuration(home=tmp_path, demo_password="password1"))  # noqa: S106 - a test's


async def _imported(system: System, organization: UUID, command: ImportStock) -> tuple[int, int]:
    taken = await Import(system.services, organization, command).run()
    return taken.created.total(), taken.received


async def test_an_import_tells_what_it_did_and_a_second_one_that_it_did_nothing(
    system: System,
) -> None:
    """The first attempt writes nothing and foretells the figures."""
    organization = await system.services.people.found("Importers")
    sample = demonstration.sample()
    head = await system.services.log.head()
    foretold = await Import(system.services, organization, sample).attempt()

    assert await system.services.log.head() == head
    assert foretold.created == {"warehouse": 1, "shelf": 6, "product": 24, "pool_stock": 29}
    assert await _imported(system, organization, sample) == (foretold.created.total(), 29)
    assert await _imported(system, organization, sample) == (0, 0)


async def test_a_list_taken_over_before_does_not_bring_back_what_was_removed(
    shown: System, tmp_path: Path
) -> None:
    """The same content is answered as the first time, whatever has happened since."""
    file = tmp_path / "list.csv"
    file.write_text("warehouse,sku,quantity,name\nREMOVED,EMPTY,0,Empty\n", encoding="utf-8")
    command = stock_csv.read(file).command
    assert command is not None
    await _imported(shown, ORGANIZATION, command)
    body = {"username": "admin", "password": PASSWORD}
    tokens = await shown.anonymous.done("/auth/token", body)
    admin = Client(shown.http, tokens["access_token"], UUID(int=0))
    place = warehouse_id(ORGANIZATION, "REMOVED")
    entry = pool_id(product_id(ORGANIZATION, "EMPTY"), place)
    await admin.done(f"/admin/inventory/{entry}", None, "DELETE")

    assert await _imported(shown, ORGANIZATION, command) == (0, 0)


async def test_the_demonstration_finds_what_it_has_planted_and_may_be_repeated(
    shown: System,
) -> None:
    """Everything that it checks holds, over some shelves and over all."""
    for seed, items in ((1, 6), (2, 0)):
        console = Console(file=io.StringIO(), width=100)
        options = Options(PASSWORD, demonstration.WAREHOUSE, items, seed)
        holds = await Play(shown.http, options, Screen(console)).run()
        told = console.file.getvalue() if isinstance(console.file, io.StringIO) else ""

        assert holds, told
        assert told.count("PASS") == 6
        assert "commands in" in told
