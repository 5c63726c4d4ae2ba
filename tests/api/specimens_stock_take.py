"""Accepted requests of stock-takes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from domain.ids import item_count_id
from tests.api.shop import Build, Request, Shop, sku_of

SESSIONS = "/stock-take/sessions"


async def create(shop: Shop) -> Request:
    """With every field."""
    counters = shop.company.counters
    setup: dict[str, Any] = {
        "warehouse": await shop.warehouse(),
        "name": "Spring",
        "notes": "all of it",
        "is_multi_user": True,
        "allowed_counters": counters,
        "assigned_shelves": {counters[0]: ["A1"]},
        "blind": True,
        "claims_shelves": False,
        "scope": {
            "include_zero_stock": True,
            "products": [await shop.product()],
            "categories": ["hands"],
            "shelves": ["A1"],
        },
    }
    return Request(SESSIONS, setup, "auditor")


async def join(shop: Shop) -> Request:
    """By its code."""
    take = await shop.take()
    return Request(f"{SESSIONS}/join", {"code": take.session["code"]}, "counter1")


async def change(shop: Shop) -> Request:
    """Every field, in DRAFT."""
    take, counters = await shop.draft(), shop.company.counters
    setup: dict[str, Any] = {
        "name": "Autumn",
        "notes": "half of it",
        "is_multi_user": True,
        "allowed_counters": counters[:2],
        "assigned_shelves": {counters[1]: ["A2"]},
        "blind": False,
        "claims_shelves": True,
        "scope": {"products": [take.product(sku_of(take))]},
    }
    return Request(take.path, setup, "auditor")


async def start(shop: Shop) -> Request:
    """A draft."""
    return Request(f"{(await shop.draft()).path}/start", {}, "auditor")


def _of_active(action: str, who: str, **body: object) -> Build:
    async def build(shop: Shop) -> Request:
        return Request(f"{(await shop.take()).path}/{action}", dict(body), who)

    return build


async def resume(shop: Shop) -> Request:
    """A paused one."""
    take = await shop.take()
    assert (await take.act("auditor", "pause")).status_code == 200
    return Request(f"{take.path}/resume", {}, "auditor")


async def complete(shop: Shop) -> Request:
    """With everything counted; what there is, is left out."""
    take = await shop.take()
    await take.counted("counter1", sku_of(take), "A1", 9)
    left_out = item_count_id(UUID(take.session["id"]), UUID(take.product(sku_of(take))))
    body = {"policy": "BLOCK", "leave_out": [str(left_out)], "override": "nobody else is here"}
    return Request(f"{take.path}/complete", body, "admin")


async def count(shop: Shop) -> Request:
    """With every field but the entries."""
    take = await shop.take()
    facts = {"lot": "L1", "expiry": "2030-01-31", "bucket": "usable", "note": "torn"}
    body = take.count(sku_of(take), "A1", "9", **facts)
    return Request("/stock-take/counts", body, "counter1")


async def withdraw(shop: Shop) -> Request:
    """One's own."""
    take = await shop.take()
    line = (await take.counted("counter1", sku_of(take), "A1", 9))["lines"][0]["id"]
    return Request(f"/stock-take/counts/{line}", {}, "counter1")


async def lock(shop: Shop) -> Request:
    """A free item."""
    take = await shop.take()
    return Request("/stock-take/locks", {**take.lock(sku_of(take)), "shelf": "A1"}, "counter1")


def _of_lock(path: str, who: str, **body: object) -> Build:
    async def build(shop: Shop) -> Request:
        take = await shop.take()
        asked = take.lock(sku_of(take))
        locked = await shop.company["counter1"].done("/stock-take/locks", asked)
        return Request(path.format(locked["id"]), dict(body), who)

    return build


STOCK_TAKE: dict[str, Build] = {
    "POST /stock-take/sessions": create,
    "POST /stock-take/sessions/join": join,
    "PUT /stock-take/sessions/{id}": change,
    "POST /stock-take/sessions/{id}/start": start,
    "POST /stock-take/sessions/{id}/pause": _of_active("pause", "auditor"),
    "POST /stock-take/sessions/{id}/resume": resume,
    "POST /stock-take/sessions/{id}/complete": complete,
    "POST /stock-take/sessions/{id}/cancel": _of_active("cancel", "admin", reason="flood"),
    "POST /stock-take/counts": count,
    "DELETE /stock-take/counts/{id}": withdraw,
    "POST /stock-take/locks": lock,
    "DELETE /stock-take/locks/{id}": _of_lock("/stock-take/locks/{}", "counter1"),
    "POST /stock-take/locks/{id}/break": _of_lock(
        "/stock-take/locks/{}/break", "auditor", reason="left it"
    ),
}
