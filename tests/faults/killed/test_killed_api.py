"""The API is killed while many clients command; each repeats what was not answered."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from api.services import Services
from domain.base import Recorded
from domain.ids import place_id, pool_id
from domain.stock.movement import (
    PoolCreated,
    StockAdjusted,
    StockTransferredIn,
    StockTransferredOut,
)
from domain.stock.place import PlaceOpened
from domain.stock_take.item_events import ItemExpected
from domain.stock_take.session_events import SessionStarted
from tests.faults.killed.caller import Caller
from tests.faults.killed.site import Site, at_least
from tests.faults.rebuilt import whole
from tests.system import Company, founded

CALLERS, KILLS, SEED = 16, 3, 20250325
ANSWERS = 100
"""About so many between two kills."""


@pytest.fixture
async def company(site: Site, hand: Services) -> AsyncIterator[Company]:
    """A company whose people talk to the site's own API."""
    site.start("api", "relay", "projector")
    await site.ready()
    limits = httpx.Limits(max_connections=CALLERS)
    async with httpx.AsyncClient(base_url=site.url, timeout=20, limits=limits) as http:
        yield await founded(hand.identity, http)


async def stocked(company: Company) -> dict[str, Any]:
    """The entry that all callers fight over, with enough in it; and another product."""
    admin = company["admin"]
    products = [
        (await admin.done("/parts", {"sku": sku, "name": sku}))["id"] for sku in ("P1", "P2")
    ]
    where = {"product": products[0], "location": "A1"}
    await admin.done("/store/inventory/set", {**where, "quantity": 100_000, "reason": "opening"})
    return {**where, "other": products[1]}


async def test_each_acknowledged_command_is_in_the_log_exactly_once(
    site: Site, hand: Services, company: Company
) -> None:
    """No command is there in part, and each key goes on giving the answer that it gave."""
    shared = await stocked(company)
    callers = [Caller(company, shared, number, SEED) for number in range(CALLERS)]
    await _killed_again_and_again(site, callers)
    assert sum(caller.unanswered for caller in callers) > 0
    log = await whole(hand.log)
    assert [event.position for event in log] == list(range(1, len(log) + 1))
    _adjustments(log, callers)
    _transfers(log, callers, company, shared)
    _starts(log, callers)
    await asyncio.gather(*(_same_answers(caller) for caller in callers))
    assert await hand.log.head() == len(log)


async def _same_answers(caller: Caller) -> None:
    for sent in caller.sent:
        again = await caller.again(sent)
        assert (again.status_code, again.text) == (sent.answer.status_code, sent.answer.text)
        for header in ("etag", "tallybook-position"):
            assert again.headers[header] == sent.answer.headers[header]


async def _killed_again_and_again(site: Site, callers: list[Caller]) -> None:
    chance = random.Random(SEED)  # noqa: S311 - any moments will do, but the same each time
    over = False

    async def answers() -> int:
        return sum(len(caller.sent) for caller in callers)

    async with asyncio.TaskGroup() as group:
        for caller in callers:
            group.create_task(caller.work(lambda: over))
        for _ in range(KILLS):
            await at_least(answers, await answers() + chance.randrange(ANSWERS // 2, ANSWERS * 2))
            site.kill("api")
            site.start("api")
            await site.ready()
        await at_least(answers, await answers() + ANSWERS)
        over = True


def _adjustments(log: list[Recorded], callers: list[Caller]) -> None:
    done = Counter(e.event.reason for e in log if isinstance(e.event, StockAdjusted))
    assert done == dict.fromkeys((token for c in callers for token in c.adjusted), 1)


def _transfers(
    log: list[Recorded], callers: list[Caller], company: Company, shared: dict[str, Any]
) -> None:
    """Each opened its place and its entry, and moved one out and one in."""
    codes = [token for caller in callers for token in caller.moved]
    places = {place_id(company.warehouse, code) for code in codes}
    product = next(e.event.product for e in log if isinstance(e.event, StockAdjusted))
    assert str(product) == shared["product"]
    pools = {pool_id(product, place) for place in places}
    once = dict.fromkeys(pools, 1)
    assert Counter(e.stream for e in log if isinstance(e.event, StockTransferredIn)) == once
    assert Counter(e.event.to for e in log if isinstance(e.event, StockTransferredOut)) == once
    opened = Counter(e.stream for e in log if isinstance(e.event, PoolCreated))
    assert {pool: opened[pool] for pool in pools} == once
    found = Counter(e.stream for e in log if isinstance(e.event, PlaceOpened))
    assert {place: found[place] for place in places} == dict.fromkeys(places, 1)


def _starts(log: list[Recorded], callers: list[Caller]) -> None:
    """Each has its frozen scope of two items, and started once."""
    sessions = [session for caller in callers for session in caller.started]
    started = Counter(e.stream for e in log if isinstance(e.event, SessionStarted))
    expected = Counter(e.event.session for e in log if isinstance(e.event, ItemExpected))
    assert started == dict.fromkeys(sessions, 1)
    assert expected == dict.fromkeys(sessions, 2)
