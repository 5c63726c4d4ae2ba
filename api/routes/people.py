"""People: the caller himself, the others, and what concerns security."""

from __future__ import annotations

from api.routes.route import Route, delete, get, patch, post
from domain.people.account import unlock
from domain.people.member_commands import (
    activate_user,
    add_member,
    change_user,
    deactivate_user,
    erase_member,
    invite_user,
)
from domain.people.profile import change_profile, end_log_in_session
from projections.queries.log_in_sessions import log_in_sessions
from projections.queries.members import member, members, user, users
from projections.queries.people import me
from projections.queries.security_events import security_events

PEOPLE: tuple[Route, ...] = (
    get("/users/me", me, "Who am I"),
    patch("/users/me", change_profile, "Change one's own name or address"),
    get("/sessions", log_in_sessions, "Where one is logged in"),
    delete("/sessions/{id}", end_log_in_session, "End a log-in session"),
    get("/users", users, "Those who may log in, and those invited to"),
    post("/users/invitations", invite_user, "Offer somebody a log-in by mail", 201),
    get("/users/{id}", user, "One of those who may log in"),
    patch("/users/{id}", change_user, "Change name, roles or warehouses"),
    post("/users/{id}/deactivate", deactivate_user, "Shut a member out"),
    post("/users/{id}/activate", activate_user, "Let a member in again"),
    post("/users/{id}/unlock", unlock, "Lift a lockout"),
    get("/members", members, "All members, with or without a log-in"),
    post("/members", add_member, "Add a person who cannot log in", 201),
    get("/members/{id}", member, "One member"),
    patch("/members/{id}", change_user, "Change name, roles or warehouses"),
    delete("/members/{id}", erase_member, "Forget who a member was; what he did stays"),
    get("/security-events", security_events, "Log-ins, lockouts, refusals, overrides, roles"),
)
