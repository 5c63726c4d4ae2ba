"""`tallybook demo`: the main job, watched and checked."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import rich_click as click
from rich.console import Console

from adapters.configuration import BadConfiguration, Configuration
from adapters.embedded.child import Child
from adapters.importers import adventureworks
from api import cli_import, demonstration
from api.demo.person import Refusal
from api.demo.play import Options, Play
from api.demo.screen import Screen

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "adventureworks"
CONNECTIONS = 50
TIMEOUT_SECONDS = 30.0
PROBE_SECONDS = 2.0
OK = 200


def watch(configuration: Configuration, data: Path | None, items: int, seed: int) -> bool:
    """Whether everything held that was checked."""
    screen = Screen(Console())
    with _system(configuration, screen):
        password = configuration.demo_password or demonstration.kept_password(configuration)
        if not password:
            raise BadConfiguration("Set TALLYBOOK_DEMO_PASSWORD, or that system's TALLYBOOK_HOME")
        warehouse = demonstration.WAREHOUSE
        if (folder := data or DATA).is_dir():
            taking = cli_import.Options(organization=None, dry_run=False, skip_bad_rows=False)
            cli_import.take_over(lambda: adventureworks.read(folder), taking)
            warehouse = adventureworks.WAREHOUSE
        options = Options(password, warehouse, items, seed)
        try:
            return asyncio.run(_play(configuration, options, screen))
        except Refusal as refusal:
            raise click.ClickException(str(refusal)) from None


async def _play(configuration: Configuration, options: Options, screen: Screen) -> bool:
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    async with httpx.AsyncClient(
        base_url=_address(configuration), limits=limits, timeout=TIMEOUT_SECONDS
    ) as http:
        return await Play(http, options, screen).run()


@contextmanager
def _system(configuration: Configuration, screen: Screen) -> Iterator[None]:
    """The system that answers, or one that is started and stopped."""
    address = _address(configuration)
    with httpx.Client(base_url=address, timeout=PROBE_SECONDS) as probe:
        if _ready(probe):
            screen.say(f"Using the system at {address}")
            yield
            return
        log = configuration.home / "demo.log"
        log.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        command = (sys.executable, "-m", "api.cli", "--parent", str(os.getpid()), "run")
        child = Child("tallybook run", command, log=log)
        screen.say(f"Starting a system at {address}; its log is {log}")
        try:
            child.start()
            child.await_ready(lambda: _ready(probe))
            yield
        finally:
            child.stop()


def _ready(probe: httpx.Client) -> bool:
    try:
        return probe.get("/health/ready").status_code == OK
    except httpx.TransportError:
        return False


def _address(configuration: Configuration) -> str:
    return f"http://{configuration.host}:{configuration.port}"
