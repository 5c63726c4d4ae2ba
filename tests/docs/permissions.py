"""Writes docs/permissions.md: who may do what, from the roles and the routes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from api.app import ROUTES
from api.routes.route import Route
from domain.permissions import ROLES, Permission

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
HEAD = """\
# Permissions

Made by `make permissions` from the roles (`domain/permissions.py`) and the routes; a test fails
where this page is out of date.

A person may do what any of his roles allows, in his own organization. `manager` stands beside
another role; `system` is what the product does by itself and is granted to nobody. Whoever lacks an
operation's permission is answered 403 `FORBIDDEN`, and that he asked is a security event.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_roles(), "", *_operations()]) + "\n"


def _roles() -> Iterator[str]:
    yield "## Roles"
    yield ""
    yield "| permission | " + " | ".join(ROLES) + " |"
    yield "|---|" + ":-:|" * len(ROLES)
    for permission in Permission:
        marks = ["x" if permission in allowed else "" for allowed in ROLES.values()]
        yield f"| `{permission}` | " + " | ".join(marks) + " |"


def _operations() -> Iterator[str]:
    yield "## Operations"
    for permission in Permission:
        yield from _section(f"`{permission}`", [r for r in ROUTES if r.permission == permission])
    others = [route for route in ROUTES if route.permission is None]
    yield from _section("Whoever is logged in", [r for r in others if not r.public])
    yield from _section("Everybody", [r for r in others if r.public])


def _section(heading: str, routes: list[Route]) -> Iterator[str]:
    yield f"\n### {heading}\n"
    for route in routes:
        yield f"- `{route.method} {route.path}`: {route.summary}"
    if not routes:
        yield "No operation of its own."


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
