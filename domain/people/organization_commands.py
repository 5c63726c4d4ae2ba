"""What may be asked of an organization, what is refused, and what it shows (domain.md 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from domain.base import Command, Conflicting, Forbidden, InvalidValue, View
from domain.ids import MailAddress, Name, OrganizationId
from domain.people.member_commands import PersonName
from domain.permissions import Permission
from domain.settings import Settings

OrganizationType = Literal["independent", "oraseas_ee", "bossaqua", "customer", "supplier"]


class FirstAdmin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is to manage a new organization: he is invited by mail."""

    name: PersonName
    username: MailAddress


class CreateOrganization(Command):
    """Founds an organization; a customer begins with an admin and a warehouse of its name."""

    permission = Permission.ORGANIZATIONS_MANAGE
    name: Name
    type: OrganizationType = "independent"
    parent: OrganizationId | None = None
    admin: FirstAdmin | None = None


class ChangeOrganization(Command):
    """Changes what is named; what becomes a supplier needs its parent named as well."""

    permission = Permission.ORGANIZATIONS_MANAGE
    name: Name | UnsetType = UNSET
    type: OrganizationType | UnsetType = UNSET
    parent: OrganizationId | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET


class DeactivateOrganization(Command):
    """Closes an organization; what it did stays."""

    permission = Permission.ORGANIZATIONS_MANAGE


if TYPE_CHECKING:

    class ChangeSettings(Command):
        """Changes the named settings; null goes back to the default."""

else:
    ChangeSettings = msgspec.defstruct(
        "ChangeSettings",
        [
            (field.name, field.type | None | UnsetType, UNSET)
            for field in msgspec.structs.fields(Settings)
        ],
        bases=(Command,),
        module=__name__,
        namespace={
            "__doc__": "Changes the named settings; null goes back to the default.",
            "permission": Permission.SETTINGS_MANAGE,
        },
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )


def changed(command: ChangeSettings) -> dict[str, Any]:
    """The settings that it names, as JSON has them."""
    found: dict[str, Any] = msgspec.to_builtins(command, enc_hook=str)
    return found


class OrganizationExists(Conflicting, code="ORGANIZATION_EXISTS"):
    """There is an organization of that id already."""


class NameTaken(Conflicting, code="NAME_TAKEN"):
    """Another organization has that name."""


class SingletonTaken(Conflicting, code="SINGLETON_TAKEN"):
    """There is one organization of that type already, and there can be one only."""


class BlankName(InvalidValue, code="BLANK_NAME"):
    """A name has at least one visible character."""


class NoSuchParent(InvalidValue, code="NO_SUCH_PARENT"):
    """A supplier's parent is an active customer or Oraseas EE; others have no parent."""


class AdminNeeded(InvalidValue, code="ADMIN_NEEDED"):
    """A customer needs somebody who manages it from the beginning."""


class HasChildren(Conflicting, code="HAS_CHILDREN"):
    """It has active children, which have to be deactivated or moved first."""


class StillInUse(Conflicting, code="STILL_IN_USE"):
    """It has active users, or stock, which have to go first."""


class HasWarehouses(Conflicting, code="HAS_WAREHOUSES"):
    """It has warehouses, and a supplier has none."""


class SingletonStays(Conflicting, code="SINGLETON_STAYS"):
    """Oraseas EE and BossAqua are never inactive, and are made nothing else."""


class NotYours(Forbidden, code="FORBIDDEN"):
    """You may manage your own organization and its suppliers, but not what it is."""


class SettingsView(View):
    """All settings as they are, what they would be, and the names of those that were chosen."""

    values: Settings
    defaults: Settings
    chosen: tuple[str, ...]


class OrganizationView(View):
    """An organization."""

    id: UUID
    name: str
    type: OrganizationType
    parent: UUID | None
    active: bool
    settings: SettingsView
