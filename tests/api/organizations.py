"""Customers, their suppliers, and names that nothing else has."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid4

from adapters.mail import newest
from tests.system import PASSWORD, Client, Company, System


def named(what: str = "Supplier") -> str:
    """A name that nothing else has."""
    return f"{what} {uuid4()}"


def of(company: Company, **fields: Any) -> dict[str, Any]:
    """The body for a supplier of the company's."""
    return {"name": named(), "type": "supplier", "parent": str(company.id), **fields}


async def supplier(company: Company, who: str = "admin") -> dict[str, Any]:
    """A new one of the company's."""
    found: dict[str, Any] = await company[who].done("/organizations", of(company))
    return found


async def enters(system: System, username: str) -> Client:
    """Whoever was invited by the newest mail to that address, with a password of his own."""
    mails = await newest(system.services.pool, system.clock(), 200)
    text = next(mail.text or "" for mail in mails if mail.recipient == username)
    found = re.search(r"^(eyJ\S+)$", text, re.MULTILINE)
    assert found is not None
    body = {"token": found[1], "password": PASSWORD}
    accepted = await system.anonymous.post("/users/invitations/accept", body)
    assert accepted.status_code == 204, accepted.text
    asked = {"username": username, "password": PASSWORD}
    token = (await system.anonymous.done("/auth/token", asked))["access_token"]
    me = (await Client(system.http, token, UUID(int=0)).get("/users/me")).json()
    return Client(system.http, token, UUID(me["id"]))
