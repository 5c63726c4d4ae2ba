"""Rows that were kept up event by event are those that a rebuild would make."""

from __future__ import annotations

import pytest

from projections.all import PROJECTIONS
from tests.faults.busy import busy
from tests.faults.rebuilt import is_replay, whole
from tests.system import Company, System

PATIENCE_SECONDS = 20.0


@pytest.mark.parametrize("seed", range(2))
async def test_live_rows_are_the_replay_of_the_log(
    system: System, company: Company, seed: int
) -> None:
    """For every projection, after every command in some order and much traffic on few entries."""
    await busy(company, seed)
    services = system.services
    names = [projection.id for projection in PROJECTIONS]
    head = await services.log.head()
    await services.positions.reached(names, head, company.id, PATIENCE_SECONDS)
    log = await whole(services.log)
    for projection in PROJECTIONS:
        assert await is_replay(services.pool, projection, log, company.id), projection.id
