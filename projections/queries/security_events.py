"""What concerns security in an organization, for its admins (domain.md 11)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal, get_args
from uuid import UUID

from msgspec import Meta
from msgspec.structs import asdict

from domain.base import Instant, View, utc
from domain.permissions import Permission
from projections.queries.base import (
    Listing,
    Page,
    Person,
    Reads,
    Row,
    key_of,
    page,
    people,
    restored,
)
from projections.security_events import SecurityRow
from projections.sql import statements

SQL = statements(__file__)
EventType = Literal[
    "log_in_failed",
    "locked",
    "unlocked",
    "logged_in",
    "guessing_suspected",
    "permission_refused",
    "session_ended",
    "password_changed",
    "offered",
    "email_verified",
    "duties_overridden",
    "added",
    "roles_changed",
    "invited",
    "invitation_accepted",
    "deactivated",
    "activated",
    "erased",
]
MOST_TYPES = len(get_args(EventType))


class SecurityEvent(View):
    """An event of a member or his account, or what he overrode; `actor` brought it about.

    `source` is a fingerprint of the network address: equal for equal addresses, and no address.
    Of an override, `rule` was broken in what `subject` is the id of, for that `reason`.
    """

    position: int
    type: EventType
    member: Person | None
    actor: Person
    session: UUID | None
    source: str | None
    failures: int | None
    until: datetime | None
    permission: str | None
    reason: str | None
    rule: str | None
    subject: UUID | None
    roles: tuple[str, ...] | None
    """All that he has from then on."""
    recorded_at: datetime


class SecurityEvents(Listing):
    """Newest first."""

    permission = Permission.SECURITY_READ
    member: UUID | None = None
    types: Annotated[tuple[EventType, ...], Meta(max_length=MOST_TYPES)] = ()
    since: Instant | None = None


async def security_events(query: SecurityEvents, reads: Reads) -> Page[SecurityEvent]:
    """The organization's security events that match."""
    (before,) = key_of(query.cursor, tuple[int]) or (None,)
    rows = await reads.fetch(
        SQL["events"],
        *(reads.context.organization, query.member, query.types),
        None if query.since is None else utc(query.since, "/since"),
        *(before, query.limit + 1),
    )
    person = await people(reads, (one for row in rows for one in (row["member"], row["actor"])))
    found = [_view(row, person) for row in rows]
    return page(found, query.limit, lambda event: (event.position,))


def _view(row: Row, person: Callable[[UUID], Person]) -> SecurityEvent:
    facts = asdict(restored(SecurityRow, row))
    del facts["organization"]
    member, actor = facts.pop("member"), facts.pop("actor")
    return SecurityEvent(
        member=None if member is None else person(member), actor=person(actor), **facts
    )
