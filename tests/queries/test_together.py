"""Those who ask at the same time share a query, and each gets his own answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.postgres.connection import create_pool
from adapters.postgres.together import MOST_IDS, Together
from tests.conftest import Database

DOUBLED = "SELECT one AS id, $1::int * 2 AS number FROM unnest($2::uuid[]) AS one"
NOON = datetime(2025, 3, 25, 12, tzinfo=UTC)


class Slow:
    """A pool whose queries end when they are told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.go = asyncio.Event()
        self.error: Exception | None = None

    async def fetch(self, *asked: Any) -> Sequence[dict[str, Any]]:
        """Each id twice."""
        self.asked.append(asked)
        await self.go.wait()
        if self.error:
            raise self.error
        return [{"id": one} for one in asked[-1] for _ in range(2)]


@pytest.fixture
def slow() -> Slow:
    """A pool."""
    return Slow()


async def _begun(together: Together, ids: Sequence[UUID], *shared: object) -> list[Any]:
    tasks = [asyncio.ensure_future(together.fetch("asked", one, *shared)) for one in ids]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_each_gets_the_rows_of_his_id(database: Database) -> None:
    """Also one who asks for what others ask for, and one whose id has none."""
    pool = await create_pool(database.app_url)
    together = Together(pool)
    ids = [uuid4() for _ in range(50)]
    asked = [*ids, *ids]
    answers = await asyncio.gather(*(together.fetch(DOUBLED, one, 4) for one in asked))
    assert [[tuple(row) for row in rows] for rows in answers] == [[(one, 8)] for one in asked]
    none = "SELECT $1::uuid[] AS id WHERE false"
    assert list(await together.fetch(none, ids[0])) == []
    await pool.close()


async def test_who_comes_while_a_query_is_under_way_waits_for_the_next(slow: Slow) -> None:
    """An answer is never older than its question, though the id is the same."""
    together = Together(slow)  # type: ignore[arg-type]  # a pool as far as it is asked
    first, second = uuid4(), uuid4()
    tasks = await _begun(together, [first])
    tasks += await _begun(together, [first, second])
    slow.go.set()
    assert [len(rows) for rows in await asyncio.gather(*tasks)] == [2, 2, 2]
    assert [asked[-1] for asked in slow.asked] == [[first], [first, second]]


async def test_a_query_has_so_many_ids_at_most(slow: Slow) -> None:
    """The others are asked for at once afterwards."""
    slow.go.set()
    together = Together(slow)  # type: ignore[arg-type]  # a pool as far as it is asked
    await asyncio.gather(*await _begun(together, [uuid4() for _ in range(MOST_IDS + 1)]))
    assert [len(asked[-1]) for asked in slow.asked] == [MOST_IDS, 1]


async def test_what_is_shared_keeps_askers_apart_and_the_latest_instant_counts(slow: Slow) -> None:
    """Organizations never meet in a query."""
    slow.go.set()
    together = Together(slow)  # type: ignore[arg-type]  # a pool as far as it is asked
    ours, theirs = uuid4(), uuid4()
    late = NOON + timedelta(seconds=1)
    asking = [(ours, late), (ours, NOON), (theirs, NOON)]
    await asyncio.gather(*(together.fetch("asked", uuid4(), *shared) for shared in asking))
    assert [asked[1:3] for asked in slow.asked] == [(ours, late), (theirs, NOON)]


async def test_an_error_is_everybodys_and_the_next_one_asks_again(slow: Slow) -> None:
    """Who has gone meanwhile disturbs nobody."""
    together = Together(slow)  # type: ignore[arg-type]  # a pool as far as it is asked
    slow.error = TimeoutError("too busy")
    tasks = await _begun(together, [uuid4() for _ in range(3)])
    tasks[0].cancel()
    slow.go.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    kinds = [type(outcome) for outcome in outcomes]
    assert kinds == [asyncio.CancelledError, TimeoutError, TimeoutError]
    slow.error = None
    assert len(await together.fetch("asked", uuid4())) == 2
