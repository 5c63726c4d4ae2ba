"""Members: who they are, what they may do, and whether they can log in (domain.md 11)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from domain.base import NotFound, View
from domain.permissions import Permission
from projections.people import MemberRow
from projections.queries.base import (
    Listing,
    Page,
    Reads,
    Row,
    Search,
    Temporal,
    key_of,
    page,
    restored,
)
from projections.sql import statements

SQL = statements(__file__)
IDLE = timedelta(days=90)
"""Who did not log in for so long is flagged."""
State = Literal["active", "invited", "locked", "inactive", "erased"]
Role = Annotated[str, Meta(max_length=60)]


class MemberDetails(View):
    """A member; name and username are null once he was erased, the latter also without a log-in.

    `idle`: he may log in and has not for 90 days.
    """

    id: UUID
    version: int
    name: str | None
    username: str | None
    status: State
    idle: bool
    roles: tuple[str, ...]
    warehouses: tuple[UUID, ...]
    invited_until: datetime | None
    locked_until: datetime | None
    last_log_in_at: datetime | None
    added_at: datetime


class Users(Listing):
    """Those with a username; `search` looks into names and usernames; `-` turns a sort round.

    Without `status` those who were erased are left out.
    """

    permission = Permission.MEMBERS_READ
    search: Search = ""
    role: Role | None = None
    status: Annotated[tuple[State, ...], Meta(max_length=5)] = ()
    warehouse: UUID | None = None
    sort: Literal["name", "-name", "username", "-username"] = "name"


class Members(Users):
    """All of them, with or without a log-in."""

    log_in: bool | None = None


class OneMember(Temporal):
    """One member."""

    permission = Permission.MEMBERS_READ


async def users(query: Users, reads: Reads) -> Page[MemberDetails]:
    """Those who may log in, or are invited to."""
    return await _listed(query, reads, log_in=True)


async def members(query: Members, reads: Reads) -> Page[MemberDetails]:
    """Whoever matches."""
    return await _listed(query, reads, log_in=query.log_in)


async def user(_: OneMember, reads: Reads, id: UUID) -> MemberDetails:  # noqa: A002 - the path's name
    """One of those who may log in, or are invited to."""
    found = await _known(reads, id)
    if found.username is None:
        raise NotFound
    return found


async def member(_: OneMember, reads: Reads, id: UUID) -> MemberDetails:  # noqa: A002 - the path's name
    """One member, also one who was erased."""
    return await _known(reads, id)


async def _known(reads: Reads, id_: UUID) -> MemberDetails:
    rows = await reads.fetch(SQL["member"], reads.context.organization, reads.context.now, id_)
    if not rows:
        raise NotFound
    return _details(rows[0], reads.context.now)


async def _listed(query: Users, reads: Reads, *, log_in: bool | None) -> Page[MemberDetails]:
    backwards, now = query.sort.startswith("-"), reads.context.now
    sql = SQL["members"].format(
        column=query.sort.lstrip("-"),
        direction="DESC" if backwards else "ASC",
        beyond="<" if backwards else ">",
    )
    rows = await reads.fetch(
        sql,
        *(reads.context.organization, now, query.search.strip().lower(), query.role),
        *(query.status, None if query.warehouse is None else str(query.warehouse), log_in),
        *(key_of(query.cursor, tuple[str, UUID]) or (None, None)),
        query.limit + 1,
    )
    shown = page(rows, query.limit, lambda row: (row["sorted"], row["id"]))
    return Page(items=[_details(row, now) for row in shown.items], next=shown.next)


def _details(row: Row, now: datetime) -> MemberDetails:
    known = restored(MemberRow, row)
    since = known.last_log_in_at or known.added_at
    may_come = row["username"] is not None and row["status"] in {"active", "locked"}
    return MemberDetails(
        id=known.id,
        version=known.version,
        name=row["name"],
        username=row["username"],
        status=row["status"],
        idle=may_come and now - since >= IDLE,
        roles=known.roles,
        warehouses=known.warehouses,
        invited_until=known.invited_until,
        locked_until=known.locked_until if row["status"] == "locked" else None,
        last_log_in_at=known.last_log_in_at,
        added_at=known.added_at,
    )
