"""Members as lists need them; their names are joined from identity."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.people import member as m
from projections.engine.projection import Of, Projection
from projections.kinds import all_but


class MemberRow(Struct, frozen=True, kw_only=True):
    """A member, by id."""

    id: UUID
    organization: UUID
    roles: tuple[str, ...]
    warehouses: tuple[UUID, ...]
    active: bool
    erased: bool
    added_at: datetime


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
