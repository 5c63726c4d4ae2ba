"""What happens to pooled stock: the events of a PoolStock (domain.md 3.1 and 15).

A Movement changes a quantity and is fat: it carries every key that a read model files it under, the
signed deltas, so that the book of any moment can be rebuilt in whatever order things were recorded,
and the balance.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from domain.base import Event
from domain.stock.promises import Issuance, Reservation

if TYPE_CHECKING:
    from domain.stock.pool_stock import PoolStock

Condition = Literal["excellent", "good", "fair", "poor", "damaged", "out_of_service"]
Bucket = Literal["usable", "quarantine"]
ReleaseReason = Literal["RELEASED", "EXPIRED", "COUNT_SHORTFALL"]
WriteOffSource = Literal["stock", "quarantine", "issuance"]


class PoolStockEvent(Event):
    """Anything that happens to a PoolStock."""


class Movement(PoolStockEvent):
    """A change of on_hand or quarantine by a delta; beside each its new balance."""

    product: UUID
    place: UUID
    warehouse: UUID
    delta: Decimal
    on_hand: Decimal
    quarantine_delta: Decimal
    quarantine: Decimal

    def apply(self, stock: PoolStock, /) -> None:
        """Moves both buckets."""
        stock.on_hand += self.delta
        stock.quarantine += self.quarantine_delta


class PoolCreated(PoolStockEvent, tag="pool_stock.created"):
    """`place_code` is the place's code under its warehouse, blank for the warehouse itself."""

    product: UUID
    place: UUID
    warehouse: UUID
    place_code: str
    whole: bool
    threshold: Decimal | None = None

    def apply(self, stock: PoolStock, /) -> None:
        """Opens the entry, or opens it again after a deletion."""
        stock.exists = True
        stock.product, stock.place, stock.warehouse = self.product, self.place, self.warehouse
        stock.place_code, stock.whole, stock.threshold = self.place_code, self.whole, self.threshold
        stock.maximum, stock.bin, stock.note = None, "", ""


class EntryUpdated(PoolStockEvent, tag="pool_stock.entry_updated"):
    """All of the entry's settings as they are from now on."""

    threshold: Decimal | None
    maximum: Decimal | None
    bin: str
    note: str

    def apply(self, stock: PoolStock, /) -> None:
        """Replaces the settings."""
        stock.threshold, stock.maximum = self.threshold, self.maximum
        stock.bin, stock.note = self.bin, self.note


class PoolDeleted(PoolStockEvent, tag="pool_stock.deleted"):
    """The empty entry is gone until stock comes again."""

    def apply(self, stock: PoolStock, /) -> None:
        """Closes the entry."""
        stock.exists = False


class StockSet(Movement, tag="pool_stock.set"):
    """The quantity was corrected to a figure."""

    reason: str


class StockAdjusted(Movement, tag="pool_stock.adjusted"):
    """The quantity was corrected by a difference."""

    reason: str


class StockReceived(Movement, tag="pool_stock.received"):
    """Stock came in at a unit cost, as one lot where it has one."""

    unit_cost: Decimal
    reason: str = ""
    lot: str | None = None
    expiry: date | None = None


class StockConsumed(Movement, tag="pool_stock.consumed"):
    """Stock was used up for a job or on a machine, or sold."""

    job: str


class StockTransferredOut(Movement, tag="pool_stock.transferred_out"):
    """Stock left for another place in the same append."""

    to: UUID


class StockTransferredIn(Movement, tag="pool_stock.transferred_in"):
    """Stock came from another place in the same append."""

    source: UUID


class StockReserved(PoolStockEvent, tag="pool_stock.reserved"):
    """A part of on_hand is kept for an order."""

    number: int
    quantity: Decimal
    order: str
    expires_at: datetime | None

    def apply(self, stock: PoolStock, /) -> None:
        """Adds a reservation."""
        kept = Reservation(self.quantity, self.order, self.expires_at)
        stock.reservations.add(self.number, kept)


class ReservationReleased(PoolStockEvent, tag="pool_stock.reservation_released"):
    """What was kept is free again, in part or whole; `remaining` is what stays reserved."""

    number: int
    quantity: Decimal
    remaining: Decimal
    reason: ReleaseReason

    def apply(self, stock: PoolStock, /) -> None:
        """Lowers the reservation."""
        stock.reservations.lower(self.number, self.quantity)


class ReservationFulfilled(Movement, tag="pool_stock.reservation_fulfilled"):
    """What was kept for an order went out; `remaining` is what stays reserved."""

    number: int
    quantity: Decimal
    remaining: Decimal

    def apply(self, stock: PoolStock, /) -> None:
        """Lowers on_hand and the reservation together."""
        super().apply(stock)
        stock.reservations.lower(self.number, self.quantity)


class StockIssued(Movement, tag="pool_stock.issued"):
    """A member took a quantity; it is still owned."""

    number: int
    member: UUID
    quantity: Decimal
    reason: str

    def apply(self, stock: PoolStock, /) -> None:
        """Adds an issuance."""
        super().apply(stock)
        stock.issuances.add(self.number, Issuance(self.quantity, self.member))


class StockReturned(Movement, tag="pool_stock.returned"):
    """A member brought back: damaged goes to quarantine, `outstanding` is what he still has."""

    number: int
    member: UUID
    quantity: Decimal
    outstanding: Decimal
    condition: Condition
    note: str = ""

    def apply(self, stock: PoolStock, /) -> None:
        """Lowers the issuance."""
        super().apply(stock)
        stock.issuances.lower(self.number, self.quantity)


class QuarantineRepaired(Movement, tag="pool_stock.quarantine_repaired"):
    """What was in quarantine is usable again."""

    note: str = ""


class StockWrittenOff(Movement, tag="pool_stock.written_off"):
    """Stock is gone for good; from an issuance neither bucket changes."""

    source: WriteOffSource
    quantity: Decimal
    reason: str
    number: int = 0

    def apply(self, stock: PoolStock, /) -> None:
        """Lowers the bucket or the issuance."""
        super().apply(stock)
        if self.source == "issuance":
            stock.issuances.lower(self.number, self.quantity)


class CountAdjusted(Movement, tag="pool_stock.count_adjusted"):
    """A stock-take found a difference of a bucket; posted as a delta, never as a figure."""

    session: UUID
    item_count: UUID
    bucket: Bucket
