"""Point reads that arrive together are one query."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from asyncpg import Pool, Record

MOST_IDS = 200
"""Asked for in one query."""

Asked = tuple[str, tuple[object, ...]]
Waiting = dict[UUID, "asyncio.Future[list[Record]]"]


class Together:
    """While a query is under way those who ask for the same of other ids wait for the next one.

    An answer is never older than its question, because nobody joins a query that has begun.
    """

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._waiting: dict[Asked, Waiting] = {}
        self._moments: dict[Asked, tuple[Any, ...]] = {}
        self._asking: set[asyncio.Task[None]] = set()

    async def fetch(self, sql: str, one: UUID, *shared: object) -> Sequence[Record]:
        """The rows of an id: the statement's last parameter is a list, a row's `id` tells its own.

        What is shared stands before it. An instant among that may become the one of a later asker.
        """
        asked = sql, tuple(None if isinstance(each, datetime) else each for each in shared)
        if (waiting := self._waiting.get(asked)) is None:
            self._waiting[asked] = waiting = {}
            task = asyncio.create_task(self._answer(asked, waiting))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
        self._moments[asked] = _latest(shared, self._moments.get(asked, shared))
        future = waiting.setdefault(one, asyncio.get_running_loop().create_future())
        return await asyncio.shield(future)

    async def _answer(self, asked: Asked, waiting: Waiting) -> None:
        while waiting:
            taken = dict(list(waiting.items())[:MOST_IDS])
            for one in taken:
                del waiting[one]
            try:
                rows = await self.pool.fetch(asked[0], *self._moments[asked], list(taken))
            except Exception as error:  # noqa: BLE001 - whatever it is, all who asked hear of it
                for future in taken.values():
                    future.set_exception(error)
                    future.exception()  # the asker may have gone
            else:
                _hand_out(rows, taken)
        del self._waiting[asked], self._moments[asked]


def _hand_out(rows: Sequence[Record], taken: Waiting) -> None:
    found: defaultdict[UUID, list[Record]] = defaultdict(list)
    for row in rows:
        found[row["id"]].append(row)
    for one, future in taken.items():
        future.set_result(found[one])


def _latest(shared: tuple[Any, ...], known: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        max(new, old) if isinstance(new, datetime) else new
        for new, old in zip(shared, known, strict=True)
    )
