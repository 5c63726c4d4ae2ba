"""Rows come back from their table as they were."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.quantity import Quantity
from projections.engine.checkpoints import Checkpoint, checkpoint
from projections.engine.shard import WHOLE
from projections.engine.tables import Table, install
from tests.conftest import Database
from tests.engine.wide import PAIRS, WIDE, Colour, Pair, Part, Wide

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
NUMBERS = st.integers(-(2**63), 2**63 - 1)
AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, places=4)
TIMES = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=UTC)
)
PARTS = st.builds(Part, of=st.uuids(), amounts=st.lists(AMOUNTS, max_size=3).map(tuple))
ROWS = st.builds(
    Wide,
    order=TEXTS,
    number=NUMBERS,
    flag=st.booleans(),
    amount=AMOUNTS,
    quantity=st.integers(0, 10**12).map(lambda n: Quantity(Decimal(n).scaleb(-3))),
    id=st.uuids(),
    at=TIMES,
    day=st.dates(),
    colour=st.sampled_from(Colour),
    kind=st.sampled_from(["a", "b"]),
    parts=st.lists(PARTS, max_size=3).map(tuple),
    counts=st.dictionaries(TEXTS, st.integers(0, 9), max_size=3),
    no_text=st.none() | TEXTS,
    no_number=st.none() | NUMBERS,
    no_amount=st.none() | AMOUNTS,
    no_id=st.none() | st.uuids(),
    no_time=st.none() | TIMES,
    no_day=st.none() | st.dates(),
    no_colour=st.none() | st.sampled_from(Colour),
    no_part=st.none() | PARTS,
)


@pytest.fixture
async def admin(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database that has the tables."""
    connection = await asyncpg.connect(database.admin_url)
    await install(connection, [WIDE, PAIRS])
    yield connection
    await connection.close()


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, min_size=1, max_size=5, unique_by=lambda row: (row.order, row.number)))
async def test_every_kind_of_column_is_stored_and_loaded(
    admin: asyncpg.Connection, rows: list[Wide]
) -> None:
    """Written once, then once more over the first, then deleted."""
    table = Table(WIDE)
    wanted = {(row.order, row.number): row for row in rows}
    older = {key: msgspec.structs.replace(row, no_text="older") for key, row in wanted.items()}
    await table.write(admin, older)
    await table.write(admin, wanted)
    loaded = await table.load(admin, wanted.keys())
    assert loaded == wanted
    assert all(row and isinstance(row.quantity, Quantity) for row in loaded.values())
    await table.write(admin, dict.fromkeys(wanted))
    assert await table.load(admin, wanted.keys()) == {}


async def test_a_row_of_keys_alone_may_be_written_again(admin: asyncpg.Connection) -> None:
    """There is nothing to update in it."""
    table = Table(PAIRS)
    for _ in range(2):
        await table.write(admin, {(1, 2): Pair(1, 2)})
    assert await table.load(admin, [(1, 2), (2, 1)]) == {(1, 2): Pair(1, 2)}


async def test_tables_are_made_once_however_many_make_them(database: Database) -> None:
    """What is there stays as it is."""
    async with asyncpg.create_pool(database.admin_url, min_size=4) as pool:

        async def make() -> None:
            async with pool.acquire() as connection:
                await install(connection, [WIDE, PAIRS])

        await asyncio.gather(*(make() for _ in range(4)))
        await pool.execute("UPDATE read.checkpoints SET position = 9")
        await make()
        rows = await pool.fetch("SELECT projection, position FROM read.checkpoints")
    positions = {row["projection"]: row["position"] for row in rows}
    assert (positions[WIDE.id], positions[PAIRS.id]) == (9, 9)


async def test_rows_without_a_past_are_projected_anew(admin: asyncpg.Connection) -> None:
    """A projection that becomes temporal has versions of all its rows, or none."""
    await admin.execute(f"INSERT INTO {PAIRS.table} VALUES (1, 2)")  # noqa: S608 - a name of ours
    await admin.execute("UPDATE read.checkpoints SET position = 9")
    temporal = msgspec.structs.replace(PAIRS, temporal=True)
    await admin.execute(f"ALTER TABLE {PAIRS.table} ADD organization uuid")
    for _ in range(2):
        await install(admin, [temporal, WIDE])
    assert await Table(PAIRS).load(admin, [(1, 2)]) == {}
    anew, kept = [await checkpoint(admin, one.id, WHOLE) for one in (PAIRS, WIDE)]
    assert (anew, kept) == (Checkpoint(PAIRS.id, 0, 1), Checkpoint(WIDE.id, 9))
