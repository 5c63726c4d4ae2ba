"""Organizations as lists need them, with the settings that each has chosen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.people import organization as o
from projections.engine.projection import Of, Projection
from projections.kinds import all_but


class OrganizationRow(Struct, frozen=True, kw_only=True):
    """An organization, which owns its own row; `chosen` are its settings that were ever chosen."""

    id: UUID
    organization: UUID
    name: str
    type: str
    parent: UUID | None
    active: bool
    chosen: dict[str, Any]
    created_at: datetime
    version: int


def _created(_: OrganizationRow | None, recorded: Of[o.OrganizationCreated]) -> OrganizationRow:
    event = recorded.event
    return OrganizationRow(
        id=recorded.stream,
        organization=recorded.organization,
        name=event.name,
        type=event.kind,
        parent=event.parent,
        active=True,
        chosen={},
        created_at=recorded.occurred_at,
        version=recorded.version,
    )


def _tuned(row: OrganizationRow | None, recorded: Of[o.SettingsChanged]) -> OrganizationRow:
    merged = {**_known(row, recorded).chosen, **recorded.event.changes}
    chosen = {name: value for name, value in merged.items() if value is not None}
    return replace(_known(row, recorded), chosen=chosen, version=recorded.version)


def _now(
    what: Callable[[Any], dict[str, Any]],
) -> Callable[[OrganizationRow | None, Of[Any]], OrganizationRow]:
    """A handler that puts what an event says into the row that is there."""

    def handle(row: OrganizationRow | None, recorded: Of[Any]) -> OrganizationRow:
        changes = {**what(recorded.event), "version": recorded.version}
        return replace(_known(row, recorded), **changes)

    return handle


def _known(row: OrganizationRow | None, recorded: Of[Any]) -> OrganizationRow:
    if row is None:
        raise LookupError(f"there is no organization {recorded.stream}")
    return row


ORGANIZATIONS = Projection(
    name="organizations",
    version=2,
    row=OrganizationRow,
    keys=("id",),
    key=lambda recorded: (recorded.stream,),
    handlers={
        o.OrganizationCreated: _created,
        o.OrganizationRenamed: _now(lambda event: {"name": event.name}),
        o.OrganizationRetyped: _now(lambda event: {"type": event.kind, "parent": event.parent}),
        o.OrganizationDeactivated: _now(lambda _: {"active": False}),
        o.OrganizationActivated: _now(lambda _: {"active": True}),
        o.ChildJoined: _now(lambda _: {}),
        o.ChildLeft: _now(lambda _: {}),
        o.SettingsChanged: _tuned,
    },
    ignores=all_but(o.OrganizationEvent),
)
