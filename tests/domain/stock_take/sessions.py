"""Histories of a stock-take that examples begin with."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.ids import item_count_id
from domain.stock_take import session_events as e
from domain.stock_take.session import StockTakeSession
from tests.domain.stock.pools import PRODUCT, WAREHOUSE
from tests.specification import ANN, BOB, EVE, fold

SESSION = UUID(int=31)
COUNT = item_count_id(SESSION, PRODUCT)
CAROL = UUID(int=14)
SETUP: dict[str, Any] = {"name": "", "notes": "", "is_multi_user": True, "blind": True}
SETUP |= {"claims_shelves": False, "counters": (ANN, BOB), "shelves": {}, "scope": e.Scope()}


def created(**changes: Any) -> e.SessionCreated:
    """A session that Eve planned for Ann and Bob, with other fields."""
    code = {"code": "ST-MAR25A", "warehouse": WAREHOUSE, "creator": EVE}
    return e.SessionCreated(**(SETUP | code | changes))


def changed(**changes: Any) -> e.SessionSetupChanged:
    """The whole set-up with other fields."""
    return e.SessionSetupChanged(**(SETUP | changes))


STARTED, PAUSED, RESUMED = e.SessionStarted(items=4), e.SessionPaused(), e.SessionResumed()
FROZEN = e.SessionFrozen(policy="BLOCK", leave_out=(), paused=False, completer=EVE)
FROZEN_IN_PAUSE = e.SessionFrozen(policy="BLOCK", leave_out=(), paused=True, completer=EVE)
THAWED = e.SessionThawed(code="UNCOUNTED_ITEMS", detail="1 item(s)", items=(COUNT,))
TOTALS = e.Totals(
    items=4,
    posted=3,
    uncounted=1,
    left_out=0,
    net_value=Decimal("-5.88"),
    gross_value=Decimal("5.88"),
)
COMPLETED, CANCELLED = e.SessionCompleted(totals=TOTALS), e.SessionCancelled(reason="flood")

HISTORIES: dict[str, tuple[e.SessionEvent, ...]] = {
    "NONE": (),
    "DRAFT": (created(),),
    "ACTIVE": (created(), STARTED),
    "PAUSED": (created(), STARTED, PAUSED),
    "POSTING": (created(), STARTED, FROZEN),
    "COMPLETED": (created(), STARTED, FROZEN, COMPLETED),
    "CANCELLED": (created(), STARTED, CANCELLED),
}
"""What led to each status."""


def session(*history: e.SessionEvent) -> StockTakeSession:
    """The session that the events lead to; without events one that Ann and Bob may count in."""
    return fold(StockTakeSession, *(history or HISTORIES["ACTIVE"]), stream=SESSION)
