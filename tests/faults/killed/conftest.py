"""An installation with a database and a NATS server of its own, and our own hand in its log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from adapters.metrics import Metrics
from api.services import Services, services
from tests.conftest import Database
from tests.faults.killed.console import Console
from tests.faults.killed.site import Site
from tests.nats.conftest import MortalNats
from tests.system import QUICK


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    """Nothing of it runs yet but its servers."""
    server = MortalNats(tmp_path)
    server.start()
    site = Site(tmp_path, database.app_url, server.url)
    yield site
    site.stop()
    server.kill()


@pytest.fixture
async def hand(site: Site) -> AsyncIterator[Services]:
    """What a process of our own stands on: it makes what tests need, and reads the log."""
    async with services(site.configuration, Metrics(CollectorRegistry()), QUICK) as running:
        yield running


@pytest.fixture
def console(site: Site, database: Database) -> Console:
    """A console with the administrator's rights."""
    return Console(site, database)
