"""`tallybook projections` on a running installation: it mends, it is killed, it proves."""

from __future__ import annotations

import signal
from uuid import uuid4

import asyncpg

from api.services import Services
from projections.all import PROJECTIONS
from projections.catalogue import PRODUCTS
from projections.movements import MOVEMENTS
from projections.sessions import SESSIONS
from projections.stock import STOCK_LEVELS
from tests.conftest import Database
from tests.faults.killed.console import Console
from tests.faults.killed.site import Site, obstacle
from tests.faults.killed.stock import Warehouse
from tests.faults.rebuilt import is_replay, whole
from tests.nats.conftest import eventually

NUMBER = 300
FORGED = (STOCK_LEVELS.name, PRODUCTS.name)
NOBODY_REBUILDS = """
SELECT count(*) = 0 FROM pg_stat_activity
 WHERE datname = current_database() AND application_name = 'tallybook rebuild'
"""


async def test_rows_that_nobody_should_have_touched_are_found_and_mended_while_all_goes_on(
    site: Site, hand: Services, database: Database, console: Console
) -> None:
    """A rebuild that is killed has changed nothing, and the next one tidies up after it."""
    warehouse = await Warehouse.filled(hand, [5] * NUMBER)
    site.start("projector")
    await warehouse.projected()
    log = await whole(hand.log)
    await hand.pool.execute("UPDATE read.stock_levels_v1 SET on_hand = 6 WHERE on_hand = 5")
    await hand.pool.execute("DELETE FROM read.products_v1")
    code, printed = await console.type("rebuild", *FORGED, "--check")
    assert code == 1, printed
    assert f"{NUMBER:,} wrong" in printed
    assert f"{NUMBER:,} missing" in printed
    assert f"{len(log):,} events" in printed
    held = f"LOCK {STOCK_LEVELS.table} IN EXCLUSIVE MODE"
    async with obstacle(database.admin_url, held) as met:
        process = await console.start("rebuild", STOCK_LEVELS.name)
        await met()
        process.send_signal(signal.SIGKILL)
        await process.communicate()
    await eventually(lambda: hand.pool.fetchval(NOBODY_REBUILDS))
    assert "_rebuild_" in (await console.type("list"))[1]
    await warehouse.adjust(range(NUMBER))
    code, printed = await console.type("rebuild", *FORGED, "--workers", "2")
    assert code == 0, printed
    await warehouse.adjust(range(NUMBER))
    await warehouse.projected()
    code, printed = await console.type("rebuild", "--all", "--check")
    assert (code, printed.count("no row differs")) == (0, len(PROJECTIONS)), printed
    assert "_rebuild_" not in (await console.type("list"))[1]
    log = await whole(hand.log)
    for projection in PROJECTIONS:
        assert await is_replay(hand.pool, projection, log), projection.id


async def test_only_what_this_release_does_not_use_can_be_dropped(
    hand: Services, database: Database, console: Console
) -> None:
    """A table of an earlier release goes with its checkpoint and what was parked."""
    code, printed = await console.type("drop", MOVEMENTS.id)
    assert code == 1
    assert "is used by this release" in printed
    assert "There is no movements_v0" in (await console.type("drop", "movements_v0"))[1]
    for other in ("snapshots", f"{SESSIONS.id}_versions"):
        assert "is no projection's name" in (await console.type("drop", other))[1]
        assert await hand.pool.fetchval("SELECT to_regclass($1)", f"read.{other}") is not None
    await _left_by_an_earlier_release(database)
    assert "not of this release" in (await console.type("list"))[1]
    assert (await console.type("drop", "movements_v0"))[0] == 0
    known = await hand.pool.fetch("SELECT projection FROM read.checkpoints")
    assert {row["projection"] for row in known} == {one.id for one in PROJECTIONS}
    assert await hand.pool.fetchval("SELECT to_regclass('read.movements_v0_versions')") is None


async def _left_by_an_earlier_release(database: Database) -> None:
    admin = await asyncpg.connect(database.admin_url)
    await admin.execute(
        """CREATE TABLE read.movements_v0 (position bigint);
           CREATE TABLE read.movements_v0_versions (position bigint);
           INSERT INTO read.checkpoints (projection, position) VALUES ('movements_v0', 5)"""
    )
    await admin.close()


async def test_what_was_given_up_is_listed_with_its_reason(
    hand: Services, console: Console
) -> None:
    """A line for each stream: where it is left out, and from when on."""
    stream = uuid4()
    parking = "INSERT INTO read.parked (projection, stream_id, position, error) VALUES ($1,$2,7,$3)"
    await hand.pool.execute(parking, MOVEMENTS.id, stream, "sick")
    code, printed = await console.type("list", "--parked")
    assert (code, printed.strip()) == (0, f"{MOVEMENTS.id} {stream} 7 sick")
