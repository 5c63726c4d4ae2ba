"""Accepted requests about organizations."""

from __future__ import annotations

from tests.api.shop import Build, Request, Shop


async def create(shop: Shop) -> Request:
    """A supplier of the company's own, whom nobody manages."""
    name = f"{shop.name('Supplier')} of {shop.company.name}"
    body = {"name": name, "type": "supplier", "parent": str(shop.company.id), "admin": None}
    return Request("/organizations", body)


async def supplier(shop: Shop) -> str:
    """A supplier of the company's that nobody works for."""
    body = {"name": f"{shop.name('S')} {shop.company.name}", "type": "supplier"}
    made = await shop.admin.done("/organizations", {**body, "parent": str(shop.company.id)})
    return str(made["id"])


async def change(shop: Shop) -> Request:
    """A supplier stays what it is, under another name."""
    body = {
        "name": f"{shop.name('Renamed')} of {shop.company.name}",
        "type": "supplier",
        "parent": str(shop.company.id),
        "active": True,
    }
    return Request(f"/organizations/{await supplier(shop)}", body)


async def deactivate(shop: Shop) -> Request:
    """A supplier that is needed no more."""
    return Request(f"/organizations/{await supplier(shop)}", {})


async def settings(shop: Shop) -> Request:
    """Settings that no other test stands on."""
    body = {
        "maintenance_due_days": 45,
        "recount_value": "250.00",
        "tolerance_percent": {"A": "1", "B": "3", "C": "5.5"},
        "clearance_reminder_days": [10, 20],
        "currency": None,
    }
    return Request(f"/organizations/{shop.company.id}/settings", body)


ORGANIZATIONS: dict[str, Build] = {
    "POST /organizations": create,
    "PATCH /organizations/{id}": change,
    "DELETE /organizations/{id}": deactivate,
    "PATCH /organizations/{id}/settings": settings,
}
