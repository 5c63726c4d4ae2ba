"""What may be asked of a PoolStock, and every reason why it says no (domain.md 3.1)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Self
from uuid import UUID

import msgspec

from domain.base import Command, Conflicting, Instant, InvalidValue, NotFound, View
from domain.ids import LocalId, Lot, MemberId, Name, Note
from domain.permissions import Permission
from domain.quantity import ZERO, Quantity, UnitCost
from domain.stock import movement as m

if TYPE_CHECKING:
    from datetime import datetime

    from domain.stock.pool_stock import PoolStock


class MovementCommand(Command):
    """A command that moves stock; it may have happened earlier than it is recorded."""

    occurred_at: Instant | None = None


class SetStock(MovementCommand, kw_only=True):
    """Corrects the quantity to a figure."""

    permission = Permission.STOCK_ADJUST
    quantity: Quantity
    reason: Name


class AdjustStock(MovementCommand, kw_only=True):
    """Corrects the quantity by a signed difference."""

    permission = Permission.STOCK_ADJUST
    quantity: Quantity
    reason: Name


class ReceiveStock(MovementCommand, kw_only=True):
    """Takes stock in at a known cost."""

    permission = Permission.STOCK_RECEIVE
    quantity: Quantity
    unit_cost: UnitCost
    reason: Note = ""
    lot: Lot | None = None
    expiry: date | None = None


class ReserveStock(Command):
    """Keeps a part of what is available for an order."""

    permission = Permission.STOCK_RESERVE
    quantity: Quantity
    order: Name
    expires_at: Instant | None = None


class ReleaseReservation(Command):
    """Frees what is kept; without a quantity all that is left."""

    permission = Permission.STOCK_RESERVE
    quantity: Quantity | None = None


class FulfilReservation(MovementCommand, kw_only=True):
    """Sends out what is kept; without a quantity all that is left."""

    permission = Permission.STOCK_RESERVE
    quantity: Quantity | None = None


class IssueStock(MovementCommand, kw_only=True):
    """Hands a quantity to a member."""

    permission = Permission.STOCK_ISSUE
    quantity: Quantity
    member: MemberId
    reason: Note = ""


class ReturnStock(MovementCommand, kw_only=True):
    """Takes back what a member has; without a quantity all that is outstanding."""

    permission = Permission.STOCK_RETURN
    quantity: Quantity | None = None
    condition: m.Condition = "good"
    note: Note = ""


class ConsumeStock(MovementCommand, kw_only=True):
    """Uses stock up for a job, a machine or a sale."""

    permission = Permission.STOCK_CONSUME
    quantity: Quantity
    job: Name


class WriteOffStock(MovementCommand, kw_only=True):
    """Gives up stock, quarantined stock or what a member has (then `issuance` is its number)."""

    permission = Permission.STOCK_WRITE_OFF
    quantity: Quantity
    reason: Name
    source: m.WriteOffSource = "stock"
    issuance: int = 0


class RepairStock(MovementCommand, kw_only=True):
    """Makes quarantined stock usable again."""

    permission = Permission.STOCK_RETURN
    quantity: Quantity
    note: Note = ""


class UpdateEntry(Command):
    """Changes the entry's settings; what is left out stays, null clears."""

    permission = Permission.STOCK_ADMINISTER
    threshold: Quantity | msgspec.UnsetType | None = msgspec.UNSET
    maximum: Quantity | msgspec.UnsetType | None = msgspec.UNSET
    bin: Note | msgspec.UnsetType = msgspec.UNSET
    note: Note | msgspec.UnsetType = msgspec.UNSET


class DeleteEntry(Command):
    """Removes an empty entry."""

    permission = Permission.STOCK_ADMINISTER


class ExpireReservations(Command):
    """Records the end of every reservation that ran out; the timer's command."""

    permission = Permission.STOCK_EXPIRE


class QuantityNotPositive(InvalidValue, code="QUANTITY_NOT_POSITIVE"):
    """The quantity must be above zero."""


class NothingToAdjust(InvalidValue, code="NOTHING_TO_ADJUST"):
    """An adjustment is above or below zero, never zero."""


class FractionRefused(InvalidValue, code="FRACTION_REFUSED"):
    """This product is counted in whole units."""


class QuantityTooLarge(InvalidValue, code="QUANTITY_TOO_LARGE"):
    """The balance would have more than 12 digits before the point."""


class OccurredInFuture(InvalidValue, code="OCCURRED_IN_FUTURE"):
    """Nothing can have happened after now."""


class ExpiryInPast(InvalidValue, code="EXPIRY_IN_PAST"):
    """A reservation has to end after now."""


class InsufficientStock(Conflicting, code="INSUFFICIENT_STOCK"):
    """Insufficient stock or concurrent allocation occurred."""


class BelowReserved(Conflicting, code="BELOW_RESERVED"):
    """What is reserved has to stay on hand."""


class NegativeResult(Conflicting, code="NEGATIVE_RESULT"):
    """Count and book contradict each other: the adjustment would leave less than nothing."""


class ReservationExpired(Conflicting, code="RESERVATION_EXPIRED"):
    """The reservation ran out."""


class MoreThanRemaining(Conflicting, code="MORE_THAN_REMAINING"):
    """That is more than is left of it."""


class EntryNotEmpty(Conflicting, code="ENTRY_NOT_EMPTY"):
    """Only an entry without any stock, reservation or issuance can be deleted."""


class NoSuchEntry(NotFound, code="STOCK_NOT_FOUND"):
    """There is no such stock entry."""


class NoSuchReservation(NotFound, code="RESERVATION_NOT_FOUND"):
    """There is no such open reservation."""


class NoSuchIssuance(NotFound, code="ISSUANCE_NOT_FOUND"):
    """There is no such open issuance."""


class StockView(View):
    """Quantities in the product's base unit; the newest reservation and issuance are named."""

    id: UUID
    product: UUID
    place: UUID
    warehouse: UUID
    location: str
    on_hand: Decimal
    reserved: Decimal
    available: Decimal
    issued: Decimal
    in_transit: Decimal
    quarantine: Decimal
    owned: Decimal
    threshold: Decimal | None
    maximum: Decimal | None
    bin: str
    note: str
    last_reservation: str | None
    last_issuance: str | None

    @classmethod
    def of(cls, stock: PoolStock, now: datetime) -> Self:
        """What the entry looks like at that moment."""
        reserved = stock.binding(now)
        return cls(
            id=stock.id,
            product=stock.product,
            place=stock.place,
            warehouse=stock.warehouse,
            location=stock.place_code,
            on_hand=stock.on_hand,
            reserved=reserved,
            available=stock.on_hand - reserved,
            issued=stock.issuances.total,
            in_transit=ZERO,
            quarantine=stock.quarantine,
            owned=stock.on_hand + stock.quarantine + stock.issuances.total,
            threshold=stock.threshold,
            maximum=stock.maximum,
            bin=stock.bin,
            note=stock.note,
            last_reservation=_last(stock.id, stock.reservations.made),
            last_issuance=_last(stock.id, stock.issuances.made),
        )


def _last(stock: UUID, made: int) -> str | None:
    return str(LocalId(stock, made)) if made else None
