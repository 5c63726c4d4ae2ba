"""Commands that only begin something: the timers end it, and the end is in the same stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from api.routes.catalogue import DEACTIVATE
from api.routes.stock_take import COMPLETE
from domain.base import Event, Recorded, Refused
from domain.books import StockUnknown
from domain.duties import DutiesNotSeparated
from domain.stock import place as p
from domain.stock.pool_commands import NegativeResult
from domain.stock_take.posting import SplitMovement, UncountedItems
from domain.stock_take.session_events import SessionCompleted, SessionThawed
from projections.catalogue import PLACES
from projections.sessions import SESSIONS


class Ending(msgspec.Struct, frozen=True):
    """What ends it, and what that means to who has begun it."""

    events: tuple[type[Event], ...]
    projection: str
    """Its changes are looked out for."""
    begun: Callable[[Any], bool]
    """Whether a command's view shows something that has to end."""
    refusal: Callable[[Any], Refused | None]
    """The refusal that an ending event stands for; None: it is done."""

    def ends(self, recorded: Recorded) -> bool:
        """Whether it is over with that event."""
        return isinstance(recorded.event, self.events)


THAWED: dict[str, type[Refused]] = {
    refusal.code: refusal
    for refusal in (
        UncountedItems,
        NegativeResult,
        SplitMovement,
        StockUnknown,
        DutiesNotSeparated,
    )
}
KEPT: dict[str, type[Refused]] = {
    refusal.code: refusal
    for refusal in (p.StockLeft, p.StockStillReserved, p.StockTakeOpen, StockUnknown)
}


def _blocked(thawed: SessionThawed | SessionCompleted) -> Refused | None:
    if isinstance(thawed, SessionCompleted):
        return None
    return THAWED[thawed.code](f"{thawed.detail}.", items=thawed.items)


def _kept(end: p.WarehouseDeactivated | p.WarehouseActivated) -> Refused | None:
    if isinstance(end, p.WarehouseDeactivated):
        return None
    return KEPT.get(end.code, p.DeactivationCalledOff)(end.detail)


ENDINGS: dict[str, Ending] = {
    COMPLETE.path: Ending(
        (SessionThawed, SessionCompleted),
        SESSIONS.id,
        lambda session: session.status == "POSTING",
        _blocked,
    ),
    DEACTIVATE.path: Ending(
        (p.WarehouseDeactivated, p.WarehouseActivated),
        PLACES.id,
        lambda place: place.closing,
        _kept,
    ),
}
"""By the path of the command that begins it."""
