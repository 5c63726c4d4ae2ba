"""What a command costs as the log grows: it must not depend on that."""

from __future__ import annotations

import random
from contextlib import AsyncExitStack

from tests.benchmarks.command import WORKING_SET, stored
from tests.benchmarks.harness import Bench, Figure, Side, figure

SIZES = (100, 10, 1)
"""The log of `Size.events` divided by these; five times as much comes last."""


async def flat_cost(bench: Bench) -> dict[str, Figure]:
    """Microseconds per issue, 64 callers, 1,000 pools, in logs of 10,000 to 5 million events."""
    sizes = [*(bench.size.events // part for part in SIZES), 5 * bench.size.events]
    found: dict[int, list[float]] = {size: [] for size in sizes}
    async with AsyncExitStack() as stack:
        costs = {size: await _costs(bench, size, stack) for size in sizes}
        for _ in range(bench.size.rounds):
            for size, cost in costs.items():
                found[size].append(await cost())
    return {
        f"flat_cost_{size}": figure(values, "µs/command", f"{size:,} events")
        for size, values in found.items()
    }


async def _costs(bench: Bench, events: int, stack: AsyncExitStack) -> Side:
    """What measures a log of that size, once it is warm."""
    database = await stack.enter_async_context(bench.database(events))
    store = await stack.enter_async_context(stored(database))
    pools = database.world.pools[:WORKING_SET]

    async def cost() -> float:
        return 1_000_000 / await bench.rate(lambda _: store.issue(random.choice(pools)))  # noqa: S311 - no secret

    for pool in pools:  # each stream is longer where the log is
        await store.issue(pool)
    await cost()
    return cost
