"""People: the caller himself, and what concerns security."""

from __future__ import annotations

from api.routes.route import Route, get, post
from domain.people.account import unlock
from projections.queries.people import me
from projections.queries.security_events import security_events

PEOPLE: tuple[Route, ...] = (
    get("/users/me", me, "Who am I"),
    post("/users/{id}/unlock", unlock, "Lift a lockout"),
    get("/security-events", security_events, "Log-ins, lockouts, refused permissions"),
)
