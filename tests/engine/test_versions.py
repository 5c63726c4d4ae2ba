"""A new version of a projection is made beside the old one, which goes on until it is dropped."""

from __future__ import annotations

from uuid import uuid4

import asyncpg
import msgspec

from domain.stock.place import PlaceOpened
from projections.engine.projection import Of
from projections.engine.rebuild import fill, rebuild
from projections.engine.tables import drop
from tests.engine.hall import Hall
from tests.engine.places import WELL, Opened
from tests.nats.conftest import append


def _twice(row: Opened | None, recorded: Of[PlaceOpened]) -> Opened:
    return Opened(recorded.stream, row.times + 2 if row else 2)


BETTER = msgspec.structs.replace(WELL, version=2, handlers={PlaceOpened: _twice})


async def test_version_2_is_filled_while_version_1_is_read_and_followed_then_1_is_dropped(
    hall: Hall, admin: asyncpg.Connection
) -> None:
    """Nothing is renamed, nobody waits, and each release has the rows that its own code makes."""
    await hall.install(WELL)
    first, second = uuid4(), uuid4()
    await append(hall.log, 700, first)
    async with hall.projecting(WELL):
        await hall.caught_up(WELL)
        await hall.install(WELL, BETTER)
        report = await rebuild(
            BETTER,
            admin,
            hall.log,
            lambda staging, up_to: fill(staging, admin, hall.log, up_to),
            check=False,
        )
        assert (report.rows, report.events) == (1, 700)
        assert await hall.rows(BETTER) == {(first,): Opened(first, 1400)}
        assert await hall.rows(WELL) == {(first,): Opened(first, 700)}
        await append(hall.log, 3, second)
        await hall.caught_up(WELL)
        assert (await hall.rows(WELL))[second,] == Opened(second, 3)
        async with hall.projecting(BETTER):
            await hall.caught_up(BETTER)
    assert await drop(admin, WELL.id) == ['read."toy_well_v1"']
    async with hall.projecting(BETTER):
        await append(hall.log, 3)
        await hall.caught_up(BETTER)
    assert await hall.rows(BETTER) == await hall.replayed(BETTER)
    assert WELL.id not in await hall.health()
