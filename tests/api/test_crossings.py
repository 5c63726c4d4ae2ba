"""Who may do what in an organization that is not his own: this table, and otherwise nobody nothing.

docs/tenancy.md has the same table. A child is a supplier, seen from its parent; the parent's people
do there what their roles allow in their own. A super admin does it in every organization.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from api.routes.route import Route
from domain.permissions import permissions
from tests.api.conftest import PEOPLE
from tests.api.probes import unchanged
from tests.api.questions import QUERIES, question
from tests.api.shop import Request
from tests.api.slots import in_path, path_slots
from tests.api.specimens import COMMANDS, SPECIMENS
from tests.api.strangers import Strangers
from tests.api.window import Window
from tests.system import PASSWORD, Client, System

CROSSINGS = {
    "GET /organizations": "list it, by its parent too",
    "POST /organizations": "found it",
    "GET /organizations/{id}": "see it",
    "PATCH /organizations/{id}": "rename it, close or open it; a super admin also moves it",
    "DELETE /organizations/{id}": "close it",
    "GET /organizations/{id}/hierarchy": "see what is under it",
    "GET /organizations/{id}/settings": "see its settings",
    "PATCH /organizations/{id}/settings": "change its settings",
}
"""What is done in a child by its parent's people, and in every organization by super admins."""
OF_NO_STORE = {"GET /store/inventory/product/{id}": (409, "NO_WAREHOUSE")}
"""Who has no store of his own is told so, whatever he asks of it."""
PAGE = Path(__file__).parents[2] / "docs" / "tenancy.md"
ROWS: dict[str, Route] = {**COMMANDS, **QUERIES}
ROLES = [person for person in PEOPLE if person != "super_admin"]


def asked(strangers: Strangers, row: str) -> Request | None:
    """Their own request of that row; None for one that names nothing of theirs."""
    if row in QUERIES:
        path = question(strangers.window, row)
        if row.endswith("{code}"):
            path = path.rpartition("/")[0] + f"/{strangers.code}"
        return Request(path, {}) if "{" in row else None
    request = strangers.window[row]
    if row == "POST /stock-take/sessions/join":
        return Request(request.path, {"code": strangers.code})
    named = re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", f"{request.path} {request.body}")
    return request if named else None


def role(person: str) -> tuple[str, ...]:
    """What somebody is who is called by his role."""
    return (re.sub(r"\d", "", person),)


async def shut(client: Client, row: str, request: Request, roles: tuple[str, ...]) -> None:
    """It is not there, or not to be asked for by somebody of these roles."""
    route = ROWS[row]
    body = None if row in QUERIES else request.body
    answer = await client.send(route.method, request.path, body)
    expected = 404 if route.permission in permissions(roles) else 403
    seen = answer.status_code, answer.json()["code"] if answer.status_code == 409 else None
    assert seen in {(expected, None), OF_NO_STORE.get(row)}, (row, request, answer.text)


def test_the_table_is_on_the_page() -> None:
    """Neither has a row that the other has not."""
    rows = re.findall(r"^\| `(\w+ /\S+)` \| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert dict(rows) == CROSSINGS
    assert CROSSINGS.keys() <= ROWS.keys()


@pytest.mark.parametrize("person", ROLES)
async def test_nothing_of_another_organization_is_there_for_any_role(
    window: Window, strangers: Strangers, system: System, person: str
) -> None:
    """Every operation by which something is named, with all that it names theirs."""
    client, roles = window.company[person], role(person)
    async with unchanged(system, window, strangers):
        for row in ROWS:
            if request := asked(strangers, row):
                await shut(client, row, request, roles)


async def test_a_super_admin_crosses_only_where_the_table_says_so(
    window: Window, strangers: Strangers, system: System
) -> None:
    """Everything else of an organization is not there for him either."""
    client = window.company["super_admin"]
    async with unchanged(system, window, strangers):
        for row in ROWS.keys() - CROSSINGS.keys():
            if request := asked(strangers, row):
                await shut(client, row, request, ("super_admin",))


@pytest.mark.parametrize("row", sorted(CROSSINGS))
async def test_a_super_admin_does_what_the_table_says(
    window: Window, strangers: Strangers, row: str
) -> None:
    """In an organization that is not his own."""
    client = window.company["super_admin"]
    if row in QUERIES:
        path = question(strangers.window, row)
        answer = await client.get(path if "{" in row else f"{path}?parent={strangers.company.id}")
        assert answer.status_code == 200, answer.text
        return
    request, route = await SPECIMENS[row](strangers.window.shop), COMMANDS[row]
    answer = await client.send(route.method, request.path, request.body)
    assert answer.status_code == route.status, answer.text


@pytest.fixture(scope="module")
async def child(strangers: Strangers, system: System) -> tuple[str, Client]:
    """A supplier of theirs by its id, and its admin."""
    username = f"{uuid4()}@example.org"
    body = {
        "name": f"Child {uuid4()}",
        "type": "supplier",
        "parent": str(strangers.company.id),
        "admin": {"name": "Sam", "username": username},
    }
    made = await strangers.company["admin"].done("/organizations", body)
    person = await system.services.identity.known(username)
    assert person is not None
    await system.services.people.let_in(person.id, PASSWORD)
    token = await system.anonymous.done("/auth/token", {"username": username, "password": PASSWORD})
    return str(made["id"]), Client(system.http, token["access_token"], person.id)


async def test_nothing_of_its_parent_is_there_for_a_child(
    window: Window, strangers: Strangers, system: System, child: tuple[str, Client]
) -> None:
    """Not even the parent itself, whose id it knows."""
    async with unchanged(system, window, strangers):
        for row in ROWS:
            if request := asked(strangers, row):
                await shut(child[1], row, request, ("admin",))


def of_child(row: str, member: str, strangers: Strangers) -> Iterator[Request]:
    """Requests that name somebody of the child's."""
    route, request = ROWS[row], asked(strangers, row)
    if request is None:
        return
    for name in path_slots(route):
        own = in_path(route, request.path)[name]
        yield Request(request.path.replace(own, member), request.body, request.who)
    at = request.body.get("member")
    if isinstance(at, str):
        yield Request(request.path, {**request.body, "member": member}, request.who)


async def test_of_a_child_its_parents_admin_has_what_the_table_says(
    strangers: Strangers, child: tuple[str, Client]
) -> None:
    """The organization, and nobody and nothing in it."""
    admin, (id_, sam) = strangers.company["admin"], child
    paths = [row.partition(" ")[2] for row in CROSSINGS if row.startswith("GET") and "{" in row]
    found: list[httpx.Response] = [await admin.get(path.format(id=id_)) for path in paths]
    assert {answer.status_code for answer in found} == {200}
    for row in ROWS.keys() - CROSSINGS.keys():
        for request in of_child(row, str(sam.member), strangers):
            await shut(strangers.company[request.who], row, request, role(request.who))
