"""Several projectors share the organizations out; one is killed, and their number changes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from uuid import UUID

import pytest

from adapters.embedded.child import Child
from adapters.nats.hints import Lagging
from api.services import Services
from projections.all import PROJECTIONS
from projections.engine.shard import Shard
from tests.faults.killed.console import Console
from tests.faults.killed.site import Site
from tests.faults.killed.stock import Warehouse
from tests.faults.rebuilt import is_replay, whole
from tests.nats.conftest import eventually

NUMBER = 40
NAMES = [projection.id for projection in PROJECTIONS]
OF_SHARD_1, OF_SHARD_3 = UUID(int=4 << 64), UUID(int=(4 << 64) + 2)


class Projectors:
    """Processes, each for a shard."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._running: dict[str, Child] = {}

    def start(self, *shards: str) -> None:
        """Starts one for each shard."""
        for shard in shards:
            environment = {
                **os.environ,
                **self._site.configuration.environment(),
                "TALLYBOOK_PROJECTOR_SHARD": shard,
            }
            command = (sys.executable, "-m", "api.cli", "projector")
            log = self._site.configuration.home / f"projector-{shard.replace('/', '-')}.log"
            self._running[shard] = Child("projector", command, log=log, environment=environment)
            self._running[shard].start()

    def kill(self, *shards: str) -> None:
        """Ends them as a power cut would; without names, all that run."""
        for shard in shards or tuple(self._running):
            child = self._running.pop(shard)
            assert child.alive, f"projector {shard} has ended by itself"
            child.send(signal.SIGKILL)
            child.stop()


@pytest.fixture
def projectors(site: Site) -> Iterator[Projectors]:
    """None yet."""
    projectors = Projectors(site)
    yield projectors
    projectors.kill()


async def test_rows_are_the_replay_however_the_projectors_share_them_out_and_die(
    hand: Services, console: Console, projectors: Projectors
) -> None:
    """Nothing is left out or applied twice; who reads waits for the shard of his organization."""
    ids = [OF_SHARD_1, OF_SHARD_3, *(UUID(int=(5 << 64) + number) for number in range(4))]
    warehouses = [await Warehouse.filled(hand, [5] * NUMBER, id_) for id_ in ids]
    projectors.start("1/1")
    await _reached(hand, *warehouses)
    assert "stop all projectors" in (await console.type("shard", "4"))[1]
    projectors.kill()
    await _shared_out(console, 4)

    projectors.start("1/4", "2/4", "3/4", "4/4")
    await _moved(warehouses)
    await _reached(hand, *warehouses)
    projectors.kill("3/4")
    await _moved(warehouses)
    await _reached(hand, warehouses[0])
    with pytest.raises(Lagging):
        await hand.positions.reached(NAMES, await hand.log.head(), OF_SHARD_3, 0.1)
    health = await hand.checkpoints.health()
    assert {one.shard for one in health if one.behind} >= {"3/4"}
    assert len(health) == 4 * len(PROJECTIONS)
    projectors.start("3/4")
    await _reached(hand, *warehouses)
    await _are_replay(hand)

    projectors.kill("3/4", "4/4")
    await _moved(warehouses)
    await _reached(hand, warehouses[0])
    projectors.kill()
    await _shared_out(console, 2)
    projectors.start("1/2", "2/2")
    await _moved(warehouses)
    await _reached(hand, *warehouses)
    await _are_replay(hand)


async def test_a_projector_of_a_shard_that_is_not_followed_says_what_to_do(
    site: Site, hand: Services, projectors: Projectors
) -> None:
    """It waits until somebody does it."""
    projectors.start("2/2")
    log = site.configuration.home / "projector-2-2.log"

    async def said() -> bool:
        return "tallybook projections shard 2" in log.read_text(encoding="utf-8")

    await eventually(said)
    assert {one.position for one in await hand.checkpoints.health()} == {0}


async def _shared_out(console: Console, of: int) -> None:
    """As soon as the connections of killed projectors are gone."""

    async def done() -> bool:
        code, printed = await console.type("shard", str(of))
        assert code == 0 or "stop all projectors" in printed, printed
        return code == 0

    await eventually(done)


async def _moved(warehouses: list[Warehouse]) -> None:
    await asyncio.gather(*(warehouse.adjust(range(NUMBER)) for warehouse in warehouses))


async def _reached(hand: Services, *warehouses: Warehouse) -> None:
    for warehouse in warehouses:
        await warehouse.projected()
    assert warehouses[0].services is hand


async def _are_replay(hand: Services) -> None:
    log = await whole(hand.log)
    for projection in PROJECTIONS:
        assert await is_replay(hand.pool, projection, log), projection.id


def test_the_organizations_are_in_different_shards() -> None:
    """Else the test above would show less than it says."""
    assert Shard(1, 4).covers(OF_SHARD_1)
    assert Shard(3, 4).covers(OF_SHARD_3)
