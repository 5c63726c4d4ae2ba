"""For every query that is served, a path that has an answer."""

from __future__ import annotations

from api.app import GENERIC
from api.routes.route import PREFIX, Route
from tests.api.window import Window

QUERIES: dict[str, Route] = {
    f"{route.method} {route.path.removeprefix(PREFIX)}": route
    for route in GENERIC
    if route.kind == "query"
}
"""Every query row by method and path."""


def names(window: Window) -> dict[str, str]:
    """What stands for each {name} in a path, by the beginning of the path."""
    product = window["POST /store/inventory/set"].body["product"]
    warehouse = str(window.company.warehouse)
    session = window["POST /stock-take/sessions/{id}/pause"].path.split("/")[3]
    return {
        "/store/inventory/product/{id}": product,
        "/admin/inventory/stores/{store_id}": warehouse,
        "/admin/inventory/products/{product_id}": product,
        "/inventory/items/{id}": window["PUT /store/inventory/{id}"].path.split("/")[3],
        "/warehouses/{id}": warehouse,
        "/organizations/{id}": str(window.company.id),
        "/parts/{id}": product,
        "/stock-take/sessions/code/{code}": window["POST /stock-take/sessions/join"].body["code"],
        "/stock-take/sessions/{id}": session,
        "/transactions/{id}": window.movement,
        "/users/{id}": str(window.company["member"].member),
        "/members/{id}": str(window.company["member"].member),
    }


def question(window: Window, row: str) -> str:
    """The path of that row's query."""
    path = row.partition(" ")[2]
    for template, id_ in names(window).items():
        if path.startswith(template):
            return template[: template.index("{")] + id_ + path.removeprefix(template)
    return path
