"""Accepted requests about people."""

from __future__ import annotations

from tests.api.shop import Build, Request, Shop

FAILURES = 5


async def unlock(shop: Shop) -> Request:
    """The supervisor has forgotten his password."""
    company = shop.company
    body = {"username": f"supervisor@{company.name}", "password": "wrong"}
    for _ in range(FAILURES):
        await company["supervisor"].post("/auth/token", body)
    return Request(f"/users/{company['supervisor'].member}/unlock", {})


async def member(shop: Shop) -> str:
    """Somebody new, without a log-in."""
    return str((await shop.admin.done("/members", {"name": shop.name("Somebody")}))["id"])


async def add(shop: Shop) -> Request:
    """A counter of the main warehouse."""
    body = {"name": "Nora", "roles": ["counter"], "warehouses": [str(shop.company.warehouse)]}
    return Request("/members", body)


async def change(shop: Shop) -> Request:
    """A member is promoted, and works in the main warehouse."""
    body = {"roles": ["auditor"], "warehouses": [str(shop.company.warehouse)]}
    return Request(f"/users/{await member(shop)}", body)


async def deactivate(shop: Shop) -> Request:
    """A member leaves."""
    return Request(f"/users/{await member(shop)}/deactivate", {})


PEOPLE: dict[str, Build] = {
    "POST /members": add,
    "PATCH /users/{id}": change,
    "POST /users/{id}/deactivate": deactivate,
    "POST /users/{id}/unlock": unlock,
}
