"""Log-in sessions: where somebody is logged in (domain.md 11)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.base import View
from domain.permissions import Permission
from projections.queries.base import Cursor, Limit, Page, Person, Query, Reads, key_of, page, people
from projections.sql import statements

SQL = statements(__file__)


class LogInSession(View):
    """A session that has not ended; `current` is the one that asks."""

    id: UUID
    member: Person
    current: bool
    user_agent: str | None
    """What the browser or device said of itself at the log-in."""
    started_at: datetime
    refreshed_at: datetime
    expires_at: datetime


class LogInSessions(Query):
    """Newest first: the caller's own, or with sessions:manage all of his organization."""

    permission = Permission.PROFILE_READ
    member: UUID | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


async def log_in_sessions(query: LogInSessions, reads: Reads) -> Page[LogInSession]:
    """The live sessions that the caller may end."""
    context = reads.context
    everybody = context.may(Permission.SESSIONS_MANAGE)
    whose = query.member if everybody else context.actor
    if not everybody and query.member not in {None, context.actor}:
        return Page(items=[])
    after = key_of(query.cursor, tuple[datetime, UUID]) or (None, None)
    rows = await reads.fetch(
        SQL["sessions"], context.organization, whose, context.now, *after, query.limit + 1
    )
    person = await people(reads, (row["member"] for row in rows))
    found = [
        LogInSession(
            id=row["id"],
            member=person(row["member"]),
            current=row["id"] == context.session,
            user_agent=row["user_agent"],
            started_at=row["started_at"],
            refreshed_at=row["rotated_at"],
            expires_at=row["expires_at"],
        )
        for row in rows
    ]
    return page(found, query.limit, lambda one: (one.started_at, one.id))
