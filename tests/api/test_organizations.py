"""Organizations over HTTP: who founds, changes, closes and sees which (domain.md 11)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.api.organizations import enters, named, of, supplier
from tests.api.takes import refused
from tests.system import Company, System


async def oraseas(customer: Company) -> str:
    """Where the super admin is from."""
    return str((await customer["super_admin"].get("/users/me")).json()["organization"])


async def test_an_admin_founds_suppliers_of_his_own_organization(customer: Company) -> None:
    """And sees them; below his organization, and nowhere else."""
    answer = await customer["admin"].post("/organizations", of(customer))
    assert answer.status_code == 201
    made = answer.json()
    assert (made["type"], made["parent"], made["active"]) == ("supplier", str(customer.id), True)
    listed = await customer["admin"].ask_after(answer, "/organizations")
    assert {one["id"] for one in listed["items"]} == {str(customer.id), made["id"]}
    tree = await customer["member"].ask_after(answer, f"/organizations/{customer.id}/hierarchy")
    assert [one["id"] for one in tree["children"]] == [made["id"]]
    one = await customer["admin"].ask_after(answer, f"/organizations/{made['id']}")
    assert (one["name"], one["version"]) == (made["name"], int(answer.headers["etag"].strip('"')))


async def test_an_admin_founds_nothing_else(customer: Company, stranger: Company) -> None:
    """Of another's organizations he learns nothing by it."""
    admin = customer["admin"]
    for kind in ("independent", "customer", "oraseas_ee", "bossaqua"):
        answer = await admin.post("/organizations", {"name": named(), "type": kind})
        refused(answer, 403, "FORBIDDEN")
    foreign = await admin.post("/organizations", of(stranger))
    assert refused(foreign, 404, "UNKNOWN_REFERENCE")["pointer"] == "/parent"
    no_parent = await admin.post("/organizations", of(customer, parent=None))
    refused(no_parent, 403, "FORBIDDEN")


@pytest.mark.rule("11-4")
async def test_a_supplier_under_bossaqua_is_refused(system: System, customer: Company) -> None:
    """Also by him who may found any."""
    bossaqua = await system.services.people.found("BossAqua", kind="bossaqua")
    body = {"name": named(), "type": "supplier", "parent": str(bossaqua)}
    answer = await customer["super_admin"].post("/organizations", body)
    assert refused(answer, 422, "NO_SUCH_PARENT")["pointer"] == "/parent"


async def test_a_new_customer_has_a_warehouse_of_its_name_and_an_admin(
    system: System, customer: Company
) -> None:
    """Its limits are those of ABParts; the admin gets in by what is mailed to him."""
    super_admin, name = customer["super_admin"], named("Customer")
    username = f"{uuid4()}@example.org"
    body = {"name": name, "type": "customer", "admin": {"name": "Cleo", "username": username}}
    answer = await super_admin.post("/organizations", body)
    made = answer.json()
    assert (answer.status_code, made["settings"]["values"]["order_approval_total"]) == (
        201,
        "1000.00",
    )
    person = await system.services.identity.known(username)
    assert person is not None
    assert (str(person.organization), person.name) == (made["id"], "Cleo")
    cleo = await enters(system, username)
    me = await cleo.ask_after(answer, "/users/me")
    warehouses = (await cleo.ask_after(answer, "/warehouses"))["items"]
    assert [one["name"] for one in warehouses] == [name]
    assert me["warehouses"] == [one["id"] for one in warehouses]
    assert (me["roles"], me["organization_type"]) == (["admin"], "customer")


async def test_a_customer_without_an_admin_is_refused(customer: Company) -> None:
    """Nobody could log in; nothing of it is kept."""
    body = {"name": named("Customer"), "type": "customer"}
    answer = await customer["super_admin"].post("/organizations", body)
    assert refused(answer, 422, "ADMIN_NEEDED")["pointer"] == "/admin"


async def test_a_username_that_somebody_has_founds_nothing(
    customer: Company, stranger: Company
) -> None:
    """Usernames are unique over all organizations."""
    admin = {"name": "Eve", "username": f"ADMIN@{stranger.name}"}
    body = of(customer, admin=admin)
    refused(await customer["admin"].post("/organizations", body), 409, "USERNAME_TAKEN")
    again = await customer["admin"].post("/organizations", {**body, "admin": None})
    assert again.status_code == 201


async def test_a_name_that_is_taken_takes_no_username(customer: Company, stranger: Company) -> None:
    """Whoever finds another name may invite the same person at once."""
    other, username = await supplier(stranger), f"{uuid4()}@example.org"
    body = of(customer, admin={"name": "Sam", "username": username})
    refused(
        await customer["admin"].post("/organizations", {**body, "name": other["name"]}),
        409,
        "NAME_TAKEN",
    )
    assert (await customer["admin"].post("/organizations", body)).status_code == 201


