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


PEOPLE: dict[str, Build] = {"POST /users/{id}/unlock": unlock}
