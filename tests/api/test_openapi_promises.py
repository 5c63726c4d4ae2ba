"""The served document says what holds of requests and answers beyond their types."""

from __future__ import annotations

from typing import Any

import msgspec

from api.app import ROUTES, openapi

DOCUMENT: dict[str, Any] = msgspec.json.decode(openapi())
PATHS, SCHEMAS = DOCUMENT["paths"], DOCUMENT["components"]["schemas"]
NO_NUL = r"^[^\x00]*$"


def test_every_command_honours_if_match() -> None:
    """Wherever it is sent, so it is said, with its refusal."""
    commands = [
        PATHS[route.path][route.method.lower()]
        for route in ROUTES
        if route.kind in {"aggregate", "work"}
    ]
    condition = {"$ref": "#/components/parameters/If-Match"}
    assert commands
    assert all(condition in command["parameters"] for command in commands)
    assert all("412" in command["responses"] for command in commands)


def test_a_list_that_names_nothing_is_always_there() -> None:
    """One of a shelf that is named, or filtered by an id, may not be."""
    assert "404" not in PATHS["/api/v1/parts"]["get"]["responses"]
    for path in ("/parts/{id}", "/warehouses/{id}/inventory", "/admin/inventory"):
        assert "404" in PATHS[f"/api/v1{path}"]["get"]["responses"]


def test_a_text_has_no_nul_and_a_map_of_ids_has_ids_as_keys() -> None:
    """Nowhere within a request, keys included; what has a format or a list of values has none."""
    facts = SCHEMAS["CreateProduct"]["properties"]
    bounds = {"maxLength": 100, "default": ""}
    assert facts["category"] == {"type": "string", "pattern": NO_NUL, **bounds}
    assert facts["packs"]["propertyNames"]["pattern"] == NO_NUL
    shelves = SCHEMAS["CreateSession"]["properties"]["assigned_shelves"]
    assert shelves["propertyNames"] == {"type": "string", "format": "uuid"}


def test_what_is_not_json_is_said() -> None:
    """Pages as tables, and figures as text."""

    def content(path: str) -> Any:
        return PATHS[path]["get"]["responses"]["200"]["content"]

    assert content("/api/v1/parts").keys() == {"application/json", "text/csv"}
    assert content("/api/v1/parts/{id}").keys() == {"application/json"}
    assert content("/metrics") == {"text/plain": {"schema": {"type": "string"}}}
