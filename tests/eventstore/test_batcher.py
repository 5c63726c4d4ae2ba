"""Group commit: appends share a call, and none suffers from another's company."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from adapters.postgres.batcher import Batcher
from adapters.postgres.log import PostgresLog
from adapters.postgres.packing import prepare
from domain.ports import (
    Append,
    Appended,
    Claim,
    ClaimTaken,
    ForeignStream,
    GuardFailed,
    Key,
    KeyReused,
    QueueFull,
    Replayed,
    Unavailable,
    VersionConflict,
)
from tests.conftest import Database
from tests.eventstore.specimens import BERT, OURS, REGISTRY, THEIRS, append, one, stored, write


async def _answers(log: PostgresLog, *appends: Append) -> list[object]:
    """What each comes to when all are queued at once."""
    futures = [log.append(append) for append in appends]
    return await asyncio.gather(*futures, return_exceptions=True)


async def _commits(connection: asyncpg.Connection) -> int:
    commits: int = await connection.fetchval("SELECT count(DISTINCT xmin::text) FROM es.events")
    return commits


async def test_appends_queued_together_share_one_commit(
    log: PostgresLog, application: asyncpg.Connection
) -> None:
    """A hundred callers cost one transaction."""
    answers = await _answers(log, *(one() for _ in range(100)))
    assert [a.first_position for a in answers if isinstance(a, Appended)] == [*range(1, 101)]
    assert await _commits(application) == 1


async def test_consecutive_appends_to_a_stream_chain_in_one_commit(
    log: PostgresLog, application: asyncpg.Connection
) -> None:
    """Each expects the version that the one before will leave."""
    stream = uuid4()
    answers = await _answers(log, *(one(expected, stream) for expected in range(50)))
    assert all(isinstance(answer, Appended) for answer in answers)
    assert await _commits(application) == 1
    assert [row["version"] for row in await stored(application)] == [*range(1, 51)]


async def test_a_refused_link_refuses_the_rest_of_its_chain_and_nobody_else(
    log: PostgresLog,
) -> None:
    """What was decided on state that never came to be does not go in."""
    stream, claim = uuid4(), Claim("serial", "A1", uuid4())
    await log.append(append(write(claim.stream, 0), claims=[claim]))
    first, taken, follower, last, other = await _answers(
        log,
        one(0, stream),
        append(write(stream, 1), claims=[Claim("serial", "A1", stream)]),
        one(2, stream),
        one(3, stream),
        one(),
    )
    assert isinstance(first, Appended)
    assert isinstance(taken, ClaimTaken)
    assert taken.args == ("serial", "A1", claim.stream, OURS)
    assert isinstance(follower, VersionConflict)
    assert isinstance(last, VersionConflict)
    assert isinstance(other, Appended)
    assert other.first_position == first.last_position + 1


async def test_of_two_that_expect_the_same_version_the_first_goes_in(log: PostgresLog) -> None:
    """The other learns the stream and its version."""
    stream = uuid4()
    winner, loser = await _answers(log, one(0, stream), one(0, stream))
    assert isinstance(winner, Appended)
    assert isinstance(loser, VersionConflict)
    assert loser.args == (stream, 1)


async def test_a_guard_fails_on_what_the_same_batch_writes_before_it(log: PostgresLog) -> None:
    """A count guarded by the unpaused session cannot slip in beside the pause."""
    session, item = uuid4(), uuid4()
    pause, count = await _answers(
        log, one(0, session), append(write(item, 0), guards=[(session, 0)])
    )
    assert isinstance(pause, Appended)
    assert isinstance(count, GuardFailed)
    assert count.args == (session, 1)


async def test_what_another_organization_begins_in_the_same_batch_is_foreign(
    log: PostgresLog,
) -> None:
    """As it is a moment later: whatever version of it was expected."""
    stream, other = uuid4(), uuid4()
    begun, guards, writes = await _answers(
        log,
        one(0, stream),
        append(write(other, 0), guards=[(stream, 1, THEIRS)]),
        append(write(stream, 1, organization=THEIRS), organization=THEIRS),
    )
    assert isinstance(begun, Appended)
    assert isinstance(guards, ForeignStream)
    assert isinstance(writes, ForeignStream)


async def test_a_key_in_flight_twice_is_appended_once(log: PostgresLog) -> None:
    """The second is told what the first came to."""
    stream = uuid4()
    keyed = append(write(stream, 0, "a", "b"), key=Key("k", b"hash", stream))
    other = append(write(stream, 0), key=Key("k", b"other", stream))
    first, again, reused = await _answers(log, keyed, keyed, other)
    assert isinstance(first, Appended)
    assert (first.first_position, first.last_position) == (1, 2)
    assert again == Replayed(stream, 2, 2)
    assert isinstance(reused, KeyReused)


async def test_a_key_belongs_to_its_actor(log: PostgresLog) -> None:
    """Two people may choose the same key."""
    one_stream, other_stream = uuid4(), uuid4()
    answers = await _answers(
        log,
        append(write(one_stream, 0), key=Key("k", b"h", one_stream)),
        append(write(other_stream, 0, actor=BERT), key=Key("k", b"h", other_stream), actor=BERT),
    )
    assert all(isinstance(answer, Appended) for answer in answers)


async def test_a_claim_in_flight_twice_is_taken_once(log: PostgresLog) -> None:
    """The second learns who holds it."""
    a, b = uuid4(), uuid4()
    first, second = await _answers(
        log,
        append(write(a, 0), claims=[Claim("tag", "7", a)]),
        append(write(b, 0), claims=[Claim("tag", "7", b)]),
    )
    assert isinstance(first, Appended)
    assert isinstance(second, ClaimTaken)
    assert second.args == ("tag", "7", a, OURS)


SPOILT = {
    "a NUL in a claim": append(write(uuid4(), 0), claims=[Claim("tag", "\0", uuid4())]),
    "half a character": append(write(uuid4(), 0), claims=[Claim("tag", "\ud800", uuid4())]),
    "a claim too long": append(write(uuid4(), 0), claims=[Claim("tag", "x" * 401, uuid4())]),
    "a version too big": append(write(uuid4(), 0), guards=[(uuid4(), 2**31)]),
    "an empty key": append(write(BERT, 0), key=Key("", b"hash", BERT)),
}


@pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT)
async def test_a_value_that_cannot_be_stored_fails_alone(log: PostgresLog, spoilt: Append) -> None:
    """Its neighbours in the call go in, in their order."""
    stream = uuid4()
    before, failed, after = await _answers(log, one(0, stream), spoilt, one(1, stream))
    assert isinstance(before, Appended)
    assert isinstance(failed, Exception)
    assert not isinstance(failed, Unavailable)
    assert isinstance(after, Appended)
    assert await log.head() == 2


async def test_a_full_queue_refuses(database: Database) -> None:
    """The queue does not grow beyond its bound, and those in it are answered."""
    batcher = Batcher(database.app_url, max_queue=3)
    futures = [batcher.append(prepare(one(), REGISTRY)) for _ in range(4)]
    with pytest.raises(QueueFull):
        await futures.pop()
    assert all(isinstance(answer, Appended) for answer in await asyncio.gather(*futures))
    await batcher.close()


async def test_a_caller_that_leaves_disturbs_nobody(log: PostgresLog) -> None:
    """Its append goes in all the same, and so do the others."""
    left, stayed = log.append(one()), log.append(one())
    assert isinstance(left, asyncio.Future)
    left.cancel()
    assert isinstance(await stayed, Appended)
    assert await log.head() == 2


async def test_closing_answers_what_is_queued(database: Database) -> None:
    """Afterwards the log takes nothing more."""
    log = await PostgresLog.open(database.app_url, REGISTRY)
    queued = log.append(one())
    await log.close()
    assert isinstance(await queued, Appended)
    with pytest.raises(Unavailable):
        await log.append(one())
