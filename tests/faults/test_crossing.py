"""Commands over several organizations: each is named, and what is not is not there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest

from api.commands import Answer, Task
from api.unit_of_work import Unit
from domain.base import Conflicting, Context, NotFound
from domain.ports import GLOBAL
from tests.faults.tally import ANNA, NOW, OURS, THEIRS, Process, Tally, taking

Decide = Callable[[Unit], Awaitable[Tally]]


class NameTaken(Conflicting, code="NAME_TAKEN"):
    """Somebody has it."""


class CodeTaken(Conflicting, code="CODE_TAKEN"):
    """We have it already."""


def moving(ours: UUID, theirs: UUID, amount: int) -> Decide:
    """Gives them of ours, in one append."""

    async def decide(unit: Unit) -> Tally:
        giver = await unit.load(Tally, ours)
        taker = await unit.load(Tally, theirs, of=THEIRS)
        giver.take(amount, unit.context)
        taker.take(-amount, unit.context.within(THEIRS))
        return taker

    return decide


def naming(stream: UUID, name: str, code: str) -> Decide:
    """Takes a name among all organizations and a code of the same kind among ours."""

    async def decide(unit: Unit) -> Tally:
        tally = await unit.load(Tally, stream)
        unit.take("tag", name, stream, NameTaken, of=GLOBAL)
        unit.take("tag", code, stream, CodeTaken)
        tally.take(1, unit.context)
        return tally

    return decide


async def run(
    process: Process, decide: Decide, organization: UUID, key: tuple[str, bytes] | None = None
) -> Answer:
    """Anna's command in that organization."""
    context = Context(organization=organization, actor=ANNA, now=NOW, fresh=uuid4())
    return await process.commands.run(Task(decide, Tally, context, key))


async def owners(process: Process) -> list[UUID]:
    """Whose the events of the log are, in its order."""
    return [recorded.organization for recorded in await process.log.read(0, 100)]


async def test_a_command_writes_in_two_organizations_at_once(here: Process) -> None:
    """The answer's own aggregate stands last; each goes on in its organization."""
    ours, theirs = uuid4(), uuid4()
    answer = await run(here, moving(ours, theirs, 4), OURS)
    assert (answer.stream, answer.version, answer.position) == (theirs, 1, 2)
    assert await owners(here) == [OURS, THEIRS]
    await run(here, taking(ours, 6), OURS)
    await run(here, taking(theirs, 14), THEIRS)
    assert await owners(here) == [OURS, THEIRS, OURS, THEIRS]


async def test_one_side_that_moved_on_has_the_whole_decided_again(
    here: Process, there: Process
) -> None:
    """Nothing is given twice, and nothing is given without being had."""
    ours, theirs = uuid4(), uuid4()
    await run(here, moving(ours, theirs, 1), OURS)
    await run(there, taking(theirs, 5), THEIRS)
    await run(here, moving(ours, theirs, 2), OURS)
    assert await here.amounts(ours) == [1, 2]
    assert await here.amounts(theirs) == [-1, 5, -2]


@pytest.mark.parametrize("of", [None, OURS, GLOBAL])
@pytest.mark.parametrize("ask", ["load", "read", "look"])
async def test_what_is_another_organizations_than_the_named_one_is_not_there(
    here: Process, there: Process, ask: str, of: UUID | None
) -> None:
    """In memory or not."""
    stream = uuid4()
    await run(here, taking(stream, 1), THEIRS)

    async def decide(unit: Unit) -> Tally:
        found: Tally = await getattr(unit, ask)(Tally, stream, of=of)
        return found

    for process in (here, there):
        with pytest.raises(NotFound):
            await run(process, decide, OURS)


async def test_what_is_read_of_another_organization_is_guarded(
    here: Process, there: Process
) -> None:
    """A decision on what has moved on since is made again."""
    ours, theirs = uuid4(), uuid4()
    await run(here, taking(theirs, 1), THEIRS)
    seen = []

    async def decide(unit: Unit) -> Tally:
        other = await unit.read(Tally, theirs, of=THEIRS)
        seen.append(other.left)
        tally = await unit.load(Tally, ours)
        tally.take(1, unit.context)
        if len(seen) == 1:
            await run(there, taking(theirs, 2), THEIRS)
        return tally

    await run(here, decide, OURS)
    assert seen == [9, 7]
    assert await owners(here) == [THEIRS, THEIRS, OURS]


async def test_a_new_stream_is_of_one_organization_for_the_whole_command(here: Process) -> None:
    """Who asks for it as another's finds nothing."""
    stream = uuid4()

    async def decide(unit: Unit) -> Tally:
        await unit.load(Tally, stream, of=THEIRS)
        return await unit.load(Tally, stream)

    with pytest.raises(NotFound):
        await run(here, decide, OURS)


@pytest.mark.parametrize("exists", [True, False], ids=["existing", "new"])
async def test_what_is_recorded_for_another_than_it_was_loaded_for_is_never_written(
    here: Process, *, exists: bool
) -> None:
    """A mistake of the command: it fails, and nobody meets its events in memory."""
    stream = uuid4()
    if exists:
        await run(here, taking(stream, 1), THEIRS)

    async def decide(unit: Unit) -> Tally:
        tally = await unit.load(Tally, stream, of=THEIRS)
        tally.take(3, unit.context)
        return tally

    with pytest.raises(RuntimeError, match="is recorded for"):
        await run(here, decide, OURS)
    await run(here, taking(stream, 2), THEIRS)
    assert await here.amounts(stream) == ([1, 2] if exists else [2])


async def test_a_claim_that_is_taken_raises_its_own_refusal(here: Process) -> None:
    """A kind may have values of one organization beside values of all."""
    await run(here, naming(uuid4(), "A", "B"), OURS)
    with pytest.raises(NameTaken):
        await run(here, naming(uuid4(), "A", "C"), THEIRS)
    with pytest.raises(CodeTaken):
        await run(here, naming(uuid4(), "B", "B"), OURS)
    await run(here, naming(uuid4(), "B", "B"), THEIRS)


async def test_claims_are_looked_up_in_the_named_organization(here: Process) -> None:
    """And given back there."""
    stream = uuid4()
    await run(here, naming(stream, "A", "B"), OURS)
    seen: list[UUID | int | None] = []

    async def decide(unit: Unit) -> Tally:
        tally = await unit.load(Tally, stream, of=OURS)
        for of in (GLOBAL, OURS, None):
            seen.append(await unit.holder("tag", "A", of=of))
            seen.append(await unit.claimed("tag", "", of=of))
        unit.release("tag", "A", stream, of=GLOBAL)
        tally.take(1, unit.context.within(OURS))
        return tally

    await run(here, decide, THEIRS)
    assert seen == [stream, 1, None, 1, None, 0]
    await run(here, naming(uuid4(), "A", "C"), THEIRS)


async def test_a_repeated_crossing_is_answered_as_before(here: Process, there: Process) -> None:
    """By any process, though both streams have moved on."""
    ours, theirs = uuid4(), uuid4()
    key = ("key", b"request")
    first = await run(here, moving(ours, theirs, 4), OURS, key)
    await run(here, moving(ours, theirs, 1), OURS)
    again = await run(there, moving(ours, theirs, 4), OURS, key)
    assert again.replayed
    assert (again.view, again.version, again.position) == (first.view, 1, 2)
    assert len(await owners(here)) == 4
