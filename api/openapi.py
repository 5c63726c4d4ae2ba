"""The OpenAPI 3.1 document, made from the route rows and the types that they name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, get_origin
from uuid import UUID

import msgspec
from msgspec.json import schema_components

from api.openapi_components import components, phrase, security
from api.routes.route import PREFIX, Route
from domain.ids import LocalId
from domain.quantity import DIGITS, Amount
from projections.queries.base import Page

GROUPS = frozenset({"inventory", "stock-take", "store", "admin"})
"""First path segments that only group: the noun, and so the tag, is the one behind."""

IN_COOKIES = {
    "description": "The tokens are in cookies.",
    "headers": {"Set-Cookie": {"$ref": "#/components/headers/Set-Cookie"}},
}
OWN_STORE = PREFIX + "/store/"
"""Below it the caller's own warehouse is meant, of which he may have none."""
NO_NUL = r"^[^\x00]*$"
REFERENCE = "#/components/schemas/{name}"
LOCAL_ID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\.[1-9][0-9]{0,8}$"
PLAIN: dict[Any, dict[str, Any]] = {
    UUID: {"type": "string", "format": "uuid"},
    LocalId: {"type": "string", "pattern": LOCAL_ID},
    str: {"type": "string", "minLength": 1},
    int: {"type": "integer"},
}
"""Types of path parameters."""


class Document:
    """Collects the schemas of all rows first, so that each has one name."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = sorted(routes, key=lambda route: (route.path, route.method))
        kinds = {kind: None for route in self._routes for kind in (route.request, route.answer)}
        kinds.pop(None, None)
        found, self.schemas = schema_components(
            list(kinds), schema_hook=_custom, ref_template=REFERENCE
        )
        for schema in self.schemas.values():
            _say_no_nul(schema)
        self._of = dict(zip(kinds, found, strict=True))

    def paths(self) -> dict[str, dict[str, Any]]:
        """Every path with its operations."""
        paths: dict[str, dict[str, Any]] = {}
        for route in self._routes:
            paths.setdefault(route.path, {})[route.method.lower()] = self._operation(route)
        return paths

    def _operation(self, route: Route) -> dict[str, Any]:
        operation: dict[str, Any] = {
            "operationId": _operation_id(route),
            "summary": route.summary,
            "tags": [tag(route.path)],
            "parameters": self._parameters(route),
            "responses": self._responses(route),
            "security": [] if route.public else security(route.method),
        }
        if route.permission:
            operation["x-permission"] = route.permission.value
        if body := self._body(route):
            operation["requestBody"] = body
        return operation

    def _parameters(self, route: Route) -> list[dict[str, Any]]:
        names = re.findall(r"{(\w+)}", route.path)
        listed = [
            {"name": name, "in": "path", "required": True, "schema": _plain(route, name)}
            for name in names
        ]
        if route.kind == "query" and route.request:
            listed += self._query(route.request)
        return listed + [{"$ref": f"#/components/parameters/{name}"} for name in _sent(route)]

    def _query(self, kind: type[msgspec.Struct]) -> list[dict[str, Any]]:
        """One parameter per field; an absent one is the null of its type."""
        struct = self._resolved(kind)
        required = struct["required"]
        return [
            {"name": name, "in": "query", "required": name in required, "schema": _present(schema)}
            for name, schema in struct["properties"].items()
        ]

    def _resolved(self, kind: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.schemas[self._of[kind]["$ref"].rpartition("/")[2]]
        return found

    def _body(self, route: Route) -> dict[str, Any] | None:
        if route.request is None or route.kind == "query" or not route.request.__struct_fields__:
            return None
        media = {"schema": self._of[route.request]}
        form = "application/x-www-form-urlencoded"
        return {
            "required": bool(self._resolved(route.request)["required"]),
            "content": dict.fromkeys(
                ["application/json", form] if route.form else ["application/json"], media
            ),
        }

    def _responses(self, route: Route) -> dict[str, Any]:
        done: dict[str, Any] = {"description": HTTPStatus(route.status).phrase}
        if route.answer is not None:
            done["content"] = {"application/json": {"schema": self._of[route.answer]}}
        if get_origin(route.answer) is Page:
            done["content"]["text/csv"] = {"schema": {"type": "string"}}
        if route.text:
            done["content"] = {"text/plain": {"schema": {"type": "string"}}}
        if answered := _answered(route):
            done["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in answered}
        problems = {
            str(status): {"$ref": f"#/components/responses/{phrase(status)}"}
            for status in _problems(route)
        }
        others = {"204": IN_COOKIES} if route.cookies else {}
        if route.lasting:
            others["202"] = {**done, "description": HTTPStatus.ACCEPTED.phrase}
        return {str(route.status): done, **others, **problems}


def document(
    routes: Sequence[Route], title: str, version: str, websockets: Sequence[str] = ()
) -> dict[str, Any]:
    """The whole document; the same rows in any order give the same one."""
    made = Document(routes)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "tags": [{"name": name} for name in sorted({tag(route.path) for route in routes})],
        "paths": made.paths(),
        "components": components(made.schemas),
        "x-websockets": list(websockets),
    }


def encode(described: dict[str, Any]) -> bytes:
    """The document as it is served, byte for byte the same each time."""
    return msgspec.json.encode(described)


def tag(path: str) -> str:
    """The noun that a path is about."""
    segments = path.removeprefix(PREFIX).strip("/").split("/")
    behind = segments[1] if segments[0] in GROUPS and len(segments) > 1 else "{"
    return segments[0] if behind.startswith("{") else behind


def amount(kind: type[Amount]) -> dict[str, Any]:
    """What `Amount.parse` accepts.

    `multipleOf` is exact by its definition, and a float that is none (0.1 + 0.2) is refused.
    """
    largest = 10**DIGITS
    least = {"exclusiveMinimum": -largest} if kind.least is None else {"minimum": kind.least}
    most = {"exclusiveMaximum": largest} if kind.most is None else {"maximum": kind.most}
    return {
        "description": kind.__doc__,
        "anyOf": [
            {"type": "string", "pattern": f"^{_text(kind)}$"},
            {"type": "number", **least, **most, "multipleOf": float(f"1e-{kind.places}")},
        ],
    }


def _text(kind: type[Amount]) -> str:
    """The pattern of its string form; what is bounded lies between zero and a power of ten."""
    behind = rf"(\.[0-9]{{1,{kind.places}}})?"
    if kind.most is not None:
        below = rf"[0-9]{{1,{len(str(kind.most)) - 1}}}{behind}"
        return rf"({kind.most}(\.0{{1,{kind.places}}})?|{below})"
    return rf"{'-?' if kind.least is None else ''}[0-9]{{1,{DIGITS}}}{behind}"


def _custom(kind: type) -> dict[str, Any]:
    if issubclass(kind, Amount):
        return amount(kind)
    return PLAIN[kind]


def _plain(route: Route, name: str) -> dict[str, Any]:
    (schema,), _ = schema_components([route.parameters[name]], schema_hook=_custom)
    return {"minLength": 1, **schema} if schema == {"type": "string"} else schema


def _present(schema: dict[str, Any]) -> dict[str, Any]:
    """A query parameter's schema: text for an amount, and no null."""
    kept = [one for one in _options(schema) if one.get("type") not in {"null", "number"}]
    said = {name: schema[name] for name in schema if name not in {"anyOf", "default"}}
    if schema.get("default") is not None:
        said["default"] = schema["default"]
    return {**kept[0], **said} if len(kept) == 1 else {**said, "anyOf": kept}


