"""Organization: a tenant, typed, in a hierarchy, with its settings (domain.md 11 and 18).

Invariants: a supplier has an active parent that is a customer or Oraseas EE, the others have none;
an inactive organization has no active children; Oraseas EE and BossAqua stay what they are.
"""

from __future__ import annotations

from typing import Any, Literal, get_args
from uuid import UUID

import msgspec

from domain.base import Aggregate, Conflicting, Context, Event, InvalidValue, View
from domain.settings import Settings

OrganizationType = Literal["independent", "oraseas_ee", "bossaqua", "customer", "supplier"]
TYPES: tuple[OrganizationType, ...] = get_args(OrganizationType)
SINGLETONS = frozenset({"oraseas_ee", "bossaqua"})
PARENTS = frozenset({"customer", "oraseas_ee"})
"""Who may have suppliers."""


def normal_name(name: str) -> str:
    """What tells two names apart: neither case nor blanks."""
    return " ".join(name.split()).casefold()


class OrganizationEvent(Event):
    """Anything that happens to an organization."""


class OrganizationCreated(OrganizationEvent, tag="organization.created"):
    """A tenant exists."""

    name: str
    kind: OrganizationType
    parent: UUID | None = None

    def apply(self, organization: Organization, /) -> None:
        """Gives it what it is."""
        organization.title, organization.type = self.name, self.kind
        organization.parent, organization.active = self.parent, True


class OrganizationRenamed(OrganizationEvent, tag="organization.renamed"):
    """It has another name."""

    name: str

    def apply(self, organization: Organization, /) -> None:
        """Changes the name."""
        organization.title = self.name


class OrganizationRetyped(OrganizationEvent, tag="organization.retyped"):
    """It is of another type, and with that has a parent or none."""

    kind: OrganizationType
    parent: UUID | None

    def apply(self, organization: Organization, /) -> None:
        """Changes the type."""
        organization.type, organization.parent = self.kind, self.parent


class OrganizationDeactivated(OrganizationEvent, tag="organization.deactivated"):
    """Nobody of it can do anything any more."""

    def apply(self, organization: Organization, /) -> None:
        """Closes it."""
        organization.active = False


class OrganizationActivated(OrganizationEvent, tag="organization.activated"):
    """It is active again."""

    def apply(self, organization: Organization, /) -> None:
        """Opens it."""
        organization.active = True


class ChildJoined(OrganizationEvent, tag="organization.child_joined"):
    """An active organization has this one as its parent from now on."""

    child: UUID

    def apply(self, organization: Organization, /) -> None:
        """Knows it."""
        organization.children |= {self.child}


class ChildLeft(OrganizationEvent, tag="organization.child_left"):
    """A child is inactive, or has another parent or none."""

    child: UUID

    def apply(self, organization: Organization, /) -> None:
        """Forgets it."""
        organization.children -= {self.child}


class SettingsChanged(OrganizationEvent, tag="organization.settings_changed"):
    """Other values of these settings; null is the default."""

    changes: dict[str, Any]

    def apply(self, organization: Organization, /) -> None:
        """Keeps what differs from the defaults; a setting that was given up is passed over."""
        chosen = {**organization.chosen, **self.changes}
        organization.chosen = {
            name: value
            for name, value in chosen.items()
            if value is not None and name in Settings.__struct_fields__
        }
        organization.settings = msgspec.convert(organization.chosen, Settings)


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


class OrganizationView(View):
    """An organization."""

    id: UUID
    name: str
    type: OrganizationType
    parent: UUID | None
    active: bool


class Organization(Aggregate):
    """A tenant."""

    name = "organization"
    events = OrganizationEvent

    def __init__(self) -> None:
        self.title = ""
        self.type: OrganizationType = "independent"
        self.parent: UUID | None = None
        self.active = False
        self.children: frozenset[UUID] = frozenset()
        self.chosen: dict[str, Any] = {}
        self.settings = Settings()

    def create(
        self, name: str, kind: OrganizationType, parent: Organization | None, context: Context
    ) -> None:
        """Founds it, and tells its parent."""
        if self.version:
            raise OrganizationExists
        if not name.strip():
            raise BlankName(pointer="/name")
        self._check_parent(kind, parent)
        above = None if parent is None else parent.id
        self.record(OrganizationCreated(name=name.strip(), kind=kind, parent=above), context)
        if parent is not None:
            parent.record(ChildJoined(child=self.id), context.within(parent.id))

    def choose(self, changes: dict[str, Any], context: Context) -> None:
        """Changes settings; raises msgspec.ValidationError for what is none."""
        merged = {**self.chosen, **changes}
        msgspec.convert({k: v for k, v in merged.items() if v is not None}, Settings)
        if changes and merged != self.chosen:
            self.record(SettingsChanged(changes=changes), context)

    def _check_parent(self, kind: OrganizationType, parent: Organization | None) -> None:
        if (parent is None) != (kind != "supplier"):
            raise NoSuchParent(pointer="/parent")
        if parent is not None and (parent.type not in PARENTS or not parent.active):
            raise NoSuchParent(pointer="/parent")

    def view(self, _: Context) -> OrganizationView:
        return OrganizationView(
            id=self.id,
            name=self.title,
            type=self.type,
            parent=self.parent,
            active=self.active,
        )
