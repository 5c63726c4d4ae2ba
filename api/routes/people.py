"""People: the caller himself, and what concerns security."""

from __future__ import annotations

from api.routes.route import Route, get, patch, post
from domain.people.account import unlock
from domain.people.member import add_member, change_user, deactivate_user
from projections.queries.people import me
from projections.queries.security_events import security_events

PEOPLE: tuple[Route, ...] = (
    get("/users/me", me, "Who am I"),
    post("/members", add_member, "Add a person who cannot log in", 201),
    patch("/users/{id}", change_user, "Change roles or warehouses"),
    post("/users/{id}/deactivate", deactivate_user, "Shut a member out"),
    post("/users/{id}/unlock", unlock, "Lift a lockout"),
    get("/security-events", security_events, "Log-ins, lockouts, refused permissions, overrides"),
)
