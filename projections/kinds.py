"""Which events belong together, so that a projection declares them by one name."""

from __future__ import annotations

from domain.base import Event
from domain.people.account import AccountEvent
from domain.people.member_events import MemberEvent
from domain.people.organization import OrganizationEvent
from domain.stock import movement as m
from domain.stock.imported_file import ImportedFileEvent
from domain.stock.place import PlaceEvent
from domain.stock.product import ProductEvent
from domain.stock.serial_unit import SerialUnitEvent
from domain.stock_take.counted_shelf import CountedShelfEvent
from domain.stock_take.item_events import ItemCountEvent
from domain.stock_take.session_events import SessionCompleted, SessionEvent

FAMILIES: tuple[type[Event], ...] = (
    PlaceEvent,
    ProductEvent,
    m.PoolStockEvent,
    SessionEvent,
    ItemCountEvent,
    CountedShelfEvent,
    ImportedFileEvent,
    SerialUnitEvent,
    AccountEvent,
    OrganizationEvent,
    MemberEvent,
)
"""The base of each kind of stream's events: a new one is added here."""
MOVEMENT_KINDS: tuple[type[m.Movement], ...] = (
    m.StockSet,
    m.StockAdjusted,
    m.StockReceived,
    m.StockConsumed,
    m.StockTransferredOut,
    m.StockTransferredIn,
    m.ReservationFulfilled,
    m.StockIssued,
    m.StockReturned,
    m.QuarantineRepaired,
    m.StockWrittenOff,
    m.CountAdjusted,
)
"""Every change of a quantity: a new one is added here."""
OVERRIDABLE: tuple[type[Event], ...] = (SessionCompleted,)
"""What may carry an override of the separation of duties: a new one is added here."""


def all_but(*own: type[Event]) -> tuple[type[Event], ...]:
    """What a projection ignores that is about these families only."""
    return tuple(family for family in FAMILIES if family not in own)
