"""Which events belong together, so that a projection declares them by one name."""

from __future__ import annotations

from domain.stock import movement as m
from domain.stock.imported_file import ImportedFileEvent
from domain.stock.place import PlaceEvent
from domain.stock.product import ProductEvent
from domain.stock_take.counted_shelf import CountedShelfEvent
from domain.stock_take.item_events import ItemCountEvent
from domain.stock_take.session_events import SessionEvent

CATALOGUE = (PlaceEvent, ProductEvent, ImportedFileEvent)
"""What there is besides stock and stock-takes: places, products, and the files they came in."""
STOCK_TAKE = (SessionEvent, ItemCountEvent, CountedShelfEvent)
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
