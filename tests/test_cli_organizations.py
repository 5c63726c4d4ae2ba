"""`tallybook organizations`: each is founded once, and whoever is to manage it gets in."""

from __future__ import annotations

import subprocess
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from adapters.identity import Identity
from tests.conftest import Database
from tests.console import tallybook
from tests.system import QUICK

PASSWORD = "correct horse battery"  # noqa: S105 - of people who live for one test


@pytest.fixture
def asked(database: Database, tmp_path: Path) -> Asked:
    """The command, of a database of the test's own."""
    return Asked(database, tmp_path)


class Asked:
    """Runs the subcommands."""

    def __init__(self, database: Database, home: Path) -> None:
        self._servers = {
            "TALLYBOOK_HOME": str(home),
            "TALLYBOOK_DATABASE_URL": database.app_url,
            "TALLYBOOK_NATS_URL": "nats://127.0.0.1:1",
        }

    def __call__(
        self, *arguments: str, typed: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """What it says."""
        return tallybook("organizations", *arguments, typed=typed, **self._servers)

    def mails(self) -> str:
        """What `tallybook mail` shows."""
        return tallybook("mail", **self._servers).stdout


def test_help_teaches() -> None:
    """What there is, and how somebody gets in."""
    shown = tallybook("organizations", "--help").stdout
    assert all(word in shown for word in ("create", "list", "preset", "tallybook mail"))
    assert "--type supplier --parent" in tallybook("organizations", "create", "--help").stdout


def test_an_organization_is_founded_once_and_its_admin_is_invited(asked: Asked) -> None:
    """Again only the invitation is: the first may have been lost."""
    create = ("create", "Fire Department", "--admin", "Ada Ash", "ada@example.org")
    first, again = asked(*create), asked(*create)
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert "Fire Department is founded: " in first.stdout
    assert "Fire Department is there already: " in again.stdout
    assert "ada@example.org is invited by mail" in again.stdout
    assert asked.mails().count("To: ada@example.org") == 2
    listed = asked("list").stdout
    assert listed.count("Fire Department") == 1
    assert "independent" in listed


async def test_with_a_password_he_may_log_in_at_once(asked: Asked, database: Database) -> None:
    """No mail is written; a second time the password stays."""
    create = ("create", "Brigade", "--admin", "Bo", "bo@example.org", "--password")
    made = asked(*create, typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert "bo@example.org may log in with the password" in made.stdout, made.stderr
    again = asked(*create, typed=f"{PASSWORD} 2\n{PASSWORD} 2\n")
    assert "Nothing is changed" in again.stdout
    async with asyncpg.create_pool(database.app_url, min_size=1) as pool:
        assert (await Identity(pool, QUICK).check("bo@example.org", PASSWORD)).right
    assert "To: bo@example.org" not in asked.mails()


def test_the_preset_is_set_up_once(asked: Asked) -> None:
    """Oraseas EE with a super admin, BossAqua, and customers with suppliers below them."""
    preset = ("preset", "abparts", "--admin", "Olga Oras", "olga@example.org")
    first = asked(*preset)
    assert first.returncode == 0, first.stderr
    assert first.stdout.count(" is founded: ") == 2
    assert asked(*preset).stdout.count(" is there already: ") == 2
    customer = ("--type", "customer", "--admin", "Cleo", "cleo@example.org")
    assert asked("create", "Bolts", *customer).returncode == 0
    assert asked("create", "Nuts", "--type", "supplier", "--parent", "BOLTS").returncode == 0
    listed = [line.split() for line in asked("list").stdout.splitlines()]
    assert [line[:-1] for line in listed[1:]] == [
        ["Bolts", "customer"],
        ["BossAqua", "bossaqua"],
        ["Nuts", "supplier", "Bolts"],
        ["Oraseas", "EE", "oraseas_ee"],
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("create", "Bolts", "--type", "customer"), "A customer needs somebody who manages it"),
        (("create", "Nuts", "--type", "supplier"), "A supplier's parent is an active customer"),
        (("create", "Nuts", "--parent", "Nobody"), "There is no organization 'Nobody'"),
        (("create", "Bolts", "--admin", "Cleo", "no address"), "Nothing is founded"),
        (("create", "Bolts", "--password"), "name him with --admin"),
        (("preset", "abparts"), "abparts needs --admin"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    asked: Asked, arguments: tuple[str, ...], message: str
) -> None:
    """Without a traceback."""
    refused = asked(*arguments)
    assert refused.returncode != 0
    assert message in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_weak_password_is_refused(asked: Asked) -> None:
    """Before anything is founded."""
    create = ("create", str(uuid4()), "--admin", "Bo", "bo@example.org", "--password")
    assert asked(*create, typed="bo123456\nbo123456\n").returncode == 1
