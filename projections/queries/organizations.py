"""Organizations that the caller may know of: his own, its suppliers, or all (domain.md 11)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from domain.base import NotFound, View
from domain.ids import OrganizationId
from domain.people.organization_commands import OrganizationType, SettingsView
from domain.permissions import Permission
from domain.settings import Settings, settings_of, usable
from projections.queries.base import (
    Cursor,
    Limit,
    Page,
    Query,
    Reads,
    Row,
    key_of,
    page,
    restored,
)
from projections.sql import statements

SQL = statements(__file__)
CHILDREN = 1_000
"""So many are shown of a parent's; a list of them has pages."""


class OrganizationEntry(View):
    """An organization; a supplier has a parent."""

    id: UUID
    name: str
    type: OrganizationType
    parent: UUID | None
    active: bool
    created_at: datetime
    version: int


class Hierarchy(OrganizationEntry):
    """An organization with what is below it, which has nothing below it (domain.md 11)."""

    children: tuple[OrganizationEntry, ...]


class Crossing(Query):
    """A query of one's own and of other organizations."""

    permission = Permission.ORGANIZATIONS_READ
    crosses = True


class AskOrganizations(Crossing):
    """Organizations by name."""

    limit: Limit = 50
    cursor: Cursor | None = None
    type: OrganizationType | None = None
    parent: UUID | None = None
    active: bool | None = None


class AskOrganization(Crossing):
    """Asks for one organization."""


class AskHierarchy(Crossing):
    """Asks for an organization and what is below it."""


class AskSettings(Crossing):
    """Asks for an organization's settings."""

    permission = Permission.SETTINGS_READ


async def organizations(query: AskOrganizations, reads: Reads) -> Page[OrganizationEntry]:
    """A page of those that the caller may know of."""
    after = key_of(query.cursor, tuple[str, UUID]) or (None, None)
    rows = await reads.fetch(
        SQL["organizations"],
        *_caller(reads),
        *(query.type, query.parent, query.active, *after, query.limit + 1),
    )
    found = [restored(OrganizationEntry, row) for row in rows]
    return page(found, query.limit, lambda one: (one.name, one.id))


async def organization(
    query: AskOrganization,
    reads: Reads,
    id: OrganizationId,  # noqa: A002 - the path's name
) -> OrganizationEntry:
    """One of those that the caller may know of."""
    return restored(OrganizationEntry, await _known(reads, id))


async def hierarchy(
    query: AskHierarchy,
    reads: Reads,
    id: OrganizationId,  # noqa: A002 - the path's name
) -> Hierarchy:
    """It and its children by name, inactive ones among them."""
    async with reads.snapshot() as fetch:
        top = await fetch(SQL["organization"], *_caller(reads), id)
        below = await fetch(SQL["children"], *_caller(reads), id, CHILDREN)
    if not top:
        raise NotFound
    entry = msgspec.structs.asdict(restored(OrganizationEntry, top[0]))
    return Hierarchy(**entry, children=tuple(restored(OrganizationEntry, row) for row in below))


async def settings(
    query: AskSettings,
    reads: Reads,
    id: OrganizationId,  # noqa: A002 - the path's name
) -> SettingsView:
    """All settings of it, and which of them were chosen."""
    row = await _known(reads, id)
    chosen = usable(msgspec.json.decode(row["chosen"]))
    return SettingsView(
        values=settings_of(chosen), defaults=Settings(), chosen=tuple(sorted(chosen))
    )


async def _known(reads: Reads, id_: UUID) -> Row:
    rows = await reads.fetch(SQL["organization"], *_caller(reads), id_)
    if not rows:
        raise NotFound
    return rows[0]


def _caller(reads: Reads) -> tuple[bool, UUID]:
    """Whether every organization is his, and which one is."""
    context = reads.context
    return context.may(Permission.ORGANIZATIONS_ADMINISTER), context.organization
