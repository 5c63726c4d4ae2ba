"""`tallybook import` and `tallybook demo`, from the outside."""

from __future__ import annotations

import socket
from pathlib import Path

from adapters import embedded
from adapters.configuration import Configuration
from api import startup
from api.migrate import migrate
from tests.conftest import SMALL
from tests.console import tallybook

GOOD = "warehouse,sku,quantity,name,unit_cost\nMAIN,BOLT,5,Bolt,0.25\nMAIN,NUT,7,Nut,0.10\n"
BAD = f"{GOOD}MAIN,PIN,6.3E+9,Pin,1\n"


def listed(home: Path, content: str) -> str:
    """A list in a file."""
    file = home / "stock.csv"
    file.write_text(content, encoding="utf-8")
    return str(file)


def test_a_list_is_tried_then_taken_over_then_known(home: Path) -> None:
    """Without any setting the command starts the servers it needs."""
    file = listed(home, GOOD)
    tried = tallybook("import", "csv", file, "--dry-run", TALLYBOOK_HOME=str(home))
    taken = tallybook("import", "csv", file, TALLYBOOK_HOME=str(home))
    again = tallybook("import", "csv", file, TALLYBOOK_HOME=str(home))

    assert (tried.returncode, taken.returncode, again.returncode) == (0, 0, 0)
    assert "products: 2 would be created, 0 already there" in tried.stdout
    assert "products: 2 created, 0 already there" in taken.stdout
    assert "2 entries received stock; 0 rows skipped" in taken.stdout
    assert "products: 0 created, 2 already there" in again.stdout
    assert "0 entries received stock" in again.stdout


def test_a_bad_row_keeps_the_whole_list_out_unless_it_may_be_skipped(home: Path) -> None:
    """The row is named; nothing has to be running for that."""
    file = listed(home, BAD)
    refused = tallybook("import", "csv", file, TALLYBOOK_HOME=str(home))
    assert refused.returncode == 1
    assert "stock.csv, row 4, quantity: '6.3E+9': expected a decimal" in refused.stderr
    assert "nothing is taken over" in refused.stderr
    assert not (home / "postgres").exists()

    taken = tallybook("import", "csv", file, "--skip-bad-rows", TALLYBOOK_HOME=str(home))
    assert taken.returncode == 0
    assert "products: 2 created" in taken.stdout
    assert "1 rows skipped" in taken.stdout


def test_an_unknown_organization_is_refused(home: Path) -> None:
    """Nothing is taken over for nobody."""
    variables = {"TALLYBOOK_HOME": str(home)}
    file = listed(home, GOOD)
    refused = tallybook("import", "csv", file, "--organization", "Nobody", **variables)

    assert refused.returncode == 1
    assert "There is no organization 'Nobody'" in refused.stderr


async def test_the_servers_of_a_running_system_are_found_through_its_home(home: Path) -> None:
    """Their URLs are for our eyes only, and gone when it stops."""
    with embedded.servers(home, SMALL) as servers:
        await migrate(servers.admin_url)
        running = Configuration(
            home=home, database_url=servers.database_url, nats_url=servers.nats_url
        )
        variables = {"TALLYBOOK_HOME": str(home)}
        lost = tallybook("import", "csv", listed(home, GOOD), **variables)
        with startup.published(running):
            assert (home / "connection").stat().st_mode & 0o777 == 0o600
            found = tallybook("import", "csv", listed(home, GOOD), **variables)

    assert (lost.returncode, found.returncode) == (1, 0)
    assert "is in use by process" in lost.stderr
    assert "products: 2 created" in found.stdout
    assert not (home / "connection").exists()


def test_the_demonstration_runs_on_nothing_and_says_by_its_exit_code_that_all_is_well(
    home: Path,
) -> None:
    """It starts a whole system, plays, checks and stops it again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    variables = {"TALLYBOOK_HOME": str(home), "TALLYBOOK_PORT": port}
    played = tallybook("demo", "--items", "5", "--data", str(home / "nowhere"), **variables)

    assert played.returncode == 0, played.stdout + played.stderr
    assert played.stdout.count("PASS") == 6
    assert "FAIL" not in played.stdout
    with embedded.owned(home):
        pass  # the home is free again: nothing that was started is left
