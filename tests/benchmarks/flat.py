"""What a command costs as the log grows: it must not depend on that."""

from __future__ import annotations

import random

from tests.benchmarks.command import WORKING_SET, stored
from tests.benchmarks.harness import Bench, Figure, figure

SIZES = (100, 10, 1)
"""The log of `Size.events` divided by these; five times as much comes last."""


async def flat_cost(bench: Bench) -> dict[str, Figure]:
    """Microseconds per issue, 64 callers, 1,000 pools, in logs of 10,000 to 5 million events."""
    sizes = [*(bench.size.events // part for part in SIZES), 5 * bench.size.events]
    found: dict[int, list[float]] = {size: [] for size in sizes}
    for _ in range(bench.size.rounds):
        for size in sizes:
            found[size].append(await _cost(bench, size))
    return {
        f"flat_cost_{size}": figure(costs, "µs/command", f"{size:,} events")
        for size, costs in found.items()
    }


async def _cost(bench: Bench, events: int) -> float:
    async with bench.database(events) as database, stored(database) as store:
        pools = database.world.pools[:WORKING_SET]
        await bench.rate(lambda _: store.issue(random.choice(pools)))  # noqa: S311 - no secret
        rate = await bench.rate(lambda _: store.issue(random.choice(pools)))  # noqa: S311 - no secret
        return 1_000_000 / rate
