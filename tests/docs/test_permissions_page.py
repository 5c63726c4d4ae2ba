"""docs/permissions.md is what the roles and the routes say."""

from __future__ import annotations

from api.app import ROUTES
from tests.docs.permissions import PAGE, page


def test_the_page_is_up_to_date() -> None:
    """Otherwise: make permissions."""
    assert PAGE.read_text("utf-8") == page(), "run: make permissions"


def test_every_operation_stands_on_the_page_once() -> None:
    """A reader who looks for one finds it."""
    lines = page().splitlines()
    for route in ROUTES:
        assert lines.count(f"- `{route.method} {route.path}`: {route.summary}") == 1
