"""Organizations and members as lists need them; names of people are joined from identity."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.people import member as m
from domain.people import organization as o
from projections.engine.projection import Of, Projection
from projections.kinds import all_but


class OrganizationRow(Struct, frozen=True, kw_only=True):
    """An organization, which owns its own row."""

    id: UUID
    organization: UUID
    name: str
    type: str
    parent: UUID | None
    active: bool
    created_at: datetime


class MemberRow(Struct, frozen=True, kw_only=True):
    """A member, by id."""

    id: UUID
    organization: UUID
    roles: tuple[str, ...]
    warehouses: tuple[UUID, ...]
    active: bool
    erased: bool
    added_at: datetime


def _created(_: OrganizationRow | None, recorded: Of[o.OrganizationCreated]) -> OrganizationRow:
    event = recorded.event
    return OrganizationRow(
        id=recorded.stream,
        organization=recorded.organization,
        name=event.name,
        type=event.kind,
        parent=event.parent,
        active=True,
        created_at=recorded.occurred_at,
    )


def _added(_: MemberRow | None, recorded: Of[m.MemberAdded]) -> MemberRow:
    event = recorded.event
    return MemberRow(
        id=recorded.stream,
        organization=recorded.organization,
        roles=event.roles,
        warehouses=event.warehouses,
        active=True,
        erased=False,
        added_at=recorded.occurred_at,
    )


def _now(what: Callable[[Any], dict[str, Any]]) -> Callable[[Any, Of[Any]], Any]:
    """A handler that puts what an event says into the row that is there."""

    def handle(row: Struct | None, recorded: Of[Any]) -> Struct:
        if row is None:
            raise LookupError(f"there is no {recorded.stream}")
        return replace(row, **what(recorded.event))

    return handle


_CLOSED, _OPEN = _now(lambda _: {"active": False}), _now(lambda _: {"active": True})
ORGANIZATIONS = Projection(
    name="organizations",
    version=1,
    row=OrganizationRow,
    keys=("id",),
    key=lambda recorded: (recorded.stream,),
    handlers={
        o.OrganizationCreated: _created,
        o.OrganizationRenamed: _now(lambda event: {"name": event.name}),
        o.OrganizationRetyped: _now(lambda event: {"type": event.kind, "parent": event.parent}),
        o.OrganizationDeactivated: _CLOSED,
        o.OrganizationActivated: _OPEN,
    },
    ignores=(
        o.ChildJoined,
        o.ChildLeft,
        o.SettingsChanged,
        *all_but(o.OrganizationEvent),
    ),
    temporal=True,
)
MEMBERS = Projection(
    name="members",
    version=1,
    row=MemberRow,
    keys=("id",),
    key=lambda recorded: (recorded.stream,),
    handlers={
        m.MemberAdded: _added,
        m.RolesChanged: _now(lambda event: {"roles": event.roles}),
        m.WarehousesChanged: _now(lambda event: {"warehouses": event.warehouses}),
        m.MemberDeactivated: _CLOSED,
        m.MemberActivated: _OPEN,
        m.MemberErased: _now(lambda _: {"active": False, "erased": True}),
    },
    ignores=all_but(m.MemberEvent),
    temporal=True,
)
