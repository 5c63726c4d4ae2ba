"""Accepted requests of the catalogue and of stock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.api.shop import Build, Request, Shop

WHEN = "2025-03-01T09:00:00Z"
LATER = "2099-01-01T00:00:00Z"


async def warehouse(shop: Shop) -> Request:
    """A new one."""
    body = {"code": shop.name("N"), "name": "North", "timezone": "Africa/Nairobi"}
    return Request("/warehouses", body)


def _of_warehouse(action: str, **changes: str) -> Build:
    """What builds a request about a new warehouse, which is empty."""

    async def build(shop: Shop) -> Request:
        return Request(f"/warehouses/{await shop.warehouse()}{action}", dict(changes))

    return build


async def activate(shop: Shop) -> Request:
    """An inactive one."""
    path = f"/warehouses/{await shop.warehouse()}"
    await shop.admin.done(f"{path}/deactivate")
    return Request(f"{path}/activate", {})


async def place(shop: Shop) -> Request:
    """A new shelf."""
    where = {"warehouse": str(shop.company.warehouse), "code": shop.name("SHELF")}
    return Request("/inventory/storage-areas", {**where, "name": "Shelf", "kind": "shelf"})


async def part(shop: Shop) -> Request:
    """A new product with every field."""
    facts: dict[str, Any] = {
        "sku": shop.name("SKU"),
        "name": "Glove",
        "classification": "consumable",
        "category": "hands",
        "unit": "each",
        "packs": {"box": "12"},
        "barcodes": [shop.name("4006381")],
        "threshold": "5",
        "unit_cost": "2.5000",
        "proprietary": False,
    }
    return Request("/parts", facts)


def _at(action: str, **facts: object) -> Build:
    """What builds a request about a new entry at its location of the caller's own warehouse."""

    async def build(shop: Shop) -> Request:
        entry = await shop.entry()
        where = {"product": entry["product"], "location": "A1"}
        return Request(f"/store/inventory/{action}", {**where, **facts})

    return build


async def transfer(shop: Shop) -> Request:
    """To a shelf that is new as well."""
    where = {"product": (await shop.entry())["product"], "source": "A1", "destination": "B9"}
    return Request("/store/inventory/transfer", {**where, "quantity": "2"})


def _of_reservation(action: str) -> Build:
    async def build(shop: Shop) -> Request:
        body = {"reservation": await shop.reserved(), "quantity": "1"}
        return Request(f"/store/inventory/{action}", body)

    return build


def _in_named_warehouse(action: str) -> Build:
    async def build(shop: Shop) -> Request:
        return Request(f"/admin/inventory/{action}", await _named(shop))

    return build


async def _named(shop: Shop) -> dict[str, Any]:
    where = {"store_id": str(shop.company.warehouse), "location": "A1"}
    what = {"product": (await shop.entry())["product"], "quantity": "3"}
    return {**where, **what, "reason": "found", "occurred_at": WHEN}


async def bulk(shop: Shop) -> Request:
    """Two entries."""
    both = [await _named(shop), await _named(shop)]
    return Request("/admin/inventory/bulk-adjust", {"adjustments": both})


def _of_entry(path: str, body: Callable[[Shop], dict[str, Any]], quantity: int = 10) -> Build:
    """What builds a request about a new entry by its id."""

    async def build(shop: Shop) -> Request:
        entry = await shop.entry(quantity)
        return Request(path.format(entry["id"]), body(shop))

    return build


def _settings(_: Shop) -> dict[str, Any]:
    return {"threshold": "2", "maximum": "50", "bin": "7", "note": "fragile"}


def _issue(shop: Shop) -> dict[str, Any]:
    who = {"member": str(shop.company["member"].member), "reason": "duty"}
    return {"quantity": "2", **who, "occurred_at": WHEN}


def _receive(_: Shop) -> dict[str, Any]:
    lot = {"lot": "L7", "expiry": "2030-01-31"}
    return {"quantity": "2", "unit_cost": "3.1", "reason": "bought", "occurred_at": WHEN, **lot}


def _nothing(_: Shop) -> dict[str, Any]:
    return {}


async def repair(shop: Shop) -> Request:
    """Of what came back damaged."""
    entry = await shop.entry()
    returned = {"condition": "damaged"}
    issuance = await shop.issued(entry)
    await shop.admin.done(f"/inventory/issuances/{issuance}/return", returned)
    body = {"quantity": "1", "note": "sewn", "occurred_at": WHEN}
    return Request(f"/inventory/items/{entry['id']}/repair", body)


async def take_back(shop: Shop) -> Request:
    """A part."""
    issuance = await shop.issued(await shop.entry())
    body = {"quantity": "1", "condition": "good", "note": "", "occurred_at": WHEN}
    return Request(f"/inventory/issuances/{issuance}/return", body)


STOCK: dict[str, Build] = {
    "POST /warehouses": warehouse,
    "PATCH /warehouses/{id}": _of_warehouse("", name="South", timezone="Europe/Berlin"),
    "POST /warehouses/{id}/activate": activate,
    "POST /warehouses/{id}/deactivate": _of_warehouse("/deactivate"),
    "POST /inventory/storage-areas": place,
    "POST /parts": part,
    "POST /store/inventory/set": _at("set", quantity="7", reason="counted", occurred_at=WHEN),
    "POST /store/inventory/adjust": _at("adjust", quantity="-2", reason="lost", occurred_at=WHEN),
    "POST /store/inventory/reserve": _at("reserve", quantity="2", order="O-2", expires_at=LATER),
    "POST /store/inventory/release": _of_reservation("release"),
    "POST /store/inventory/fulfill": _of_reservation("fulfill"),
    "POST /store/inventory/transfer": transfer,
    "PUT /store/inventory/{id}": _of_entry("/store/inventory/{}", _settings),
    "DELETE /store/inventory/{id}": _of_entry("/store/inventory/{}", _nothing, 0),
    "POST /admin/inventory/set": _in_named_warehouse("set"),
    "POST /admin/inventory/adjust": _in_named_warehouse("adjust"),
    "POST /admin/inventory/bulk-adjust": bulk,
    "PUT /admin/inventory/{id}": _of_entry("/admin/inventory/{}", _settings),
    "DELETE /admin/inventory/{id}": _of_entry("/admin/inventory/{}", _nothing, 0),
    "POST /inventory/items/{id}/issue": _of_entry("/inventory/items/{}/issue", _issue),
    "POST /inventory/items/{id}/receive": _of_entry("/inventory/items/{}/receive", _receive),
    "POST /inventory/items/{id}/repair": repair,
    "POST /inventory/issuances/{id}/return": take_back,
}