async def test_names_are_unique_over_all_organizations(
    customer: Company, stranger: Company
) -> None:
    """In any case of letters; a name that was given up is free."""
    first, admin = await supplier(customer), stranger["admin"]
    taken = of(stranger, name=f" {first['name'].upper()} ")
    refused(await admin.post("/organizations", taken), 409, "NAME_TAKEN")
    other = await supplier(stranger)
    path = f"/organizations/{other['id']}"
    refused(await admin.send("PATCH", path, {"name": first["name"]}), 409, "NAME_TAKEN")
    await customer["admin"].done(f"/organizations/{first['id']}", {"name": named()}, "PATCH")
    await admin.done(path, {"name": first["name"]}, "PATCH")
    shouted = await admin.done(path, {"name": first["name"].upper()}, "PATCH")
    assert shouted["name"] == first["name"].upper()


async def test_an_admin_may_not_make_his_organization_another(
    customer: Company, stranger: Company
) -> None:
    """Neither its type nor its parent is his to change, nor those of his suppliers."""
    admin, own = customer["admin"], await supplier(customer)
    for id_, change in (
        (str(customer.id), {"type": "independent"}),
        (own["id"], {"type": "customer"}),
        (own["id"], {"parent": None}),
    ):
        refused(await admin.send("PATCH", f"/organizations/{id_}", change), 403, "FORBIDDEN")
    moved = await admin.send("PATCH", f"/organizations/{own['id']}", {"parent": str(stranger.id)})
    refused(moved, 404, "UNKNOWN_REFERENCE")
    renamed = {"name": named(), "type": "supplier", "parent": str(customer.id), "active": True}
    done = await admin.done(f"/organizations/{own['id']}", renamed, "PATCH")
    assert done["name"] == renamed["name"]


async def test_the_super_admin_moves_and_retypes(customer: Company, stranger: Company) -> None:
    """Whose supplier it was, sees it no more."""
    own, super_admin = await supplier(customer), customer["super_admin"]
    path = f"/organizations/{own['id']}"
    moved = await super_admin.send("PATCH", path, {"parent": str(stranger.id)})
    assert moved.json()["parent"] == str(stranger.id)
    seen = await stranger["admin"].ask_after(moved, path)
    assert seen["id"] == own["id"]
    refused(await customer["admin"].get(path), 404, "NOT_FOUND")
    freed = await super_admin.done(path, {"type": "independent"}, "PATCH")
    assert (freed["type"], freed["parent"]) == ("independent", None)
    alone = await super_admin.send("PATCH", path, {"type": "supplier"})
    assert refused(alone, 422, "NO_SUCH_PARENT")["pointer"] == "/parent"


async def test_a_supplier_opens_no_warehouse(system: System, customer: Company) -> None:
    """Whatever it holds is at its parent's."""
    username = f"{uuid4()}@example.org"
    body = of(customer, admin={"name": "Sam", "username": username})
    await customer["admin"].done("/organizations", body)
    sam = await enters(system, username)
    warehouse = {"code": "MAIN", "name": "Main"}
    refused(await sam.post("/warehouses", warehouse), 409, "NO_WAREHOUSES")


async def test_whoever_is_neither_parent_nor_super_admin_sees_nothing(
    customer: Company, stranger: Company
) -> None:
    """A supplier, BossAqua, another customer: 404, whatever is asked of them."""
    own = await supplier(customer)
    bodies: dict[str, Any] = {"PATCH": {"name": named()}, "DELETE": None}
    for id_ in (own["id"], str(customer.id), str(uuid4()), await oraseas(customer)):
        path = f"/organizations/{id_}"
        for asked in (path, f"{path}/hierarchy", f"{path}/settings"):
            refused(await stranger["admin"].get(asked), 404, "NOT_FOUND")
        for method, body in bodies.items():
            refused(await stranger["admin"].send(method, path, body), 404, "NOT_FOUND")
        settings = {"mail_attempts": 3}
        refused(
            await stranger["admin"].send("PATCH", f"{path}/settings", settings), 404, "NOT_FOUND"
        )
    listed = (await stranger["admin"].get(f"/organizations?parent={customer.id}")).json()
    assert listed["items"] == []


async def test_the_super_admin_sees_every_organization_page_by_page(
    customer: Company, stranger: Company
) -> None:
    """By name; each once."""
    made = await customer["admin"].post("/organizations", of(customer))
    super_admin, seen, cursor = customer["super_admin"], [], ""
    while True:
        asked = f"/organizations?limit=200{cursor}"
        page = await super_admin.ask_after(made, asked)
        seen += [(one["name"], one["id"]) for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    ids = [id_ for _, id_ in seen]
    assert {str(customer.id), str(stranger.id), made.json()["id"]} <= set(ids)
    assert len(ids) == len(set(ids))
    tree = await super_admin.ask_after(made, f"/organizations/{customer.id}/hierarchy")
    assert [one["id"] for one in tree["children"]] == [made.json()["id"]]
