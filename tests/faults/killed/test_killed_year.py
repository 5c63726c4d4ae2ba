"""The whole year of invoice lines, killed at random moments: minutes long, so only when asked for.

LONG_TESTS=1 .venv/bin/python -m pytest tests/faults/killed/test_killed_year.py
"""

from __future__ import annotations

import asyncio
import os
import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from api.services import Services
from domain.ids import warehouse_id
from projections.all import PROJECTIONS
from tests.faults.killed.site import Site
from tests.faults.killed.test_killed_import import FILE, SHOP, started
from tests.importers.retail_fold import Fold

BOOK = """
SELECT p.sku, sum(m.delta)::int AS quantity
  FROM read.movements_v1 m JOIN read.products_v1 p ON p.id = m.product
 WHERE m.warehouse = $1 AND m.occurred_at < $2
 GROUP BY p.sku HAVING sum(m.delta) <> 0
"""
LONG = "LONG_TESTS" in os.environ
KILLS = 6
RUN_SECONDS = (4.0, 12.0)
"""It begins with reading; where it ends too soon, make these shorter."""
PATIENCE_SECONDS = 900.0
DAYS = (
    "2010-12-01",
    "2010-12-23",
    "2011-02-14",
    "2011-03-28",
    "2011-07-31",
    "2011-10-31",
    "2011-12-09",
)


@pytest.mark.timeout(1800)
@pytest.mark.skipif(not LONG, reason="it takes minutes: set LONG_TESTS=1")
@pytest.mark.skipif(not FILE.exists(), reason="the real data is not at ../shared/data")
async def test_a_year_that_is_killed_at_random_is_the_fold_of_the_file(
    site: Site, hand: Services
) -> None:
    """The stock of every product at the end of each of these days."""
    organization = await hand.people.found("Killed")
    for _ in range(KILLS):
        run = await started(site, FILE)
        await asyncio.sleep(random.uniform(*RUN_SECONDS))  # noqa: S311 - no secret
        run.kill()
        await run.wait()
    assert await (await started(site, FILE)).wait() == 0
    site.start("relay", "projector")
    head = await hand.log.head()
    names = [projection.id for projection in PROJECTIONS]
    await hand.positions.reached(names, head, organization, PATIENCE_SECONDS)
    fold, root = Fold(FILE), warehouse_id(organization, SHOP.code)
    for day in DAYS:
        end = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(SHOP.timezone))
        rows = await hand.pool.fetch(BOOK, root, end + timedelta(days=1))
        assert {row["sku"]: row["quantity"] for row in rows} == fold.at_end_of(day), day
