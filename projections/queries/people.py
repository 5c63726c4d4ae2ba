"""Who the caller is."""

from __future__ import annotations

from uuid import UUID

from domain.base import NotFound, View
from domain.permissions import Permission
from projections.queries.base import Query, Reads
from projections.sql import statements

SQL = statements(__file__)


class AskMe(Query):
    """Asks for the caller himself."""

    permission = Permission.PROFILE_READ


class Me(View):
    """The caller: what he may do, and where."""

    id: UUID
    username: str | None
    email_verified: bool
    """Whether he has shown that mail reaches him there."""
    new_username: str | None
    """The address that he wants, until he confirms it."""
    name: str
    roles: tuple[str, ...]
    permissions: tuple[str, ...]
    organization: UUID
    organization_name: str
    organization_type: str
    warehouses: tuple[UUID, ...]


async def me(query: AskMe, reads: Reads) -> Me:
    """The caller's profile."""
    context = reads.context
    rows = await reads.fetch(SQL["me"], context.organization, context.actor)
    if not rows:
        raise NotFound
    row = rows[0]
    return Me(
        id=context.actor,
        username=row["username"],
        email_verified=row["email_verified"],
        new_username=row["new_username"],
        name=row["name"],
        roles=context.roles,
        permissions=tuple(sorted(context.permissions)),
        organization=context.organization,
        organization_name=context.organization_name,
        organization_type=context.organization_type,
        warehouses=context.warehouses,
    )
