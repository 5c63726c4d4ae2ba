"""Appends over several organizations: whole or not at all, and each stream its organization's."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest

from adapters.postgres.log import PostgresLog
from domain.ports import (
    GLOBAL,
    Append,
    Appended,
    Claim,
    ClaimTaken,
    ForeignStream,
    GuardFailed,
    Key,
    Replayed,
    VersionConflict,
)
from tests.eventstore.specimens import OURS, THEIRS, append, call, one, stored, write

CHILD, PARENT, OTHER = UUID(int=201), UUID(int=202), UUID(int=203)
KEY = Key("k", b"request", CHILD)


def begins(*, child: int = 0, parent: int = 0, key: Key | None = None) -> Append:
    """Of theirs: something begins there, and ours has to hear of it."""
    return append(
        write(PARENT, parent, "has a child"),
        write(CHILD, child, "begun", organization=THEIRS),
        key=key,
        organization=OURS,
    )


def theirs(stream: UUID, expected: int) -> Append:
    """An event of theirs alone."""
    return append(write(stream, expected, organization=THEIRS), organization=THEIRS)


async def test_each_stream_is_of_the_organization_that_its_events_name(log: PostgresLog) -> None:
    """In one append, and as it is read again."""
    appended = await log.append(begins())
    assert isinstance(appended, Appended)
    assert (appended.first_position, appended.last_position) == (1, 2)
    read = [(recorded.stream, recorded.organization) for recorded in await log.read(0, 10)]
    assert read == [(PARENT, OURS), (CHILD, THEIRS)]
    assert isinstance(await log.append(theirs(CHILD, 1)), Appended)


@pytest.mark.parametrize("moved", [one(0, PARENT), theirs(CHILD, 0)], ids=["ours", "theirs"])
async def test_a_conflict_on_either_side_writes_neither(log: PostgresLog, moved: Append) -> None:
    """Nobody is left with half of it."""
    await log.append(moved)
    with pytest.raises(VersionConflict) as conflict:
        await log.append(begins())
    assert conflict.value.args == (moved.writes[0].stream, 1)
    assert await log.head() == 1


@pytest.mark.parametrize("queued", [True, False], ids=["in one call", "later"])
async def test_an_organization_that_is_named_wrongly_is_foreign(
    log: PostgresLog, *, queued: bool
) -> None:
    """To write or to guard, whoever appends: a stream stays with who began it."""
    begun = log.append(begins())
    if not queued:
        await begun
    wrong = (
        append(write(CHILD, 1)),
        append(write(OTHER, 0), guards=[(CHILD, 1)]),
        append(write(OTHER, 0), guards=[(CHILD, 1, OURS)]),
        append(write(PARENT, 1, organization=THEIRS), organization=THEIRS),
        append(write(PARENT, 1, organization=THEIRS)),
    )
    outcomes = await asyncio.gather(*map(log.append, wrong), return_exceptions=True)
    assert [type(one) for one in outcomes] == [ForeignStream] * len(wrong)
    assert isinstance(await begun, Appended)
    assert await log.head() == 2


async def test_no_call_gives_a_new_stream_to_two_organizations(
    application: asyncpg.Connection,
) -> None:
    """Even one that the batcher would not make: what follows on it names another one."""
    for own in (OURS, THEIRS):
        stream = uuid4()
        second = append(write(stream, 1, organization=THEIRS), organization=own)
        _, refused = await call(application, [append(write(stream, 0)), second])
        assert {number: row["outcome"] for number, row in refused.items()} == {2: "version"}
    assert {row["organization_id"] for row in await stored(application)} == {OURS}


async def test_a_guard_watches_another_organizations_stream(log: PostgresLog) -> None:
    """At its version it lets the append through, and behind it not."""
    await log.append(theirs(CHILD, 0))
    assert isinstance(
        await log.append(append(write(OTHER, 0), guards=[(CHILD, 1, THEIRS)])), Appended
    )
    await log.append(theirs(CHILD, 1))
    with pytest.raises(GuardFailed) as failed:
        await log.append(append(write(OTHER, 1), guards=[(CHILD, 1, THEIRS)]))
    assert failed.value.args == (CHILD, 2)


async def test_appends_of_two_organizations_chain_in_one_call(
    log: PostgresLog, application: asyncpg.Connection
) -> None:
    """Where the stream that both write is named alike; a refused link refuses what follows."""
    chain = [begins(), theirs(CHILD, 1), begins(child=2, parent=1), one(2, PARENT)]
    answers = await asyncio.gather(*map(log.append, chain))
    assert all(isinstance(answer, Appended) for answer in answers)
    commits = "SELECT count(DISTINCT xmin::text) FROM es.events"
    assert await application.fetchval(commits) == 1
    broken = [begins(child=9, parent=3), theirs(CHILD, 10), one(4, PARENT), one(3, PARENT)]
    outcomes = await asyncio.gather(*map(log.append, broken), return_exceptions=True)
    assert [type(one) for one in outcomes] == [*[VersionConflict] * 3, Appended]
    assert len(await stored(application)) == 7


@pytest.mark.parametrize("queued", [True, False], ids=["in one call", "later"])
async def test_a_global_claim_is_taken_once_for_all_organizations(
    log: PostgresLog, *, queued: bool
) -> None:
    """The same value is still free within each; who is refused learns where it is held."""
    for_all = Claim("name", "Shop", PARENT, organization=GLOBAL)
    first = log.append(append(write(PARENT, 0), claims=[for_all, Claim("name", "Shop", PARENT)]))
    if not queued:
        await first
    again = Claim("name", "Shop", CHILD, organization=GLOBAL)
    with pytest.raises(ClaimTaken) as taken:
        await log.append(
            append(write(CHILD, 0, organization=THEIRS), claims=[again], organization=THEIRS)
        )
    assert taken.value.args == ("name", "Shop", PARENT, GLOBAL)
    within = Claim("name", "Shop", CHILD)
    await log.append(
        append(write(CHILD, 0, organization=THEIRS), claims=[within], organization=THEIRS)
    )
    holders = [await log.holder(of, "name", "Shop") for of in (GLOBAL, OURS, THEIRS)]
    assert holders == [PARENT, PARENT, CHILD]
    assert await log.claimed(GLOBAL, "name", "Sh") == 1


async def test_a_release_frees_the_claim_of_the_organization_that_it_names(
    log: PostgresLog,
) -> None:
    """Taking over needs the release of that very claim in the same append."""
    for_all = Claim("name", "Shop", PARENT, organization=GLOBAL)
    await log.append(append(write(PARENT, 0), claims=[for_all, Claim("name", "Shop", PARENT)]))
    taking = Claim("name", "Shop", OTHER, organization=GLOBAL)
    own = Claim("name", "Shop", PARENT, take=False)
    with pytest.raises(ClaimTaken):
        await log.append(append(write(OTHER, 0), claims=[own, taking]))
    await log.append(
        append(
            write(OTHER, 0),
            claims=[Claim("name", "Shop", PARENT, take=False, organization=GLOBAL), taking],
        )
    )
    assert await log.holder(GLOBAL, "name", "Shop") == OTHER
    assert await log.holder(OURS, "name", "Shop") == PARENT


async def test_a_claim_is_taken_in_an_organization_that_is_named(log: PostgresLog) -> None:
    """Of the three organizations that one append claims in, each keeps its own."""
    claims = [Claim("code", "A1", PARENT, organization=of) for of in (None, THEIRS, GLOBAL)]
    await log.append(append(write(PARENT, 0), claims=claims))
    for of in (OURS, THEIRS, GLOBAL):
        assert await log.holder(of, "code", "A1") == PARENT


@pytest.mark.parametrize("queued", [True, False], ids=["in one call", "later"])
async def test_a_key_of_a_crossing_is_answered_again(log: PostgresLog, *, queued: bool) -> None:
    """It is of the organization that appends, whosever stream the answer shows."""
    first = log.append(begins(key=KEY))
    if not queued:
        await first
    assert await log.append(begins(key=KEY)) == Replayed(CHILD, 1, 2)
    their_own = append(write(CHILD, 1, organization=THEIRS), key=KEY, organization=THEIRS)
    assert isinstance(await log.append(their_own), Appended)
    assert await log.confirm(OURS, their_own.actor, KEY, []) == Replayed(CHILD, 1, 2)
    assert await log.confirm(THEIRS, their_own.actor, KEY, []) == Replayed(CHILD, 2, 3)
