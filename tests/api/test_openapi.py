"""The OpenAPI document: sound in itself, and true to the rows and types that it is made from."""

from __future__ import annotations

import importlib
import pkgutil
import random
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Generic, TypeVar
from uuid import UUID

import msgspec
import pytest

import api.routes
from api import auth
from api.app import openapi
from api.openapi import document, encode, tag
from api.routes.route import Route, delete, get, patch, post
from domain.base import Command
from domain.permissions import Permission
from domain.quantity import Quantity
from domain.stock.pool_stock import PoolStock

R = TypeVar("R")


class Page(msgspec.Struct, Generic[R]):
    """Rows and where the next ones begin."""

    rows: list[R]
    next: str | None


class StockRow(msgspec.Struct):
    """One line of the list."""

    id: UUID
    on_hand: Decimal


class StockList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to list."""

    permission: ClassVar[Permission] = Permission.STOCK_READ
    place: UUID
    below: Quantity | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50
    classes: list[str] | None = None


class MoveStock(Command, kw_only=True):
    """Moves a quantity to another place."""

    permission = Permission.STOCK_TRANSFER
    quantity: Quantity
    place: UUID


async def stock_list(query: StockList, reads: Unseen, warehouse: str) -> Page[StockRow]:  # type: ignore[name-defined]  # noqa: F821 - as if imported for type checkers only
    """Stands for a query over read models."""
    raise NotImplementedError


async def move(command: MoveStock, unit: Unseen, id: UUID) -> PoolStock:  # type: ignore[name-defined]  # noqa: A002, F821 - as above
    """Stands for a command over several aggregates."""
    raise NotImplementedError


EXAMPLES = (
    *auth.ROUTES,
    post("/inventory/items/{id}/issue", PoolStock.issue, "Issue a quantity to a member"),
    post("/inventory/reservations/{id}/release", PoolStock.release, "Free a reservation"),
    post("/store/inventory/{id}/transfer", move, "Move to another place", 202),
    patch("/store/inventory/{id}", PoolStock.update, "Change an entry"),
    delete("/store/inventory/{id}", PoolStock.delete, "Remove an empty entry"),
    get("/warehouses/{warehouse}/inventory", stock_list, "Stock in one warehouse"),
)


def served() -> list[Route]:
    """Every row of every table in api/routes."""
    tables = [
        importlib.import_module(f"api.routes.{m.name}")
        for m in pkgutil.iter_modules(api.routes.__path__)
    ]
    values = [value for table in tables for value in vars(table).values()]
    rows = [row for value in values if isinstance(value, tuple) for row in value]
    return [row for row in rows if isinstance(row, Route)]


def described(routes: list[Route] | tuple[Route, ...] = EXAMPLES) -> dict[str, Any]:
    """The document as a client reads it."""
    read: dict[str, Any] = msgspec.json.decode(encode(document(routes, "Tallybook", "1")))
    return read


def operations(read: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation of each."""
    for path, item in read["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def references(value: Any) -> Iterator[str]:
    """Every $ref within."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    if isinstance(value, list):
        for inner in value:
            yield from references(inner)


def resolved(read: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """What it refers to, or itself."""
    while "$ref" in value:
        found: Any = read
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        value = found
    return value


@pytest.mark.parametrize("routes", [EXAMPLES, served()], ids=["examples", "served"])
def test_the_document_is_sound(routes: list[Route]) -> None:
    """References lead somewhere, path parameters are declared, ids are unique, nothing is lost."""
    read = described(routes)
    for reference in references(read):
        assert resolved(read, {"$ref": reference})
    ids = [operation["operationId"] for *_, operation in operations(read)]
    assert len(set(ids)) == len(ids) == len(routes)
    for path, _, operation in operations(read):
        declared = [resolved(read, parameter) for parameter in operation["parameters"]]
        named = [p["name"] for p in declared if p["in"] == "path" and p["required"]]
        assert sorted(named) == sorted(re.findall(r"{(\w+)}", path))
        assert len({(p["in"], p["name"]) for p in declared}) == len(declared)
        assert {scheme for one in operation["security"] for scheme in one} <= {
            *read["components"]["securitySchemes"]
        }
        assert operation["tags"][0] in [known["name"] for known in read["tags"]]
        assert any(status.startswith("2") for status in operation["responses"])


def test_the_order_of_rows_does_not_show() -> None:
    """The document may be compared with an earlier one byte by byte."""
    shuffled = list(EXAMPLES)
    random.Random(7).shuffle(shuffled)  # noqa: S311 - not a secret
    assert encode(document(shuffled, "Tallybook", "1")) == encode(
        document(EXAMPLES, "Tallybook", "1")
    )


def operation(path: str, method: str) -> dict[str, Any]:
    """One operation of the examples."""
    found: dict[str, Any] = described()["paths"][f"/api/v1{path}"][method]
    return found


def sent(path: str, method: str) -> list[str]:
    """The names of the parameters that an operation takes."""
    read = described()
    return [resolved(read, p)["name"] for p in operation(path, method)["parameters"]]


def test_a_command_says_all_that_it_takes_and_answers() -> None:
    """Body, headers, permission, the view with its version, and each problem that can occur."""
    issue = operation("/inventory/items/{id}/issue", "post")
    assert issue["x-permission"] == "stock:issue"
    assert issue["requestBody"] == {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/IssueStock"}}},
    }
    done = issue["responses"]["200"]
    assert done["content"]["application/json"]["schema"]["$ref"].endswith("/StockView")
    assert list(done["headers"]) == ["ETag", "Tallybook-Position"]
    statuses = "200 400 401 403 404 409 412 413 415 422 500 503"
    assert " ".join(sorted(issue["responses"])) == statuses
    assert sent("/inventory/items/{id}/issue", "post") == ["id", "Idempotency-Key", "If-Match"]
    problem = described()["components"]["responses"]["Conflict"]["content"]
    assert problem == {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
    }


def test_a_thing_within_a_stream_has_a_local_id() -> None:
    """Its pattern accepts the stream's id with a number behind."""
    parameters = operation("/inventory/reservations/{id}/release", "post")["parameters"]
    pattern = parameters[0]["schema"]["pattern"]
    assert re.search(pattern, f"{UUID(int=1)}.12")
    assert not re.search(pattern, str(UUID(int=1)))


def test_a_command_without_fields_has_no_body() -> None:
    """Nor is one required where every field may be left out."""
    assert "requestBody" not in operation("/store/inventory/{id}", "delete")
    assert operation("/store/inventory/{id}", "patch")["requestBody"]["required"] is False


def test_a_command_over_several_aggregates_answers_with_the_first_ones_view() -> None:
    """Its status is the row's."""
    done = operation("/store/inventory/{id}/transfer", "post")["responses"]["202"]
    assert done["content"]["application/json"]["schema"]["$ref"].endswith("/StockView")


def test_a_query_takes_its_fields_as_parameters() -> None:
    """Amounts as text, no nulls, bounds and defaults as declared."""
    listed = operation("/warehouses/{warehouse}/inventory", "get")
    assert "requestBody" not in listed
    schemas = {p["name"]: p["schema"] for p in listed["parameters"] if "name" in p}
    assert schemas == {
        "warehouse": {"minLength": 1, "type": "string"},
        "place": {"type": "string", "format": "uuid"},
        "below": {"type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,3})?$"},
        "limit": {"type": "integer", "minimum": 1, "maximum": 500, "default": 50},
        "classes": {"type": "array", "items": {"type": "string", "pattern": r"^[^\x00]*$"}},
    }
    assert [p["name"] for p in listed["parameters"] if p.get("required")] == ["warehouse", "place"]
    page = resolved(
        described(), listed["responses"]["200"]["content"]["application/json"]["schema"]
    )
    assert page["properties"]["rows"]["items"] == {"$ref": "#/components/schemas/StockRow"}


def test_what_others_end_may_be_answered_before() -> None:
    """With the same view."""
    answers = described(served())["paths"]["/api/v1/warehouses/{id}/deactivate"]["post"]
    accepted, done = (answers["responses"][status] for status in ("202", "200"))
    assert accepted["content"] == done["content"]


def test_logging_in_needs_no_token_and_may_be_a_form() -> None:
    """The OAuth 2 password flow points at it; everything else is closed."""
    log_in = operation("/auth/token", "post")
    assert log_in["security"] == []
    assert len(log_in["requestBody"]["content"]) == 2
    assert "429" in log_in["responses"]
    assert "Retry-After" in described()["components"]["responses"]["TooManyRequests"]["headers"]
    flow = described()["components"]["securitySchemes"]["password"]["flows"]["password"]
    assert flow["tokenUrl"] == "/api/v1/auth/token"
    closed = [op for path, _, op in operations(described()) if op["security"]]
    assert len(closed) == len(EXAMPLES) - 2


def test_a_browser_finds_what_it_has_to_send() -> None:
    """A cookie does for a query; a command needs the proof beside it, and may be refused it."""
    bearer: list[Any] = [{"bearer": []}, {"password": []}]
    asked = operation("/warehouses/{warehouse}/inventory", "get")
    assert asked["security"] == [*bearer, {"cookie": []}]
    log_out = operation("/auth/logout", "post")
    assert log_out["security"] == [*bearer, {"cookie": [], "proof": []}]
    assert "403" in log_out["responses"]
    for path in ("/auth/token", "/auth/refresh"):
        assert "Set-Cookie" in operation(path, "post")["responses"]["204"]["headers"]


def test_who_asks_for_his_own_warehouse_may_have_none() -> None:
    """Elsewhere a query is in conflict with nothing."""
    paths = msgspec.json.decode(openapi())["paths"]
    assert "409" in paths["/api/v1/store/inventory"]["get"]["responses"]
    assert "409" not in paths["/api/v1/admin/inventory"]["get"]["responses"]


@pytest.mark.parametrize(
    ("path", "noun"),
    [
        ("/api/v1/inventory/items/{id}/issue", "items"),
        ("/api/v1/inventory/summary", "summary"),
        ("/api/v1/parts/{id}/availability", "parts"),
        ("/api/v1/store/inventory/{id}", "inventory"),
        ("/api/v1/stock-take/sessions/join", "sessions"),
        ("/health/ready", "health"),
        ("/metrics", "metrics"),
    ],
)
def test_an_operation_is_listed_under_its_noun(path: str, noun: str) -> None:
    """Groups such as /inventory are passed over."""
    assert tag(path) == noun