def _options(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for part in schema.get("anyOf", ()) for one in _options(part)] or [schema]


def _say_no_nul(schema: Any) -> None:
    """Adds to every text and key within that it has no U+0000: no text of a request may."""
    if isinstance(schema, dict):
        if schema.get("type") == "string" and not {"format", "enum", "pattern"} & schema.keys():
            schema["pattern"] = NO_NUL
        if isinstance(schema.get("additionalProperties"), dict):
            schema.setdefault("propertyNames", {}).setdefault("type", "string")
        for inner in schema.values():
            _say_no_nul(inner)
    elif isinstance(schema, list):
        for inner in schema:
            _say_no_nul(inner)


def _operation_id(route: Route) -> str:
    words = re.findall(r"\w+", route.path.removeprefix(PREFIX))
    return "_".join((route.method.lower(), *words)).replace("-", "_")


def _sent(route: Route) -> tuple[str, ...]:
    """The headers that a request may carry."""
    if route.kind == "query":
        return ("Tallybook-Position",)
    if route.kind == "door":
        return ()
    return ("Idempotency-Key", "If-Match")


def _answered(route: Route) -> tuple[str, ...]:
    versioned = "version" in getattr(route.answer, "__struct_fields__", ())
    if route.kind == "query":
        temporal = "as_of" in getattr(route.request, "__struct_fields__", ())
        may = {"ETag": versioned, "Tallybook-As-Of": temporal, "Tallybook-Position": True}
        return tuple(name for name, there in may.items() if there)
    return () if route.kind == "door" else ("ETag", "Tallybook-Position")


def _looks_up(route: Route) -> bool:
    """Whether it may be about something that is not there: all but lists that name nothing."""
    if route.kind != "query" or route.parameters or get_origin(route.answer) is not Page:
        return True
    return b'"uuid"' in msgspec.json.encode(schema_components([route.request], schema_hook=_custom))


def _problems(route: Route) -> list[int]:
    """The statuses that can occur."""
    possible = {400, 500, 503}
    if not route.public or route.request is not None:
        possible.add(401)
    if route.permission:
        possible |= {403, 422}
    if route.permission and _looks_up(route):
        possible.add(404)
    if route.kind == "query":
        possible.add(410)
        if route.path.startswith(OWN_STORE):
            possible.add(409)
    if route.kind in {"aggregate", "work"}:
        possible |= {409, 412, 413, 415}
    if route.kind == "door" and route.request:
        possible |= {413, 422}
    if route.cookies or not route.public:
        possible.add(403)
    if route.limited:
        possible.add(429)
    return sorted(possible)
