"""Security events: who logged in, who could not, who asked for what he may not (domain.md 11)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.people import account as a
from projections.engine.projection import Of, Projection
from projections.kinds import all_but


class SecurityRow(Struct, frozen=True, kw_only=True):
    """An event of an account; `member` is whose it is, `actor` who did it."""

    position: int
    organization: UUID
    type: str
    member: UUID | None
    actor: UUID
    session: UUID | None
    source: str | None
    failures: int | None
    until: datetime | None
    permission: str | None
    reason: str | None
    recorded_at: datetime


def _row(_: SecurityRow | None, recorded: Of[a.AccountEvent]) -> SecurityRow:
    event = recorded.event
    return SecurityRow(
        position=recorded.position,
        organization=recorded.organization,
        type=str(event.__struct_config__.tag).rpartition(".")[2],
        member=event.member,
        actor=recorded.actor,
        session=getattr(event, "session", None),
        source=getattr(event, "source", None),
        failures=getattr(event, "failures", None),
        until=getattr(event, "until", None),
        permission=getattr(event, "permission", None),
        reason=getattr(event, "reason", None),
        recorded_at=recorded.recorded_at,
    )


SECURITY_EVENTS = Projection(
    name="security_events",
    version=1,
    row=SecurityRow,
    keys=("position",),
    key=lambda recorded: (recorded.position,),
    handlers=dict.fromkeys(
        (
            a.LogInFailed,
            a.AccountLocked,
            a.AccountUnlocked,
            a.LoggedIn,
            a.GuessingSuspected,
            a.PermissionRefused,
            a.SessionEnded,
        ),
        _row,
    ),
    ignores=all_but(a.AccountEvent),
    ledger=True,
)
