"""Where each stock-take stands in the log: the auditor's replay reads the events themselves."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from domain.stock_take import counted_shelf as shelf
from domain.stock_take import item_events as i
from domain.stock_take import session_events as s
from projections.engine.projection import Of, Projection
from projections.kinds import all_but


class ReplayRow(Struct, frozen=True, kw_only=True):
    """An event of a session's own; `item` is null for what concerns the whole session."""

    position: int
    organization: UUID
    session: UUID
    item: UUID | None


Own = s.SessionEvent | i.ItemCountEvent | shelf.ShelfClaimed


def _row(_: ReplayRow | None, recorded: Of[Own]) -> ReplayRow:
    event = recorded.event
    return ReplayRow(
        position=recorded.position,
        organization=recorded.organization,
        session=getattr(event, "session", recorded.stream),
        item=getattr(event, "item", None),
    )


REPLAY = Projection(
    name="replay",
    version=1,
    row=ReplayRow,
    keys=("position",),
    key=lambda recorded: (recorded.position,),
    handlers=dict.fromkeys(
        (
            s.SessionCreated,
            s.SessionSetupChanged,
            s.SessionStarted,
            s.SessionPaused,
            s.SessionResumed,
            s.SessionFrozen,
            s.SessionThawed,
            s.SessionPosted,
            s.SessionCompleted,
            s.SessionCancelled,
            shelf.ShelfClaimed,
            i.ItemExpected,
            i.ItemFound,
            i.LockAcquired,
            i.LockRenewed,
            i.LockReleased,
            i.LockBroken,
            i.CountRecorded,
            i.CountSuperseded,
            i.CountWithdrawn,
            i.ItemPosted,
        ),
        _row,
    ),
    ignores=all_but(s.SessionEvent, i.ItemCountEvent, shelf.CountedShelfEvent),
    ledger=True,
)
