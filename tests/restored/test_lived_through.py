"""Processes live through a restoration: after it the log, what is shown and what is sent agree."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from nats.aio.client import Client as Nats
from prometheus_client import CollectorRegistry

from adapters.metrics import Metrics
from adapters.nats.stream import NAME, Offline, Stream
from api.services import Services, services
from projections.all import PROJECTIONS
from tests.api.shop import Shop
from tests.faults.killed.site import NAMES, Site
from tests.faults.rebuilt import is_replay, whole
from tests.nats.conftest import MortalNats, eventually
from tests.restored.servers import MortalPostgres
from tests.system import QUICK, Client, Company, founded

HEADER = "tallybook-position"
MUCH = 500
"""More than there ever is but in the future that is lost."""


@pytest.fixture
async def site(
    home: Path, mortal_postgres: MortalPostgres, mortal_nats: MortalNats
) -> AsyncIterator[Site]:
    """All processes over servers that can be stopped."""
    site = Site(home, mortal_postgres.app_url, mortal_nats.url)
    site.start(*NAMES)
    await site.ready()
    yield site
    site.stop()


@pytest.fixture
async def hand(site: Site) -> AsyncIterator[Services]:
    """A process of our own, which lives through it too."""
    async with services(site.configuration, Metrics(CollectorRegistry()), QUICK) as running:
        yield running


@pytest.fixture
async def company(site: Site, hand: Services) -> AsyncIterator[Company]:
    """Whose people talk to the API."""
    async with httpx.AsyncClient(base_url=site.url, timeout=20) as http:
        yield await founded(hand.people, http)


class Watcher:
    """Asks for an entry again and again, and keeps what it is told."""

    def __init__(self, client: Client, path: str) -> None:
        self._client, self._path = client, path
        self.told: list[float] = []
        self._asking = asyncio.create_task(self._ask())

    async def _ask(self) -> None:
        while True:
            with suppress(httpx.TransportError):
                answer = await self._client.get(self._path)
                if answer.status_code == httpx.codes.OK:
                    self.told.append(float(answer.json()["on_hand"]))
            await asyncio.sleep(0.005)

    async def end(self) -> list[float]:
        """All that it was told."""
        self._asking.cancel()
        await asyncio.wait([self._asking])
        return self.told


async def done(client: Client, path: str, body: dict[str, Any]) -> httpx.Response:
    """The command's answer, however often the server has to be asked."""
    answers: list[httpx.Response] = []

    async def accepted() -> bool:
        answers.append(await client.post(path, body))
        return answers[-1].status_code == httpx.codes.OK

    await eventually(accepted)
    return answers[-1]


@pytest.mark.parametrize("wiped", [False, True], ids=["stream kept", "stream wiped"])
async def test_all_of_it_goes_on_with_the_log_that_there_is(
    mortal_postgres: MortalPostgres,
    mortal_nats: MortalNats,
    hand: Services,
    company: Company,
    wiped: bool,
) -> None:
    """Nothing of the lost future is ever shown, sent or built upon again."""
    admin, entry = company["admin"], await Shop(company).entry(10)
    item = f"/inventory/items/{entry['id']}"
    adjust = {"product": entry["product"], "location": "A1", "quantity": 1, "reason": "found"}
    kept = await done(admin, "/store/inventory/adjust", adjust)
    mortal_postgres.stop()
    copy = mortal_postgres.copy()
    mortal_postgres.start()
    lost = await done(admin, "/store/inventory/adjust", {**adjust, "quantity": MUCH})
    await eventually(lambda: _shows(admin, item, lost, MUCH + 11))
    await eventually(lambda: _sent(hand, int(lost.headers[HEADER].split(".")[2])))

    mortal_postgres.stop()
    watcher = Watcher(admin, item)
    if wiped:
        mortal_nats.kill()
        mortal_nats.wipe()
    mortal_postgres.put_back(copy)
    mortal_postgres.start()
    if wiped:
        mortal_nats.start()

    again = await done(admin, "/store/inventory/adjust", {**adjust, "quantity": 2})
    assert again.json()["on_hand"] == "13.000"
    await eventually(lambda: _shows(admin, item, again, 13))
    gone = await admin.get(item, {HEADER: lost.headers[HEADER]})
    assert (gone.status_code, gone.json()["code"]) == (410, "POSITION_LOST")
    assert (await admin.get(item, {HEADER: kept.headers[HEADER]})).status_code == 200
    cell, epoch, position = again.headers[HEADER].split(".")
    beyond = await admin.get(item, {HEADER: f"{cell}.{epoch}.{int(position) + 1000}"})
    assert (beyond.status_code, beyond.json()["code"]) == (422, "POSITION_BEYOND_HEAD")
    told = await watcher.end()
    assert told
    assert max(told) < MUCH
    await _all_agree(hand)


async def _shows(client: Client, path: str, after: httpx.Response, quantity: int) -> bool:
    answer = await client.get(path, {HEADER: after.headers[HEADER]})
    return answer.status_code == httpx.codes.OK and float(answer.json()["on_hand"]) == quantity


async def _sent(hand: Services, position: int) -> bool:
    with suppress(Offline):
        return await Stream(hand.nats).last() == position
    return False


async def _all_agree(hand: Services) -> None:
    """The log is whole, its stream is a copy of it, and so are all rows."""
    log = await whole(hand.log)
    assert [event.position for event in log] == list(range(1, len(log) + 1))
    await eventually(lambda: _sent(hand, len(log)))
    await eventually(lambda: _is_copy(hand.nats, hand.pool))
    await eventually(lambda: _projected(hand.pool, len(log)))
    for projection in PROJECTIONS:
        assert await is_replay(hand.pool, projection, log), projection.id


async def _projected(pool: asyncpg.Pool, head: int) -> bool:
    return int(await pool.fetchval("SELECT min(position) FROM read.checkpoints")) == head


async def _is_copy(client: Nats, pool: asyncpg.Pool) -> bool:
    for row in await pool.fetch("SELECT position, event_id, payload FROM es.events"):
        message = await Stream(client).jetstream.get_msg(NAME, row["position"])
        if (message.headers or {})["ce-id"] != str(row["event_id"]):
            return False
        if message.data != row["payload"]:
            return False
    return True
