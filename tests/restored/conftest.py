"""Servers of a test's own, which it stops, copies, wipes and restores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from api.migrate import migrate
from tests.nats.conftest import MortalNats
from tests.restored.servers import MortalPostgres


@pytest.fixture
async def mortal_postgres(home: Path) -> AsyncIterator[MortalPostgres]:
    """A running server with a migrated database."""
    server = MortalPostgres(home)
    server.start()
    await migrate(server.admin_url)
    yield server
    server.leave()


@pytest.fixture
def mortal_nats(home: Path) -> Iterator[MortalNats]:
    """A running server."""
    server = MortalNats(home)
    server.start()
    yield server
    server.kill()
