"""People: the caller himself."""

from __future__ import annotations

from api.routes.route import Route, get
from projections.queries.people import me

PEOPLE: tuple[Route, ...] = (get("/users/me", me, "Who am I"),)
