"""Members as lists need them; their names are joined from identity."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.people import account as a
from domain.people import member_events as m
from projections.engine.projection import Of, Projection
from projections.kinds import all_but


class MemberRow(Struct, frozen=True, kw_only=True):
    """A member, by id; his log-in too, as far as lists of people show it."""

    id: UUID
    organization: UUID
    version: int
    roles: tuple[str, ...]
    warehouses: tuple[UUID, ...]
    active: bool
    erased: bool
    invited_until: datetime | None
    locked_until: datetime | None
    last_log_in_at: datetime | None
    added_at: datetime


def _added(_: MemberRow | None, recorded: Of[m.MemberAdded]) -> MemberRow:
    event = recorded.event
    return MemberRow(
        id=recorded.stream,
        organization=recorded.organization,
        version=recorded.version,
        roles=event.roles,
        warehouses=event.warehouses,
        active=True,
        erased=False,
        invited_until=None,
        locked_until=None,
        last_log_in_at=None,
        added_at=recorded.occurred_at,
    )


def _member(what: Callable[[Any], dict[str, Any]]) -> Callable[[Any, Of[Any]], MemberRow]:
    """A handler that puts what an event says into the row that is there."""

    def handle(row: MemberRow | None, recorded: Of[Any]) -> MemberRow:
        if row is None:
            raise LookupError(f"there is no member {recorded.stream}")
        return replace(row, version=recorded.version, **what(recorded.event))

    return handle


def _account(what: Callable[[Of[Any]], dict[str, Any]]) -> Callable[[Any, Of[Any]], Any]:
    """A handler of what happens to an account: many a username is nobody's."""
    return lambda row, recorded: None if row is None else replace(row, **what(recorded))


def _whose(recorded: Of[Any]) -> tuple[UUID]:
    """The member whom it is about."""
    event = recorded.event
    return ((isinstance(event, a.AccountEvent) and event.member) or recorded.stream,)


_SHUT = {"active": False, "invited_until": None}
MEMBERS = Projection(
    name="members",
    version=1,
    row=MemberRow,
    keys=("id",),
    key=_whose,
    handlers={
        m.MemberAdded: _added,
        m.ProfileChanged: _member(lambda _: {}),
        m.RolesChanged: _member(lambda event: {"roles": event.roles}),
        m.WarehousesChanged: _member(lambda event: {"warehouses": event.warehouses}),
        m.MemberInvited: _member(lambda event: {"invited_until": event.until}),
        m.InvitationAccepted: _member(lambda _: {"invited_until": None}),
        m.MemberDeactivated: _member(lambda _: _SHUT),
        m.MemberActivated: _member(lambda _: {"active": True}),
        m.MemberErased: _member(lambda _: {**_SHUT, "erased": True}),
        a.LoggedIn: _account(lambda recorded: {"last_log_in_at": recorded.occurred_at}),
        a.AccountLocked: _account(lambda recorded: {"locked_until": recorded.event.until}),
        a.AccountUnlocked: _account(lambda _: {"locked_until": None}),
    },
    ignores=(
        a.LogInFailed,
        a.GuessingSuspected,
        a.PermissionRefused,
        a.SessionEnded,
        a.PasswordChanged,
        a.Offered,
        a.EmailVerified,
        *all_but(m.MemberEvent, a.AccountEvent),
    ),
    temporal=True,
)
