"""Security events: log-ins, refusals, overrides, who got which powers (domain.md 1.1, 11)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.base import Event
from domain.duties import Override
from domain.people import account as a
from domain.people import member_events as m
from projections.engine.projection import Of, Projection
from projections.kinds import OVERRIDABLE, all_but


class SecurityRow(Struct, frozen=True, kw_only=True):
    """An event of an account or a member, or one that carries an override; `member` is whose.

    `actor` brought it about. Of an override, `rule` was broken in the stream `subject`.
    """

    position: int
    organization: UUID
    type: str
    member: UUID | None
    actor: UUID
    session: UUID | None = None
    source: str | None = None
    failures: int | None = None
    until: datetime | None = None
    permission: str | None = None
    reason: str | None = None
    rule: str | None = None
    subject: UUID | None = None
    roles: tuple[str, ...] | None = None
    recorded_at: datetime


OF_PEOPLE: tuple[type[a.AccountEvent | m.MemberEvent], ...] = (
    a.LogInFailed,
    a.AccountLocked,
    a.AccountUnlocked,
    a.LoggedIn,
    a.GuessingSuspected,
    a.PermissionRefused,
    a.SessionEnded,
    a.PasswordChanged,
    a.Offered,
    a.EmailVerified,
    m.MemberAdded,
    m.RolesChanged,
    m.MemberInvited,
    m.InvitationAccepted,
    m.MemberDeactivated,
    m.MemberActivated,
    m.MemberErased,
)


WHY = ("reason", "how", "use")


def _row(_: SecurityRow | None, recorded: Of[a.AccountEvent | m.MemberEvent]) -> SecurityRow:
    event = recorded.event
    return SecurityRow(
        position=recorded.position,
        organization=recorded.organization,
        type=str(event.__struct_config__.tag).rpartition(".")[2],
        member=event.member if isinstance(event, a.AccountEvent) else recorded.stream,
        actor=recorded.actor,
        session=getattr(event, "session", None),
        source=getattr(event, "source", None),
        failures=getattr(event, "failures", None),
        until=getattr(event, "until", None),
        permission=getattr(event, "permission", None),
        reason=next((getattr(event, name) for name in WHY if hasattr(event, name)), None),
        roles=getattr(event, "roles", None),
        recorded_at=recorded.recorded_at,
    )


def _overridden(_: SecurityRow | None, recorded: Of[Event]) -> SecurityRow | None:
    override: Override | None = getattr(recorded.event, "override", None)
    if override is None:
        return None
    return SecurityRow(
        position=recorded.position,
        organization=recorded.organization,
        type="duties_overridden",
        member=override.by,
        actor=override.by,
        reason=override.reason,
        rule=override.rule,
        subject=recorded.stream,
        recorded_at=recorded.recorded_at,
    )


SECURITY_EVENTS = Projection(
    name="security_events",
    version=2,
    row=SecurityRow,
    keys=("position",),
    key=lambda recorded: (recorded.position,),
    handlers={**dict.fromkeys(OF_PEOPLE, _row), **dict.fromkeys(OVERRIDABLE, _overridden)},
    ignores=(
        m.ProfileChanged,
        m.WarehousesChanged,
        *all_but(a.AccountEvent, m.MemberEvent),
    ),
    ledger=True,
)
