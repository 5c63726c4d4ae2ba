"""Accepted requests about people."""

from __future__ import annotations

from msgspec import structs

from tests.api.shop import Build, Request, Shop
from tests.system import PASSWORD, Client

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


async def invite(shop: Shop) -> Request:
    """Somebody who is there without a log-in gets one."""
    body = {
        "username": f"{shop.name('somebody')}@{shop.company.name}",
        "member": await member(shop),
        "name": "Some Body",
        "roles": ["counter"],
        "warehouses": [str(shop.company.warehouse)],
    }
    return Request("/users/invitations", body)


async def change(shop: Shop) -> Request:
    """A member is promoted, and works in the main warehouse."""
    warehouses = [str(shop.company.warehouse)]
    body = {"name": "Nora B.", "roles": ["auditor"], "warehouses": warehouses}
    return Request(f"/users/{await member(shop)}", body)


async def change_member(shop: Shop) -> Request:
    """The same by the other path."""
    request = await change(shop)
    return structs.replace(request, path=request.path.replace("/users/", "/members/"))


async def deactivate(shop: Shop) -> Request:
    """A member leaves."""
    return Request(f"/users/{await member(shop)}/deactivate", {})


async def activate(shop: Shop) -> Request:
    """And comes back."""
    request = await deactivate(shop)
    await shop.admin.done(request.path, request.body)
    return Request(request.path.replace("deactivate", "activate"), {})


async def erase(shop: Shop) -> Request:
    """A member wants to be forgotten."""
    return Request(f"/members/{await member(shop)}", {})


async def change_me(shop: Shop) -> Request:
    """The supervisor is called otherwise, and will be at another address."""
    address = f"{shop.name('super')}@{shop.company.name}"
    return Request("/users/me", {"name": "Super Visor", "username": address}, "supervisor")


async def end_session(shop: Shop) -> Request:
    """The member is logged in somewhere else as well."""
    company = shop.company
    body = {"username": f"member@{company.name}", "password": PASSWORD}
    caller = company["member"]
    await Client(caller.http, "", caller.member).done("/auth/token", body)
    listed = (await caller.get("/sessions")).json()["items"]
    other = next(one["id"] for one in listed if not one["current"])
    return Request(f"/sessions/{other}", {}, "member")


PEOPLE: dict[str, Build] = {
    "PATCH /users/me": change_me,
    "DELETE /sessions/{id}": end_session,
    "POST /members": add,
    "PATCH /users/{id}": change,
    "PATCH /members/{id}": change_member,
    "DELETE /members/{id}": erase,
    "POST /users/invitations": invite,
    "POST /users/{id}/deactivate": deactivate,
    "POST /users/{id}/activate": activate,
    "POST /users/{id}/unlock": unlock,
}
