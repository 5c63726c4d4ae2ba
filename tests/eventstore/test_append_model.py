"""Random appends: the log answers as if each had come alone, or with those that it counts on."""

from __future__ import annotations

import asyncio
import os
from collections import Counter, deque
from collections.abc import Sequence
from secrets import randbelow
from uuid import UUID

import asyncpg
import pytest

from adapters.postgres.batch import Batch, Waiting
from adapters.postgres.log import PostgresLog
from adapters.postgres.packing import prepare
from domain.base import Recorded
from domain.ports import Append
from tests.conftest import Database
from tests.eventstore.model import Chance, Model, Reason, replay, write_randomly
from tests.eventstore.specimens import REGISTRY, call

SEED = int(os.environ.get("TALLYBOOK_MODEL_SEED", randbelow(2**32)))
ROUNDS = int(os.environ.get("TALLYBOOK_MODEL_ROUNDS", "6"))
"""Many short ones: what can only happen to new streams is over soon."""
BATCHES = 500
SIZES = (1, 2, 5, 10, 30)


def _reason(row: asyncpg.Record) -> Reason:
    match row["outcome"]:
        case "replayed":
            return ("replayed", row["stream"], row["version"], row["position"])
        case "key_reused":
            return ("key_reused",)
        case "claim":
            return ("claim", row["organization"], row["kind"], row["value"], row["stream"])
        case outcome:
            return (outcome, row["stream"])


def _given_up(append: Append, lost: set[UUID]) -> list[Reason]:
    """Who counts on a refused append of the same call is refused with it."""
    guards: list[Reason] = [("guard", g.stream) for g in append.guards if g.stream in lost]
    return guards + [("version", w.stream) for w in append.writes if w.stream in lost]


def _one_call(drawn: Sequence[Append]) -> list[Append]:
    """What the batcher would send of these in one call."""
    futures = asyncio.get_running_loop().create_future
    queue = deque(Waiting(prepare(append, REGISTRY), futures()) for append in drawn)
    return [waiting.prepared.append for waiting in Batch.take(queue).waiting]


@pytest.mark.parametrize("number", range(ROUNDS))
async def test_within_the_contract_the_function_equals_a_sequential_model(
    application: asyncpg.Connection, number: int
) -> None:
    """Every outcome and every row is the model's."""
    seed = SEED + number
    print("TALLYBOOK_MODEL_SEED", seed)  # noqa: T201 - to run a failure again
    model, chance, outcomes = Model(), Chance(seed, keys=400), Counter[object]()
    for _ in range(BATCHES):
        drawn = chance.appends(chance.random.choice(SIZES), model.versions)
        batch = _one_call(drawn)
        head, refused = await call(application, batch)
        assert head == model.head, seed
        lost: set[UUID] = set()  # what refused appends of this call would have written
        for place, append in enumerate(batch, 1):
            reasons = [*model.reasons(append), *_given_up(append, lost)]
            if reasons:
                lost.update(write.stream for write in append.writes)
                assert _reason(refused[place]) in reasons, (seed, append)
            else:
                assert place not in refused, (seed, append)
                model.accept(append)
            outcomes[refused[place]["outcome"] if reasons else "accepted"] += 1
    await model.check_tables(application)
    assert len(outcomes) == 7, outcomes


@pytest.mark.parametrize("number", range(ROUNDS))
async def test_outside_the_contract_the_function_is_safe(
    application: asyncpg.Connection, number: int
) -> None:
    """What it accepts is acceptable in that order; it refuses needlessly or fails as a whole."""
    seed = SEED + number
    print("TALLYBOOK_MODEL_SEED", seed)  # noqa: T201 - to run a failure again
    model, chance, failed = Model(), Chance(seed, keys=60), 0
    for _ in range(BATCHES // 2):
        batch = chance.appends(chance.random.choice(SIZES), model.versions)
        known = set(model.owners)
        try:
            head, refused = await call(application, batch)
        except asyncpg.UniqueViolationError:
            failed += 1
            continue
        assert head == model.head, seed
        for place, append in enumerate(batch, 1):
            if place in refused:
                continue
            # A stream of theirs that this very call began: that it was absent held before.
            fresh = {("foreign", g.stream) for g in append.guards if g.stream not in known}
            fresh |= {("guard", g.stream) for g in append.guards if g.stream not in known}
            assert set(model.reasons(append)) <= fresh, (seed, append)
            model.accept(append)
    await model.check_tables(application)
    assert failed


async def _tail(log: PostgresLog, done: asyncio.Event) -> list[Recorded]:
    """Follows the log as a reader does, asserting that nothing is skipped and no time repeats."""
    seen: list[Recorded] = []
    while not (done.is_set() and len(seen) == await log.head()):
        for recorded in await log.read(len(seen), 50):
            assert recorded.position == len(seen) + 1
            assert not seen or recorded.recorded_at > seen[-1].recorded_at
            seen.append(recorded)
        await asyncio.sleep(0)
    return seen


async def test_two_writers_at_once_equal_some_serial_order(
    database: Database, log: PostgresLog
) -> None:
    """What both had accepted, replayed by position, is what the tables hold and a reader saw."""
    print("TALLYBOOK_MODEL_SEED", SEED)  # noqa: T201 - to run a failure again
    other = await PostgresLog.open(database.app_url, REGISTRY)
    done = asyncio.Event()
    tail = asyncio.create_task(_tail(log, done))
    writers = (write_randomly(writer, Chance(SEED, keys=400), 600) for writer in (log, other))
    accepted = [pair for pairs in await asyncio.gather(*writers) for pair in pairs]
    done.set()
    seen = await tail
    await other.close()

    model = replay(accepted)
    assert len(seen) == model.head
    for append, answer in accepted:
        first = seen[answer.first_position - 1]
        assert (first.stream, first.recorded_at) == (append.writes[0].stream, answer.recorded_at)
    connection = await asyncpg.connect(database.app_url)
    await model.check_tables(connection)
    await connection.close()
