"""The embedded servers: data outlives every end, and one folder has one owner."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import asyncpg
import nats
import pytest

from adapters import embedded
from adapters.embedded import postgres
from tests.conftest import SMALL

RUNNING = """
import sys, time
from pathlib import Path
from adapters import embedded
from tests.conftest import SMALL

with embedded.servers(Path(sys.argv[1]), SMALL):
    print("up", flush=True)
    time.sleep(600)
"""


async def _execute(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def _sequence(url: str, *, add: bool) -> int:
    """The newest sequence of a JetStream stream, after one more message or not."""
    connection = await nats.connect(url)
    try:
        stream = connection.jetstream()
        if add:
            await stream.add_stream(name="kept", subjects=["kept"])
            await stream.publish("kept", b"1")
        return (await stream.stream_info("kept")).state.last_seq
    finally:
        await connection.close()


async def test_a_second_start_finds_its_data_and_its_port(home: Path) -> None:
    """Rows, messages and the NATS port are where they were."""
    with embedded.servers(home, SMALL) as servers:
        await _execute(servers.admin_url, "CREATE TABLE kept AS SELECT 42 AS answer")
        await _sequence(servers.nats_url, add=True)
        first = servers.nats_url

    with embedded.servers(home, SMALL) as servers:
        assert await _execute(servers.admin_url, "SELECT answer FROM kept") == 42
        assert await _sequence(servers.nats_url, add=False) == 1
        assert servers.nats_url == first


def test_a_second_owner_is_refused(home: Path) -> None:
    """The message names the folder and the process that owns it."""
    with (
        embedded.servers(home, SMALL),
        pytest.raises(embedded.HomeInUse, match=f"{home} is in use by process {os.getpid()}"),
        embedded.servers(home, SMALL),
    ):
        pass


async def test_a_killed_run_is_cleaned_up_by_the_next_start(home: Path) -> None:
    """Its servers are ended, its lock is free, its pid files do not mislead."""
    with subprocess.Popen(
        (sys.executable, "-c", RUNNING, str(home)), stdout=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"up\n"
        run.kill()

    with embedded.servers(home, SMALL) as servers:
        assert await _execute(servers.admin_url, "SELECT 1") == 1


async def test_servers_that_outlived_their_run_are_ended(home: Path) -> None:
    """What a killed run leaves where nobody tells children of the death."""
    database = postgres.Database.at(home)
    first = database.server(SMALL, home / "postgres.log")
    database.start(first)

    with embedded.servers(home, SMALL) as servers:
        assert first.process is not None
        assert first.process.wait(30) == 0
        assert await _execute(servers.admin_url, "SELECT 1") == 1


def test_a_pid_that_now_is_somebody_elses_is_left_alone(home: Path) -> None:
    """After a reboot the number in a pid file may be any process."""
    (home / "nats.pid").write_text(f"{os.getpid()}\n")
    (home / "nats.port").write_text("4222\n")

    with embedded.servers(home, SMALL) as servers:
        assert servers.nats.alive


async def test_a_cluster_whose_making_was_cut_short_is_made_again(home: Path) -> None:
    """A kill during the first start costs nothing."""
    (home / "postgres.unfinished").mkdir()
    (home / "postgres.unfinished" / "PG_VERSION").write_text("18\n")

    with embedded.servers(home, SMALL) as servers:
        assert await _execute(servers.admin_url, "SELECT 1") == 1


async def test_a_path_too_long_for_a_socket_will_do(home: Path) -> None:
    """The data stay in place, the socket moves under the system's temporary folder."""
    deep = home / ("a" * 60) / ("b" * 60)

    with embedded.servers(deep, SMALL) as servers:
        assert await _execute(servers.admin_url, "SHOW data_directory") == str(deep / "postgres")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another user")
async def test_a_folder_that_the_server_cannot_reach_is_left_for_another(home: Path) -> None:
    """Root's private folders stay private: the data go under the temporary folder instead."""
    home.chmod(0o700)

    with embedded.servers(home / "tallybook", SMALL) as servers:
        data = Path(str(await _execute(servers.admin_url, "SHOW data_directory")))

    assert data.is_dir()
    assert not data.is_relative_to(home)
    shutil.rmtree(data.parent)
