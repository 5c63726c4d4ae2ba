"""A log to import into, with nothing else around it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import cast
from uuid import UUID, uuid4

import msgspec
import pytest

from adapters.postgres.log import PostgresLog
from api.aggregates import Aggregates
from api.commands import Answer, Commands, Task
from domain.base import Context, Recorded
from domain.books import Books
from domain.ports import UnitOfWork
from domain.registry import Registry
from domain.stock.history import ImportHistory, import_history
from domain.stock.opening import ImportStock, import_stock
from domain.stock.place import Place


class Store(msgspec.Struct, frozen=True):
    """An organization's way to its stock."""

    log: PostgresLog
    organization: UUID

    async def take_in(self, command: ImportStock | ImportHistory, key: str | None = None) -> Answer:
        """Imports as another process would: nothing is in memory."""
        context = Context(
            organization=self.organization,
            actor=UUID(int=1),
            now=datetime.now(UTC),
            fresh=uuid4(),
        )
        hashed = (key, b"the request") if key else None
        task = Task(lambda unit: _decide(command, unit), Place, context, hashed)
        return await Commands(self.log, Aggregates(self.log), _no_books).run(task)

    async def events(self) -> list[Recorded]:
        """All that was ever recorded of this organization."""
        found = await self.log.read(0, await self.log.head())
        return [recorded for recorded in found if recorded.organization == self.organization]


async def _decide(command: ImportStock | ImportHistory, unit: UnitOfWork) -> Place:
    if isinstance(command, ImportStock):
        return await import_stock(command, unit)
    return await import_history(command, unit)


def _no_books(_: UUID) -> Books:
    return cast("Books", None)  # an import asks no read model


@pytest.fixture
async def store(shared_database: object) -> AsyncIterator[Store]:
    """An organization without anything."""
    url = str(getattr(shared_database, "app_url"))  # noqa: B009 - conftest.py cannot be imported
    log = await PostgresLog.open(url, Registry())
    yield Store(log, uuid4())
    await log.close()
