"""For the product's own projections and any log: what is live is what a rebuild makes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.base import NOBODY, Event, Recorded
from projections.all import PROJECTIONS
from projections.engine.projection import Projection
from projections.engine.temporal import Past
from tests.domain.properties.effort import TIMES
from tests.domain.samples import EVENTS
from tests.engine.test_exactly_once import CRASH_STEPS, live, reset
from tests.engine.test_rebuild import rebuilt
from tests.engine.toy import recorded
from tests.faults.rebuilt import is_replay

FIRST = ("created", "opened", "expected", "found")
"""How events that begin a stream are named: without them nothing much happens in it."""

amounts = st.integers(-3, 9).map(Decimal)


def _kind(event: Event) -> str:
    return str(event.__struct_config__.tag).partition(".")[0]


@st.composite
def events(draw: st.DrawFn) -> tuple[UUID, Event]:
    """Any sample, now and then with other figures, in one of two streams of its kind."""
    event = draw(st.sampled_from(EVENTS))
    figures = {"delta", "on_hand", "quarantine_delta", "unit_cost"} & {*event.__struct_fields__}
    if draw(st.booleans()):
        other: dict[str, Any] = {name: draw(amounts) for name in sorted(figures)}
        event = msgspec.structs.replace(event, **other)
    return uuid5(NOBODY, f"{_kind(event)} {draw(st.integers(1, 2))}"), event


def begun(history: Sequence[tuple[UUID, Event]], beginning: Sequence[bool]) -> list[Recorded]:
    """The history, behind the first events of streams, of which some are left out."""
    firsts = [event for event in EVENTS if str(event.__struct_config__.tag).endswith(FIRST)]
    opening = [
        (uuid5(NOBODY, f"{_kind(event)} {number}"), event) for event in firsts for number in (1, 2)
    ]
    kept = [one for one, keep in zip(opening, beginning, strict=False) if keep]
    return recorded([*kept, *history])


HISTORIES = st.builds(
    begun,
    st.lists(events(), min_size=1, max_size=40),
    st.lists(st.sampled_from([True, True, True, False]), min_size=20, max_size=20),
)


async def now_and_then(pool: asyncpg.Pool, projection: Projection[Any], position: int) -> bool:
    """Whether a temporal projection tells the same of its present as of the newest moment."""
    if not projection.temporal:
        return True
    asked = f"SELECT * FROM {projection.table} AS t"  # noqa: S608 - a name of ours
    text, arguments = Past([projection]).at(position, NOBODY, asked, ())
    names = projection.row.__struct_fields__
    present = {tuple(row[name] for name in names) for row in await pool.fetch(asked)}
    told = {tuple(row[name] for name in names) for row in await pool.fetch(text, *arguments)}
    return present == told


@settings(max_examples=8 * TIMES, suppress_health_check=list(HealthCheck))
@given(
    log=HISTORIES,
    batches=st.lists(st.integers(1, 20), max_size=5),
    crashes=st.lists(st.integers(1, CRASH_STEPS), max_size=4),
)
async def test_live_rows_rebuilt_rows_the_replay_and_the_newest_moment_are_the_same(
    bank: asyncpg.Pool,
    admin: asyncpg.Connection,
    log: list[Recorded],
    batches: list[int],
    crashes: list[int],
) -> None:
    """In batches of any size, wherever the projector died, whatever events fail."""
    for projection in PROJECTIONS:
        await reset(bank, projection)
        await live(bank, projection, log, [*batches], [*crashes])
        assert await is_replay(bank, projection, log), projection.id
        assert (await rebuilt(admin, projection, log, check=True)).sound, projection.id
        assert await now_and_then(bank, projection, len(log)), projection.id
