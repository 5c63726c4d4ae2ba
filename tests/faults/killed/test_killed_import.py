"""An import is killed while an append of it is in flight, again and again."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import pytest

from adapters.importers import online_retail
from api.playing import Player
from api.services import Services
from domain.ids import product_id
from domain.stock.imported_file import LinesTaken
from domain.stock.movement import Movement
from domain.stock.place import OpenWarehouse
from tests.conftest import Database
from tests.faults.killed.site import Site, obstacle
from tests.faults.rebuilt import whole
from tests.importers.retail_fold import copied

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "online-retail"
FILE = DATA / "online_retail.csv.gz"
SOME = re.compile(r"(2[12]0[78][0-9]|2249[0-9]|8485[0-9]|POST)[a-zA-Z]*")
SHOP = OpenWarehouse(code="SHOP", name="SHOP", timezone="Europe/London")
POINTS = (0.2, 0.6)
"""Parts of the file that are played in good order before a run is killed."""

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the real data is not at ../shared/data")


async def test_every_line_is_in_the_log_once_wherever_the_import_was_killed(
    site: Site, hand: Services, database: Database, tmp_path: Path
) -> None:
    """Each run goes on where the log ends; the outcome is that of a run that nobody killed."""
    file = copied(FILE, tmp_path / "part.csv", SOME)
    retail = online_retail.read(file)
    killed = await hand.people.found("Killed")
    alone = await hand.people.found("Alone")
    for point in POINTS:
        ended = await started(site, file, "--limit", str(int(point * retail.lines)))
        assert await ended.wait() == 0
        async with obstacle(database.admin_url, "LOCK es.events IN SHARE MODE") as met:
            cut = await started(site, file)
            await met()
            cut.kill()
            await cut.wait()
    assert await (await started(site, file)).wait() == 0
    await Player(hand, alone, retail, SHOP).run()

    log = await whole(hand.log)
    assert [event.position for event in log] == list(range(1, len(log) + 1))
    skus = retail.products
    assert await _moved(hand, killed, skus) == await _moved(hand, alone, skus)
    ends = [e.event.lines for e in log if isinstance(e.event, LinesTaken)]
    assert ends.count(retail.lines) == 2


async def started(site: Site, file: Path, *options: str) -> asyncio.subprocess.Process:
    """An import of the file by a process of its own."""
    command = (sys.executable, "-m", "api.cli", "import", "online-retail", str(file))
    chosen = ("--organization", "Killed", "--warehouse", SHOP.code, *options)
    environment = {**os.environ, **site.configuration.environment()}
    return await asyncio.create_subprocess_exec(
        *command, *chosen, env=environment, stdout=asyncio.subprocess.DEVNULL
    )


async def _moved(
    services: Services, organization: UUID, skus: Iterable[str]
) -> dict[str, list[tuple[object, ...]]]:
    """Every product's movements in the order of its stream."""
    moved: dict[str, list[tuple[object, ...]]] = {}
    names = {product_id(organization, sku): sku for sku in skus}
    for recorded in await whole(services.log):
        if recorded.organization == organization and isinstance(recorded.event, Movement):
            event = recorded.event
            facts = (type(event), event.delta, event.on_hand, recorded.occurred_at)
            moved.setdefault(names[event.product], []).append(facts)
    return moved
