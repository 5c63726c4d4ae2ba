"""Sessions: one row per stock-take."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.stock_take import session_events as s
from projections.engine.projection import Of, Projection
from projections.kinds import all_but


class SessionRow(Struct, frozen=True, kw_only=True):
    """A stock-take; `activation` voids the locks of earlier ones."""

    id: UUID
    organization: UUID
    code: str
    status: s.Status
    warehouse: UUID
    name: str
    notes: str
    is_multi_user: bool
    blind: bool
    claims_shelves: bool
    creator: UUID
    counters: tuple[UUID, ...]
    shelves: dict[str, UUID]
    scope: s.Scope
    items: int
    activation: int
    paused: bool
    totals: s.Totals | None
    created_at: datetime
    started_at: datetime | None
    started_position: int | None
    ended_at: datetime | None
    ended_position: int | None
    version: int


def _created(_: SessionRow | None, recorded: Of[s.SessionCreated]) -> SessionRow:
    event = recorded.event
    return SessionRow(
        id=recorded.stream,
        organization=recorded.organization,
        code=event.code,
        status="DRAFT",
        warehouse=event.warehouse,
        name=event.name,
        notes=event.notes,
        is_multi_user=event.is_multi_user,
        blind=event.blind,
        claims_shelves=event.claims_shelves,
        creator=event.creator,
        counters=event.counters,
        shelves=event.shelves,
        scope=event.scope,
        items=0,
        activation=0,
        paused=False,
        totals=None,
        created_at=recorded.recorded_at,
        started_at=None,
        started_position=None,
        ended_at=None,
        ended_position=None,
        version=recorded.version,
    )


def _seen(row: SessionRow | None, recorded: Of[s.SessionEvent]) -> SessionRow:
    if row is None:
        raise LookupError("no such session")
    return replace(row, version=recorded.version)


def _changed(row: SessionRow | None, recorded: Of[s.SessionSetupChanged]) -> SessionRow:
    event = recorded.event
    return replace(
        _seen(row, recorded),
        name=event.name,
        notes=event.notes,
        is_multi_user=event.is_multi_user,
        blind=event.blind,
        claims_shelves=event.claims_shelves,
        counters=event.counters,
        shelves=event.shelves,
        scope=event.scope,
    )


def _started(row: SessionRow | None, recorded: Of[s.SessionStarted]) -> SessionRow:
    return replace(
        _seen(row, recorded),
        status="ACTIVE",
        items=recorded.event.items,
        activation=1,
        started_at=recorded.occurred_at,
        started_position=recorded.position,
    )


def _paused(row: SessionRow | None, recorded: Of[s.SessionPaused]) -> SessionRow:
    return replace(_seen(row, recorded), status="PAUSED", paused=True)


def _resumed(row: SessionRow | None, recorded: Of[s.SessionResumed]) -> SessionRow:
    seen = _seen(row, recorded)
    return replace(seen, status="ACTIVE", paused=False, activation=seen.activation + 1)


def _frozen(row: SessionRow | None, recorded: Of[s.SessionFrozen]) -> SessionRow:
    return replace(_seen(row, recorded), status="POSTING")


def _thawed(row: SessionRow | None, recorded: Of[s.SessionThawed]) -> SessionRow:
    seen = _seen(row, recorded)
    return replace(seen, status="PAUSED" if seen.paused else "ACTIVE")


def _ended(
    row: SessionRow | None, recorded: Of[s.SessionCompleted | s.SessionCancelled]
) -> SessionRow:
    event = recorded.event
    completed = event if isinstance(event, s.SessionCompleted) else None
    return replace(
        _seen(row, recorded),
        status="COMPLETED" if completed else "CANCELLED",
        totals=completed.totals if completed else None,
        ended_at=recorded.occurred_at,
        ended_position=recorded.position,
    )


SESSIONS = Projection(
    name="sessions",
    version=1,
    row=SessionRow,
    keys=("id",),
    key=lambda recorded: (recorded.stream,),
    handlers={
        s.SessionCreated: _created,
        s.SessionSetupChanged: _changed,
        s.SessionStarted: _started,
        s.SessionPaused: _paused,
        s.SessionResumed: _resumed,
        s.SessionFrozen: _frozen,
        s.SessionThawed: _thawed,
        s.SessionPosted: _seen,
        s.SessionCompleted: _ended,
        s.SessionCancelled: _ended,
    },
    ignores=all_but(s.SessionEvent),
    temporal=True,
    fixed=("warehouse", "code"),
)
