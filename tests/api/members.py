"""What tests about members do again and again."""

from __future__ import annotations

from typing import Any

import httpx

from tests.system import PASSWORD, Client, Company, System


async def seen(admin: Client, answer: httpx.Response, path: str) -> Any:
    """What a query says after a command."""
    assert answer.status_code in {200, 201}, answer.text
    return await admin.ask_after(answer, path)


async def log_in(system: System, company: Company, person: str) -> httpx.Response:
    """Somebody tries to come in."""
    body = {"username": f"{person}@{company.name}", "password": PASSWORD}
    return await system.anonymous.post("/auth/token", body)


async def added(company: Company, name: str, **others: Any) -> tuple[str, httpx.Response]:
    """The id of a new member who cannot log in, and the answer."""
    answer = await company["admin"].post("/members", {"name": name, **others})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"]), answer


async def listed(admin: Client, path: str) -> list[str]:
    """The names of all pages, in order."""
    names: list[str] = []
    cursor = ""
    while True:
        page = (await admin.get(f"{path}&limit=2{cursor}")).json()
        names += [one["name"] for one in page["items"]]
        if page["next"] is None:
            return names
        cursor = f"&cursor={page['next']}"
