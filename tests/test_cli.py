"""The `tallybook` command, from the outside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from adapters import embedded
from tests.conftest import SMALL
from tests.console import tallybook

LIST = Path(__file__).parents[1] / "api" / "demonstration.csv"


def test_help_teaches_every_subcommand() -> None:
    """Who knows nothing finds the way from --help."""
    shown = tallybook("--help")

    assert shown.returncode == 0
    for name in (
        "run",
        "migrate",
        "api",
        "relay",
        "projector",
        "timers",
        "backup",
        "restore",
        "organizations",
        "mail",
        "TALLYBOOK_DATABASE_URL",
    ):
        assert name in shown.stdout


@pytest.mark.parametrize(
    ("subcommand", "variables", "message"),
    [
        ("run", {"TALLYBOOK_PORT": "x"}, "TALLYBOOK_PORT: Expected `int`"),
        ("relay", {}, "Set TALLYBOOK_DATABASE_URL and TALLYBOOK_NATS_URL, or start everything"),
        ("run", {"TALLYBOOK_NATS_URL": "nats://a"}, "Set both TALLYBOOK_DATABASE_URL and"),
        (
            "migrate",
            {"TALLYBOOK_NATS_URL": "nats://a", "TALLYBOOK_DATABASE_URL": "postgresql://a@b/c"},
            "Set TALLYBOOK_ADMIN_DATABASE_URL",
        ),
        (
            "migrate",
            {"TALLYBOOK_ADMIN_DATABASE_URL": "postgresql://a@127.0.0.1:1/c"},
            "PostgreSQL cannot be used: ",
        ),
        (
            "api",
            {
                "TALLYBOOK_NATS_URL": "nats://127.0.0.1:1",
                "TALLYBOOK_DATABASE_URL": "postgresql://a@127.0.0.1:1/c",
            },
            "PostgreSQL cannot be used: ",
        ),
    ],
)
def test_a_setting_that_will_not_do_is_said_in_one_line(
    subcommand: str, variables: dict[str, str], message: str
) -> None:
    """The command fails with the message, without a traceback."""
    refused = tallybook(subcommand, **variables)

    assert refused.returncode == 1
    assert message in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    "arguments", [("migrate",), ("run",), ("restore", str(LIST))], ids=" ".join
)
def test_a_home_that_cannot_be_made_is_said_in_one_line(arguments: tuple[str, ...]) -> None:
    """Here a file is in its way."""
    refused = tallybook(*arguments, TALLYBOOK_HOME=f"{LIST}/home")

    assert refused.returncode == 1
    assert f"{LIST}/home: Not a directory" in refused.stderr
    assert "Traceback" not in refused.stderr


NOWHERE = "postgresql://a@127.0.0.1:1/c"


@pytest.mark.parametrize(
    "arguments",
    [
        ("run",),
        ("projections", "list"),
        ("projections", "list", "--parked"),
        ("projections", "rebuild", "--all"),
        ("projections", "shard", "2"),
        ("projections", "drop", "stock_levels_v0"),
        ("analysts", "list"),
        ("mail",),
        ("organizations", "list"),
        ("backup", "nowhere.backup"),
    ],
    ids=" ".join,
)
def test_a_database_that_is_not_there_is_said_in_one_line(arguments: tuple[str, ...]) -> None:
    """Whatever asks it first; what only runs has no administrator."""
    variables = {"TALLYBOOK_NATS_URL": "nats://127.0.0.1:1", "TALLYBOOK_DATABASE_URL": NOWHERE}
    if arguments != ("run",):
        variables["TALLYBOOK_ADMIN_DATABASE_URL"] = NOWHERE
    refused = tallybook(*arguments, **variables)

    assert refused.returncode == 1
    assert "PostgreSQL cannot be used: " in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("role", ["", "pg_ann", "public"])
def test_a_role_that_cannot_be_is_said_in_one_line(home: Path, role: str) -> None:
    """With PostgreSQL's reason."""
    assert tallybook("import", "csv", str(LIST), TALLYBOOK_HOME=str(home)).returncode == 0
    named = ("--organization", "Demonstration", "--password", "secret")
    refused = tallybook("analysts", "add", role, *named, TALLYBOOK_HOME=str(home))

    assert refused.returncode == 1
    assert "PostgreSQL refused it: " in refused.stderr
    assert "Traceback" not in refused.stderr


def test_migrating_twice_is_as_good_as_once(home: Path) -> None:
    """The second time finds nothing to do."""
    assert "applied 0001_roles.sql, " in tallybook("migrate", TALLYBOOK_HOME=str(home)).stdout
    assert tallybook("migrate", TALLYBOOK_HOME=str(home)).stdout == "the schema is up to date\n"


def test_a_second_run_on_one_home_is_refused(home: Path) -> None:
    """It says who owns the folder."""
    with embedded.servers(home, SMALL):
        refused = tallybook("run", TALLYBOOK_HOME=str(home))

    assert refused.returncode == 1
    assert f"is in use by process {os.getpid()}" in refused.stderr
