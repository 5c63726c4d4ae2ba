"""Organization: a tenant, typed, in a hierarchy, with its settings (domain.md 11 and 18).

Invariants: a supplier has an active parent that is a customer or Oraseas EE, the others have none;
an inactive organization has no active children; Oraseas EE and BossAqua stay what they are.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from domain.base import Aggregate, Context, Event
from domain.books import Remains
from domain.people.organization_commands import (
    BlankName,
    HasChildren,
    HasWarehouses,
    NoSuchParent,
    OrganizationExists,
    OrganizationType,
    OrganizationView,
    SettingsView,
    SingletonStays,
    StillInUse,
)
from domain.permissions import Permission
from domain.settings import Settings, settings_of, usable

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
        organization.chosen = usable({**organization.chosen, **self.changes})
        organization.settings = settings_of(organization.chosen)


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

    def seen_by(self, context: Context) -> bool:
        """Whether the actor may know of it: his own, his suppliers, or every one."""
        own = context.organization in (self.id, self.parent)
        return bool(self.version) and (own or context.may(Permission.ORGANIZATIONS_ADMINISTER))

    def create(
        self, name: str, kind: OrganizationType, parent: Organization | None, context: Context
    ) -> None:
        """Founds it, and tells its parent."""
        self.check_new(name, kind, parent)
        above = None if parent is None else parent.id
        created = OrganizationCreated(name=name.strip(), kind=kind, parent=above)
        self.record(created, context.within(self.id))
        self._join(parent, context)

    def check_new(self, name: str, kind: OrganizationType, parent: Organization | None) -> None:
        """Refuses what cannot be founded."""
        if self.version:
            raise OrganizationExists
        self._check_name(name)
        self._check_parent(kind, parent)

    def rename(self, name: str, context: Context) -> None:
        """Gives it another name."""
        self._check_name(name)
        if name.strip() != self.title:
            self.record(OrganizationRenamed(name=name.strip()), context.within(self.id))

    def retype(
        self,
        kind: OrganizationType,
        old: Organization | None,
        new: Organization | None,
        remains: Remains,
        context: Context,
    ) -> None:
        """Makes it another type, moves it to another parent, or both; tells both parents."""
        if (kind, new and new.id) == (self.type, self.parent):
            return
        if self.type in SINGLETONS or (kind in SINGLETONS and not self.active):
            raise SingletonStays(pointer="/type")
        self._check_parent(kind, new)
        if kind not in PARENTS:
            self._check_children()
        if kind == "supplier" and remains.warehouses:
            raise HasWarehouses(pointer="/type")
        self._leave(old, context)
        above = None if new is None else new.id
        self.record(OrganizationRetyped(kind=kind, parent=above), context.within(self.id))
        self._join(new, context)

    def deactivate(self, parent: Organization | None, remains: Remains, context: Context) -> None:
        """Closes it, and tells its parent; a second time it changes nothing."""
        if not self.active:
            return
        if self.type in SINGLETONS:
            raise SingletonStays
        self._check_children()
        if remains.users or remains.stock:
            raise StillInUse(users=remains.users, stock=remains.stock)
        self._leave(parent, context)
        self.record(OrganizationDeactivated(), context.within(self.id))

    def activate(self, parent: Organization | None, context: Context) -> None:
        """Opens it again, under a parent that is active."""
        if self.active:
            return
        self._check_parent(self.type, parent)
        self.record(OrganizationActivated(), context.within(self.id))
        self._join(parent, context)

    def choose(self, changes: dict[str, Any], context: Context) -> None:
        """Changes settings; raises msgspec.ValidationError for what is none."""
        merged = {**self.chosen, **changes}
        chosen = {name: value for name, value in merged.items() if value is not None}
        settings_of(chosen)
        if chosen != self.chosen:
            self.record(SettingsChanged(changes=changes), context.within(self.id))

    def _check_name(self, name: str) -> None:
        if not name.strip():
            raise BlankName(pointer="/name")

    def _check_children(self) -> None:
        if self.children:
            raise HasChildren(children=len(self.children))

    def _check_parent(self, kind: OrganizationType, parent: Organization | None) -> None:
        if (parent is None) != (kind != "supplier"):
            raise NoSuchParent(pointer="/parent")
        if parent is not None and (
            parent.id == self.id or parent.type not in PARENTS or not parent.active
        ):
            raise NoSuchParent(pointer="/parent")

    def _join(self, parent: Organization | None, context: Context) -> None:
        if parent is not None and self.active:
            parent.record(ChildJoined(child=self.id), context.within(parent.id))

    def _leave(self, parent: Organization | None, context: Context) -> None:
        if parent is not None and self.active:
            parent.record(ChildLeft(child=self.id), context.within(parent.id))

    def view(self, _: Context) -> OrganizationView:
        return OrganizationView(
            id=self.id,
            name=self.title,
            type=self.type,
            parent=self.parent,
            active=self.active,
            settings=SettingsView(
                values=self.settings, defaults=Settings(), chosen=tuple(sorted(self.chosen))
            ),
        )
