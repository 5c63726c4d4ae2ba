"""A connection lost in mid-flight: nothing is doubled or lost, and nobody is left waiting."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from adapters.postgres import batcher
from adapters.postgres.log import PostgresLog
from domain.ports import Append, Appended, Key, Replayed, Unavailable, VersionConflict
from tests.conftest import Database
from tests.eventstore.model import Chance, replay, write_randomly
from tests.eventstore.severed import Line
from tests.eventstore.specimens import REGISTRY, append, one, stored, write

HOLD = "SELECT pg_advisory_lock(7236001)"
RELEASE = "SELECT pg_advisory_unlock(7236001)"
WAITING = """
SELECT min(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND application_name LIKE 'tallybook append%'
   AND wait_event_type = 'Lock' AND wait_event = 'advisory'
"""
KILL = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
 WHERE datname = current_database() AND application_name LIKE 'tallybook append%'
"""


async def _waits(admin: asyncpg.Connection, before: int | None = None) -> int:
    """The pid of the backend that waits for the append lock, once it is another than before."""
    async with asyncio.timeout(5):
        while True:
            pid: int | None = await admin.fetchval(WAITING)
            if pid not in (None, before):
                return pid
            await asyncio.sleep(0.01)


async def _set(admin: asyncpg.Connection, setting: str, value: str) -> None:
    """For the application's next connections to this test's database."""
    name = await admin.fetchval("SELECT current_database()")
    await admin.execute(f"ALTER ROLE tallybook_app IN DATABASE {name} SET {setting} = '{value}'")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a name short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="line-") as name:
        yield Path(name)


@pytest.fixture
async def line(database: Database, folder: Path) -> AsyncIterator[Line]:
    """A line that can be cut."""
    async with Line(database.app_url, folder) as line:
        yield line


@pytest.fixture
async def remote(line: Line) -> AsyncIterator[PostgresLog]:
    """The log at the other end of the line, whose append connection is in use already."""
    log = await PostgresLog.open(line.url, REGISTRY)
    await log.append(one())
    yield log
    line.dead = False
    await log.close()


async def test_an_append_whose_backend_dies_before_it_ran_goes_in_once(
    log: PostgresLog, admin: asyncpg.Connection
) -> None:
    """It is sent again on a new connection."""
    await admin.execute(HOLD)
    futures = [log.append(one()), log.append(one())]
    await _waits(admin)
    await admin.execute(KILL)
    await admin.execute(RELEASE)
    answers = await asyncio.gather(*futures)
    assert [a.first_position for a in answers if isinstance(a, Appended)] == [1, 2]
    assert len(await stored(admin)) == 2


async def test_a_call_left_behind_on_the_server_is_ended_before_it_is_sent_again(
    line: Line, admin: asyncpg.Connection
) -> None:
    """Else it could still run after its append has been answered."""
    for name in ("lock_timeout", "statement_timeout", "transaction_timeout"):
        await _set(admin, name, "60s")  # else the server would end it by itself
    remote = await PostgresLog.open(line.url, REGISTRY)
    await admin.execute(HOLD)
    future = remote.append(one())
    left_behind = await _waits(admin)
    line.cut()
    await _waits(admin, left_behind)
    pids = await admin.fetch("SELECT pid FROM pg_stat_activity")
    assert left_behind not in [row["pid"] for row in pids]
    await admin.execute(RELEASE)
    assert isinstance(await future, Appended)
    assert len(await stored(admin)) == 1
    await remote.close()


def _keyed() -> Append:
    stream = uuid4()
    return append(write(stream, 0, "a", "b"), key=Key("k", b"hash", stream))


@pytest.mark.parametrize(
    "sent", [append(write(uuid4(), 0, "a", "b")), _keyed()], ids=["bare", "keyed"]
)
async def test_a_lost_reply_is_found_out(
    line: Line, remote: PostgresLog, admin: asyncpg.Connection, sent: Append
) -> None:
    """With a key or without: the append's own event tells that it went in."""
    line.lose_next_reply = True
    answer = await remote.append(sent)
    assert line.lost == 1
    rows = await stored(admin)
    assert len(rows) == 3
    assert answer == Appended(2, 3, rows[1]["recorded_at"])


async def test_a_chain_whose_reply_was_lost_is_found_out_link_by_link(
    line: Line, remote: PostgresLog, admin: asyncpg.Connection
) -> None:
    """Each link has its own positions, and the next link may follow."""
    stream = uuid4()
    line.lose_next_reply = True
    answers = await asyncio.gather(*(remote.append(one(n, stream)) for n in range(3)))
    assert line.lost == 1
    assert [a.last_position for a in answers if isinstance(a, Appended)] == [2, 3, 4]
    assert isinstance(await remote.append(one(3, stream)), Appended)
    assert len(await stored(admin)) == 5


async def test_a_conflict_whose_reply_was_lost_stays_a_conflict(
    line: Line, remote: PostgresLog, log: PostgresLog
) -> None:
    """Another's event at the expected place is not taken for one's own."""
    stream = uuid4()
    await log.append(one(0, stream))
    line.lose_next_reply = True
    with pytest.raises(VersionConflict):
        await remote.append(one(0, stream))
    assert line.lost == 1


async def test_a_replay_whose_reply_was_lost_stays_a_replay(
    line: Line, remote: PostgresLog, log: PostgresLog
) -> None:
    """The first answer belongs to the append that gave it."""
    keyed = _keyed()
    await log.append(keyed)
    line.lose_next_reply = True
    assert isinstance(await remote.append(keyed), Replayed)


async def test_an_unreachable_log_ends_every_append_in_unavailable(
    line: Line, remote: PostgresLog, monkeypatch: pytest.MonkeyPatch, admin: asyncpg.Connection
) -> None:
    """Those in the call, those held behind it and those in the queue; later ones go in again."""
    monkeypatch.setattr(batcher, "PATIENCE_SECONDS", 0.2)
    stream = uuid4()
    line.dead = True
    await admin.execute(KILL)
    futures = [remote.append(one(0, stream)) for _ in range(2000)]
    answers = await asyncio.gather(*futures, return_exceptions=True)
    assert {type(answer) for answer in answers} == {Unavailable}
    line.dead = False
    assert isinstance(await remote.append(one(0, stream)), Appended)


async def test_a_lock_held_too_long_is_unavailable_and_nothing_is_written(
    database: Database, admin: asyncpg.Connection
) -> None:
    """The role's lock_timeout bounds the wait."""
    await _set(admin, "lock_timeout", "50ms")
    log = await PostgresLog.open(database.app_url, REGISTRY)
    await admin.execute(HOLD)
    with pytest.raises(Unavailable):
        await log.append(one())
    await admin.execute(RELEASE)
    assert await log.head() == 0
    await log.close()


async def test_writers_killed_at_random_leave_the_log_as_the_model_says(
    database: Database, log: PostgresLog, admin: asyncpg.Connection
) -> None:
    """Every append has a definite answer, and the answers are true."""
    other = await PostgresLog.open(database.app_url, REGISTRY)
    chances = (Chance(1, keys=400), Chance(1, keys=400))
    writers = [
        asyncio.create_task(write_randomly(writer, chance, 400))
        for writer, chance in zip((log, other), chances, strict=True)
    ]
    killed = 0
    for head in range(20, 300, 20):
        while await log.head() < head and not all(writer.done() for writer in writers):
            pass
        killed += await admin.fetchval(KILL)
    accepted = [pair for writer in writers for pair in await writer]
    await other.close()
    assert killed > 5
    await replay(accepted).check_tables(admin)
