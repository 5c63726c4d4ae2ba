"""What tests of the API make for themselves: products with stock, stock-takes, clock times."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.system import Client, Company

PATIENCE_SECONDS = 20.0
NINE = datetime(2025, 3, 25, 9, tzinfo=UTC)
"""When a day of counting begins, for tests that set the clock."""


def at(clock: str) -> datetime:
    """That time of the day, in hours:minutes or hours:minutes:seconds."""
    hours, minutes, seconds = (*map(int, clock.split(":")), 0)[:3]
    return NINE.replace(hour=0) + timedelta(hours=hours, minutes=minutes, seconds=seconds)


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem that a refusal answers; its status and code have to be these."""
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), answer.text
    return problem


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Waits for what others bring about, and fails when it does not come."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():  # noqa: ASYNC110 - other processes bring it about
            await asyncio.sleep(0.02)


class Take:
    """A stock-take of some products with stock on some shelves; `pools` are by SKU and shelf."""

    def __init__(self, company: Company, session: dict[str, Any], pools: dict[Any, Any]) -> None:
        self.company, self.session, self.pools = company, session, pools

    @property
    def path(self) -> str:
        """The session's path."""
        return f"/stock-take/sessions/{self.session['id']}"

    def product(self, sku: str) -> str:
        """The product's id."""
        return next(str(pool["product"]) for (s, _), pool in self.pools.items() if s == sku)

    def count(self, sku: str, shelf: str, quantity: object, **facts: object) -> dict[str, Any]:
        """The body of a count."""
        what = {"session": self.session["id"], "item": self.product(sku)}
        return {**what, "shelf": shelf, "quantity": quantity, **facts}

    def lock(self, sku: str) -> dict[str, Any]:
        """The body of a lock."""
        return {"session": self.session["id"], "item": self.product(sku)}

    async def counted(self, who: str, sku: str, shelf: str, quantity: object) -> Any:
        """Counts, and it has to succeed."""
        body = self.count(sku, shelf, quantity)
        return await self.company[who].done("/stock-take/counts", body)

    async def act(self, who: str, action: str, body: Any = None) -> httpx.Response:
        """One of the session's named actions."""
        return await self.company[who].post(f"{self.path}/{action}", body)

    async def move(self, sku: str, shelf: str, quantity: object, **facts: object) -> Any:
        """Adjusts stock, so that something came or went meanwhile."""
        where = {"store_id": self.session["warehouse"], "location": shelf}
        what = {"product": self.product(sku), "quantity": quantity, "reason": "moved"}
        return await self.company["admin"].done(
            "/admin/inventory/adjust", {**where, **what, **facts}
        )

    async def on_hand(self, sku: str, answer: httpx.Response) -> dict[str, str]:
        """What the read model says of each shelf after that answer."""
        admin = self.company["admin"]
        found = {
            shelf: await admin.ask_after(answer, f"/inventory/items/{pool['id']}")
            for (s, shelf), pool in self.pools.items()
            if s == sku
        }
        return {shelf: entry["on_hand"] for shelf, entry in found.items()}


async def stocked(
    admin: Client, warehouse: str, sku: str, shelves: dict[str, object], **facts: object
) -> dict[Any, Any]:
    """A product with that much on each shelf; the entries by SKU and shelf."""
    body = {"sku": sku, "name": sku.title(), "unit_cost": "2.50", "packs": {"pack": "100"}}
    product = await admin.done("/parts", {**body, **facts})
    entries = {}
    for shelf, quantity in shelves.items():
        where = {"store_id": warehouse, "product": product["id"], "location": shelf}
        filled = {**where, "quantity": quantity, "reason": "opening"}
        entries[sku, shelf] = await admin.done("/admin/inventory/set", filled)
    return entries


async def planned(
    company: Company,
    stock: dict[str, dict[str, object]],
    warehouse: str | None = None,
    **setup: object,
) -> Take:
    """A session in DRAFT over that stock, with three counters."""
    root = warehouse or str(company.warehouse)
    pools: dict[Any, Any] = {}
    for sku, shelves in stock.items():
        pools |= await stocked(company["admin"], root, sku, shelves)
    plan = {"warehouse": root, "allowed_counters": company.counters, **setup}
    session = await company["auditor"].done("/stock-take/sessions", plan)
    return Take(company, session, pools)


async def started(
    company: Company,
    stock: dict[str, dict[str, object]],
    warehouse: str | None = None,
    **setup: object,
) -> Take:
    """A session that is being counted."""
    take = await planned(company, stock, warehouse, **setup)
    await company["auditor"].done(f"{take.path}/start")
    return take
