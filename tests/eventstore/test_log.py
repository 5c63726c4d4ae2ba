"""What the log answers to its readers, and what it refuses before anything is sent."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.packing import LARGEST_APPEND, MAX_EVENT_BYTES
from domain.base import InvalidValue
from domain.ports import Appended, Claim, ForeignStream, Key, KeyReused, Replayed
from domain.registry import Registry, Undecodable
from tests.conftest import Database
from tests.eventstore.specimens import (
    ANNA,
    BERT,
    NOW,
    OURS,
    THEIRS,
    Noted,
    append,
    one,
    stored,
    write,
)

A, B = UUID(int=101), UUID(int=102)


async def _appended(log: PostgresLog, *texts: str, stream: UUID = A, expected: int = 0) -> Appended:
    answer = await log.append(append(write(stream, expected, *texts)))
    assert isinstance(answer, Appended)
    return answer


def _texts(records: object) -> list[tuple[UUID, int, str]]:
    assert isinstance(records, list)
    return [(r.stream, r.version, r.event.text) for r in records]


async def test_an_event_comes_back_as_it_was_recorded(log: PostgresLog) -> None:
    """With its place in the stream and in the log, and both its times."""
    answer = await _appended(log, "first", "second")
    first, second = await log.load([A])
    assert (first.event, first.actor, first.organization) == (Noted(text="first"), ANNA, OURS)
    assert (first.position, second.position) == (answer.first_position, answer.last_position)
    assert first.occurred_at == NOW
    assert first.recorded_at == answer.recorded_at < second.recorded_at


async def test_recorded_times_increase_even_when_the_clock_does_not(
    log: PostgresLog, admin: asyncpg.Connection
) -> None:
    """After a clock was set back the last time plus a microsecond is the next."""
    await admin.execute(
        "INSERT INTO es.events SELECT 1, now() + interval '1 hour', now(), id, id, 1, 1, 't', 't',"
        " id, id, id, id, '{}' FROM gen_random_uuid() id"
    )
    answer = await _appended(log, "a1", "a2")
    times = [row["recorded_at"] for row in await stored(admin)]
    assert answer.recorded_at == times[1]
    microsecond = timedelta(microseconds=1)
    assert times == [times[0], times[0] + microsecond, times[0] + 2 * microsecond]


async def test_several_streams_go_in_together_or_not_at_all(log: PostgresLog) -> None:
    """One stream that has moved on refuses both."""
    await _appended(log, "there", stream=B)
    with pytest.raises(Exception, match=str(B)):
        await log.append(append(write(A, 0), write(B, 0)))
    assert _texts(await log.load([A, B])) == [(B, 1, "there")]


async def test_streams_load_in_the_order_asked_behind_what_is_known(log: PostgresLog) -> None:
    """Each from its own version on."""
    await _appended(log, "a1", "a2", "a3")
    await _appended(log, "b1", "b2", stream=B)
    loaded = _texts(await log.load([B, A], [0, 2]))
    assert loaded == [(B, 1, "b1"), (B, 2, "b2"), (A, 3, "a3")]
    assert _texts(await log.load([A], up_to=2)) == [(A, 1, "a1"), (A, 2, "a2")]


async def test_the_log_is_read_in_pages_by_position(log: PostgresLog) -> None:
    """The head is the last position, 0 at first."""
    assert await log.head() == 0
    await _appended(log, "a1", "a2")
    await _appended(log, "b1", stream=B)
    assert [r.position for r in await log.read(0, 2)] == [1, 2]
    assert _texts(await log.read(2, 2)) == [(B, 1, "b1")]
    assert await log.head() == 3


async def test_anothers_stream_is_foreign_to_write_and_to_guard(log: PostgresLog) -> None:
    """Whatever version is expected."""
    await _appended(log, "ours")
    for theirs in (
        append(write(A, 1, organization=THEIRS), organization=THEIRS),
        append(write(B, 0, organization=THEIRS), guards=[(A, 1)], organization=THEIRS),
    ):
        with pytest.raises(ForeignStream) as refusal:
            await log.append(theirs)
        assert refusal.value.args == (A,)


async def test_a_refusal_on_current_state_is_confirmed_by_an_empty_list(log: PostgresLog) -> None:
    """On older state it gets the events that were missed, and only those."""
    await _appended(log, "a1", "a2")
    assert await log.confirm(OURS, ANNA, None, [(A, 2), (B, 0)]) == []
    await _appended(log, "b1", stream=B)
    missed = await log.confirm(OURS, ANNA, None, [(B, 0), (A, 1)])
    assert _texts(missed) == [(B, 1, "b1"), (A, 2, "a2")]


async def test_a_refusal_of_a_request_answered_before_gets_that_answer(log: PostgresLog) -> None:
    """Though events were missed; the same key with another request is refused."""
    key = Key("k", b"request", A)
    await log.append(append(write(A, 0, "a1", "a2"), key=key))
    await _appended(log, "a3", expected=2)
    assert await log.confirm(OURS, ANNA, key, [(A, 0)]) == Replayed(A, 2, 2)
    with pytest.raises(KeyReused):
        await log.confirm(OURS, ANNA, Key("k", b"another", A), [(A, 3)])
    assert await log.confirm(OURS, BERT, key, [(A, 3)]) == []


async def test_claims_are_counted_by_prefix_and_looked_up_by_value(log: PostgresLog) -> None:
    """Within an organization and a kind; a released one is free."""
    values = ("SO-1", "SO-10", "SO-2", "SP-1", "S")
    claims = [Claim("code", value, A) for value in values]
    await log.append(append(write(A, 0), claims=[*claims, Claim("tag", "SO-3", A)]))
    assert await log.claimed(OURS, "code", "SO-") == 3
    assert await log.claimed(OURS, "code", "") == 5
    assert await log.claimed(THEIRS, "code", "SO-") == 0
    assert await log.holder(OURS, "code", "SO-1") == A
    await log.append(append(write(A, 1), claims=[Claim("code", "SO-1", A, take=False)]))
    assert await log.holder(OURS, "code", "SO-1") is None
    assert await log.claimed(OURS, "code", "SO-") == 2


async def test_an_event_of_a_newer_version_is_seen_but_not_folded(
    database: Database, log: PostgresLog
) -> None:
    """A reader can pass it on or stop; an aggregate must not skip it."""
    await _appended(log, "from the future")
    older = await PostgresLog.open(database.app_url, Registry())
    (recorded,) = await older.read(0, 10)
    await older.close()
    assert isinstance(recorded.event, Undecodable)
    assert (recorded.event.name, recorded.position) == ("test.noted", 1)
    assert "KeyError" in recorded.event.error
    with pytest.raises(TypeError, match=r"test\.noted"):
        recorded.event.apply(object())


async def test_a_payload_is_stored_as_the_exact_bytes(
    log: PostgresLog, admin: asyncpg.Connection
) -> None:
    """People read it as jsonb in a view."""
    await _appended(log, "déjà  vu")
    (row,) = await stored(admin)
    assert row["payload"] == msgspec.json.encode(Noted(text="déjà  vu"))
    text = await admin.fetchval("SELECT payload ->> 'text' FROM es.events_json")
    assert text == "déjà  vu"


async def test_what_nobody_correlated_is_correlated_by_its_first_event(
    log: PostgresLog, admin: asyncpg.Connection
) -> None:
    """A correlation or causation that is given is kept."""
    await _appended(log, "a1", "a2")
    await log.append(
        msgspec.structs.replace(one(0, B), correlation=UUID(int=7), causation=UUID(int=8))
    )
    a1, a2, b1 = await stored(admin)
    assert a1["correlation_id"] == a2["correlation_id"] == a1["event_id"] != a2["event_id"]
    assert (a1["causation_id"], b1["correlation_id"]) == (None, UUID(int=7))
    assert b1["causation_id"] == UUID(int=8)


async def test_an_event_above_64_kib_is_refused_before_it_is_queued(log: PostgresLog) -> None:
    """One just as big goes in."""
    room = MAX_EVENT_BYTES - len(msgspec.json.encode(Noted()))
    with pytest.raises(InvalidValue):
        log.append(one(text="x" * (room + 1)))
    assert isinstance(await log.append(one(text="x" * room)), Appended)


async def test_an_append_of_too_many_rows_is_refused_before_it_is_queued(log: PostgresLog) -> None:
    """A call's size is bounded."""
    with pytest.raises(InvalidValue):
        log.append(append(write(A, 0, *("text",) * LARGEST_APPEND)))


async def test_events_that_do_not_belong_to_their_append_are_refused(log: PostgresLog) -> None:
    """Another actor's, another version, two organizations', or a key whose stream is not named."""
    misplaced = msgspec.structs.replace(write(A, 0), expected=1)
    ours, theirs = write(A, 0), write(A, 1, organization=THEIRS)
    two_owners = msgspec.structs.replace(ours, events=ours.events + theirs.events)
    for wrong in (
        append(write(A, 0), actor=BERT),
        append(two_owners),
        append(misplaced),
        append(write(A, 0), key=Key("k", b"hash", uuid4())),
    ):
        with pytest.raises(ValueError, match=r"is not the append's|neither written nor guarded"):
            log.append(wrong)
