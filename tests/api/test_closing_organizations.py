"""Organizations are closed when nothing is left of them, and two of them never (domain.md 11)."""

from __future__ import annotations

import asyncio
from uuid import UUID

import httpx
import pytest

from api.aggregates import Aggregates
from api.commands import Commands
from api.people import People
from api.services import system as acting
from domain.people.organization_commands import NoSuchParent
from tests.api.organizations import named, supplier
from tests.api.takes import refused
from tests.system import PASSWORD, Company, System


@pytest.mark.parametrize("kind", ["oraseas_ee", "bossaqua"])
async def test_there_is_no_second_of_the_two(system: System, customer: Company, kind: str) -> None:
    """Neither founded nor made of another; and the one there is stays."""
    names = {"oraseas_ee": "Oraseas EE", "bossaqua": "BossAqua"}
    one = await system.services.people.found(names[kind], kind=kind)  # type: ignore[arg-type]  # a literal
    super_admin = customer["super_admin"]
    second = {"name": named(), "type": kind}
    refused(await super_admin.post("/organizations", second), 409, "SINGLETON_TAKEN")
    made = await super_admin.done("/organizations", {"name": named()})
    becoming = await super_admin.send("PATCH", f"/organizations/{made['id']}", {"type": kind})
    refused(becoming, 409, "SINGLETON_TAKEN")
    for method, body in (
        ("DELETE", None),
        ("PATCH", {"active": False}),
        ("PATCH", {"type": "independent"}),
    ):
        answer = await super_admin.send(method, f"/organizations/{one}", body)
        refused(answer, 409, "SINGLETON_STAYS")


async def test_an_organization_in_use_stays_open(system: System, customer: Company) -> None:
    """Children first, then users and stock; what is left over is told."""
    super_admin, id_ = customer["super_admin"], str(customer.id)
    child = await supplier(customer)
    answer = await super_admin.send("DELETE", f"/organizations/{id_}")
    assert refused(answer, 409, "HAS_CHILDREN")["children"] == 1
    await customer["admin"].done(f"/organizations/{child['id']}", method="DELETE")
    answer = await super_admin.send("DELETE", f"/organizations/{id_}")
    told = refused(answer, 409, "STILL_IN_USE")
    assert (told["users"], told["stock"]) == (2, 0)
    left = await super_admin.send("PATCH", f"/organizations/{id_}", {"active": False})
    refused(left, 409, "STILL_IN_USE")


async def test_closing_shuts_out_whom_nobody_else_could(
    system: System, customer: Company, stranger: Company
) -> None:
    """The last who manages members stays till the end; opened again, it is his again."""
    super_admin, admin = customer["super_admin"], stranger["admin"]
    path = f"/organizations/{stranger.id}"
    body = {"username": f"uma@{stranger.name}", "name": "Uma", "roles": ["user"]}
    user = await admin.done("/users/invitations", body)
    told = refused(await super_admin.send("DELETE", path), 409, "STILL_IN_USE")
    assert (told["users"], told["stock"]) == (1, 0)
    await admin.done(f"/users/{user['id']}/deactivate", {})
    assert (await admin.get("/users/me")).status_code == 200
    await super_admin.done(path, method="DELETE")
    assert (await admin.get("/users/me")).status_code == 401
    log_in = {"username": f"admin@{stranger.name}", "password": PASSWORD}
    refused(await system.anonymous.post("/auth/token", log_in), 401, "BAD_CREDENTIALS")
    await super_admin.done(path, {"active": True}, "PATCH")
    assert (await system.anonymous.post("/auth/token", log_in)).status_code == 200


async def test_a_supplier_is_closed_and_opened_again(customer: Company) -> None:
    """A second time nothing happens; while its parent is closed it cannot be opened."""
    own, admin = await supplier(customer), customer["admin"]
    path = f"/organizations/{own['id']}"
    for _ in range(2):
        closed = await admin.done(path, method="DELETE")
        assert closed["active"] is False
    listed = await admin.send("PATCH", path, {"active": True})
    assert listed.json()["active"] is True
    shown = await admin.ask_after(listed, "/organizations?active=true&type=supplier")
    assert [one["id"] for one in shown["items"]] == [own["id"]]


def elsewhere(system: System) -> People:
    """Another process, with what it remembers itself."""
    parts = system.services
    commands = Commands(parts.log, Aggregates(parts.log), parts.books, parts.identity)
    return People(commands, parts.identity, parts.log, acting)


async def test_what_another_process_remembers_of_a_parent_closes_and_founds_nothing(
    system: System, customer: Company
) -> None:
    """It decides again on what there is."""
    here, there = system.services.people, elsewhere(system)
    super_admin = customer["super_admin"]
    parent = await here.found(named("Customer"), kind="customer")
    await there.found(named(), kind="supplier", parent=parent)
    refused(await super_admin.send("DELETE", f"/organizations/{parent}"), 409, "HAS_CHILDREN")
    parent = await here.found(named("Customer"), kind="customer")
    child = await there.found(named(), kind="supplier", parent=parent)
    for id_ in (child, parent):
        await super_admin.done(f"/organizations/{id_}", method="DELETE")
    with pytest.raises(NoSuchParent):
        await there.found(named(), kind="supplier", parent=parent)


async def test_no_child_is_born_to_a_parent_that_is_closed_at_the_same_time(
    system: System, customer: Company
) -> None:
    """The one or the other, never both."""
    here, there = system.services.people, elsewhere(system)
    for _ in range(8):
        parent = await here.found(named("Customer"), kind="customer")
        closing = customer["super_admin"].send("DELETE", f"/organizations/{parent}")
        founding = there.found(named(), kind="supplier", parent=parent)
        closed, born = await asyncio.gather(closing, founding, return_exceptions=True)
        assert isinstance(closed, httpx.Response)
        assert isinstance(born, (UUID, NoSuchParent))
        assert (closed.status_code == 200) != isinstance(born, UUID)
