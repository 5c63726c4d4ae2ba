"""A projector as most are written: each event one upsert, a transaction for each batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import asyncpg

from domain.base import Recorded
from domain.stock import movement as m
from projections.sql import statements

SQL = statements(__file__)


class Upserts:
    """One connection with prepared statements."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, url: str) -> Self:
        """Makes its tables."""
        connection = await asyncpg.connect(url)
        await connection.execute(SQL["make"])
        return cls(connection)

    async def clear(self) -> None:
        """Begins anew."""
        await self._connection.execute(SQL["clear"])

    async def close(self) -> None:
        """Disconnects."""
        await self._connection.close()

    async def follow(self, events: Sequence[Recorded]) -> None:
        """Applies a batch."""
        async with self._connection.transaction():
            for recorded in events:
                await self._apply(recorded)
            await self._connection.execute(SQL["advance"], events[-1].position)

    async def _apply(self, recorded: Recorded) -> None:
        event, execute = recorded.event, self._connection.execute
        key = recorded.stream, recorded.version, recorded.recorded_at
        if isinstance(event, m.PoolCreated):
            places = recorded.organization, event.warehouse, event.place, event.product
            await execute(SQL["created"], *key, *places)
        elif isinstance(event, m.Movement):
            issued = event.delta - event.delta
            if isinstance(event, m.StockIssued):
                issued = event.quantity
            elif isinstance(event, m.StockReturned):
                issued = -event.quantity
            await execute(SQL["moved"], *key, event.delta, event.quarantine_delta, issued)
