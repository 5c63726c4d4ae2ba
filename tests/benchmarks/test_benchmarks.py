"""Every benchmark still runs; how fast is not asked here."""

from __future__ import annotations

import pytest

from adapters.embedded import Servers
from tests.benchmarks.__main__ import BENCHMARKS, Benchmark
from tests.benchmarks.harness import Bench, Size

TINY = Size(events=600, pools=50, callers=4, rounds=1, seconds=0.05)


@pytest.mark.parametrize("benchmark", BENCHMARKS, ids=lambda benchmark: benchmark.__name__)
async def test_it_measures(benchmark: Benchmark, servers: Servers) -> None:
    """It yields figures of which none is nothing."""
    found = await benchmark(Bench(servers, TINY))

    assert found
    for figure in found.values():
        assert figure.value > 0
        assert figure.peer is None or figure.peer > 0
