"""Changes of an organization that concern its parent, its name, or what it has (domain.md 11)."""

from __future__ import annotations

from uuid import UUID

from msgspec import UNSET

from domain.base import NotFound
from domain.books import Remains
from domain.ids import OrganizationId
from domain.people.founding import NAME, TYPE, name_claim
from domain.people.organization import SINGLETONS, Organization
from domain.people.organization_commands import (
    ChangeOrganization,
    ChangeSettings,
    DeactivateOrganization,
    NameTaken,
    NotYours,
    OrganizationType,
    SingletonTaken,
    changed,
)
from domain.permissions import Permission
from domain.ports import GLOBAL, UnitOfWork


async def change_organization(
    command: ChangeOrganization,
    unit: UnitOfWork,
    id: OrganizationId,  # noqa: A002 - the path's name
) -> Organization:
    """Renames, retypes, moves, closes or opens it; all of what is named, or nothing."""
    organization = await _known(unit, id)
    kind = organization.type if command.type is UNSET else command.type
    above = _above(command, organization, kind)
    becomes = (kind, above) != (organization.type, organization.parent)
    if becomes and not unit.context.may(Permission.ORGANIZATIONS_ADMINISTER):
        raise NotYours
    old = await _parent(unit, organization.parent)
    new = await _parent(unit, above)
    asked = command.active is False or (becomes and kind == "supplier")
    remains = await unit.books.remains(id) if asked else Remains()
    if command.name is not UNSET:
        _rename(organization, command.name, unit)
    if becomes:
        organization.retype(kind, old, new, remains, unit.context)
    if becomes and kind in SINGLETONS:
        unit.take(TYPE, kind, id, SingletonTaken, of=GLOBAL)
    if command.active is True:
        organization.activate(new, unit.context)
    elif command.active is False:
        organization.deactivate(new, remains, unit.context)
    return organization


async def deactivate_organization(
    _: DeactivateOrganization,
    unit: UnitOfWork,
    id: OrganizationId,  # noqa: A002 - the path's name
) -> Organization:
    """Closes it; refused while it has active children, users or stock."""
    organization = await _known(unit, id)
    parent = await _parent(unit, organization.parent)
    organization.deactivate(parent, await unit.books.remains(id), unit.context)
    return organization


async def change_settings(
    command: ChangeSettings,
    unit: UnitOfWork,
    id: OrganizationId,  # noqa: A002 - the path's name
) -> Organization:
    """Changes the settings that are named."""
    organization = await _known(unit, id)
    organization.choose(changed(command), unit.context)
    return organization


async def _known(unit: UnitOfWork, id_: UUID) -> Organization:
    organization = await unit.load(Organization, id_, of=id_)
    if not organization.seen_by(unit.context):
        raise NotFound
    return organization


async def _parent(unit: UnitOfWork, id_: UUID | None) -> Organization | None:
    return None if id_ is None else await unit.load(Organization, id_, of=id_)


def _above(
    command: ChangeOrganization, organization: Organization, kind: OrganizationType
) -> UUID | None:
    """Its parent from now on: who is no supplier any more has none."""
    if command.parent is not UNSET:
        return command.parent
    return organization.parent if kind == "supplier" else None


def _rename(organization: Organization, name: str, unit: UnitOfWork) -> None:
    held, wanted = name_claim(organization.title), name_claim(name)
    organization.rename(name, unit.context)
    if held != wanted:
        unit.release(NAME, held, organization.id, of=GLOBAL)
        unit.take(NAME, wanted, organization.id, NameTaken, of=GLOBAL)
