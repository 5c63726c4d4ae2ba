"""Every projection as of any position is the replay of the log up to there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.base import Recorded
from domain.quantity import ZERO
from domain.stock.movement import Movement
from projections.all import PROJECTIONS
from projections.engine.fold import replay
from projections.engine.follower import Follower
from projections.engine.projection import Projection
from projections.engine.tables import install
from projections.engine.temporal import Past
from projections.queries.base import restored
from projections.queries.happened import happened
from projections.stock import STOCK_LEVELS
from tests.conftest import Database
from tests.faults.busy import busy
from tests.faults.rebuilt import whole
from tests.pretended import pretend
from tests.system import System

PAST = Past(PROJECTIONS)
KEPT = [projection for projection in PROJECTIONS if projection.temporal or projection.ledger]
"""Those whose earlier rows can be asked for."""
EMPTY = "; ".join(
    f"TRUNCATE {p.table}" + (f", {p.versions}" if p.temporal else "") for p in PROJECTIONS
)
Balances = dict[UUID, tuple[Decimal, Decimal]]
BACK = "UPDATE read.checkpoints SET position = 0"


@pytest.fixture(scope="session")
async def log(system: System) -> list[Recorded]:
    """All that happened in two companies, as if nothing else were in the log."""
    ours = [await system.company() for _ in range(2)]
    for seed, company in enumerate(ours):
        await busy(company, seed)
    ids = {company.id for company in ours}
    events = [event for event in await whole(system.services.log) if event.organization in ids]
    return [_moved(event, position) for position, event in enumerate(events, 1)]


def _moved(one: Recorded, position: int) -> Recorded:
    where = (one.stream, one.version, one.occurred_at, one.actor, one.event, one.organization)
    return Recorded(*where, position, one.recorded_at)


@settings(
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    sizes=st.lists(st.integers(1, 200), max_size=20),
    places=st.lists(st.floats(0, 1), min_size=1, max_size=4),
)
async def test_rows_as_of_any_position_are_the_replay_up_to_there(
    database: Database, log: list[Recorded], sizes: list[int], places: list[float]
) -> None:
    """However they were batched; and no organization finds another's."""
    wanted = [round(place * len(log)) for place in places]
    admin = await asyncpg.connect(database.admin_url)
    try:
        await install(admin, PROJECTIONS)
        await admin.execute(EMPTY)
        await admin.execute(BACK)
        await pretend(admin, [(event.position, event.recorded_at) for event in log])
        for projection in PROJECTIONS:
            await _follow(admin, projection, log, sizes)
        for organization in {event.organization for event in log}:
            ours = [event for event in log if event.organization == organization]
            for projection in KEPT:
                for position in (*wanted, len(log)):
                    then = [event for event in ours if event.position <= position]
                    found = await _as_of(admin, projection, position, organization)
                    assert found == replay(projection, then), (projection.id, position)
            for position, place in zip(wanted, reversed(places), strict=True):
                then = [event for event in ours if event.position <= position]
                by = ours[round(place * (len(ours) - 1))].occurred_at
                there = await _happened(admin, position, organization, by)
                assert there == _balances(then, by), (position, by)
    finally:
        await admin.close()


async def _follow(
    connection: asyncpg.Connection,
    projection: Projection[Any],
    log: Sequence[Recorded],
    sizes: Sequence[int],
) -> None:
    follower = Follower(projection)
    await follower.load(connection)
    for size in (*sizes, len(log)):
        await follower.follow(connection, log[follower.position : follower.position + size])
    assert (follower.position, follower.parked) == (len(log), {})


async def _as_of(
    connection: asyncpg.Connection, projection: Projection[Any], position: int, organization: UUID
) -> dict[tuple[Any, ...], Any]:
    text = f"SELECT * FROM {projection.table} AS t WHERE organization = $1"  # noqa: S608 - a name of ours
    asked, arguments = PAST.at(position, organization, text, [organization])
    rows = [restored(projection.row, row) for row in await connection.fetch(asked, *arguments)]
    keyed = {tuple(getattr(row, name) for name in projection.keys): row for row in rows}
    assert len(keyed) == len(rows)
    return keyed


async def _happened(
    connection: asyncpg.Connection, position: int, organization: UUID, by: datetime
) -> Balances:
    text = f"SELECT id, on_hand, quarantine FROM {STOCK_LEVELS.table} WHERE organization = $1"  # noqa: S608 - a name of ours
    sql, physical = happened(by, organization, text, [organization])
    asked, arguments = PAST.at(position, organization, sql, physical)
    rows = await connection.fetch(asked, *arguments)
    return {row["id"]: (row["on_hand"], row["quarantine"]) for row in rows}


def _balances(log: Sequence[Recorded], by: datetime) -> Balances:
    """Of each entry that there is, or that had something."""
    there = {pool for (pool,) in replay(STOCK_LEVELS, log)}
    balances = dict.fromkeys(there, (ZERO, ZERO))
    for one in log:
        if isinstance(one.event, Movement) and one.occurred_at <= by:
            usable, quarantine = balances.get(one.stream, (ZERO, ZERO))
            event = one.event
            balances[one.stream] = (usable + event.delta, quarantine + event.quarantine_delta)
    return {pool: both for pool, both in balances.items() if pool in there or any(both)}
