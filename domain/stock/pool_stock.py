"""Pool stock: a quantity of one product at one place (domain.md 3.1).

Invariants after every event: 0 <= reserved <= on_hand; quarantine >= 0; what is out with members
adds up to `issued`. An expired reservation is free at once; its event follows with the next
decision or by the timer.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from domain.base import NOBODY, Aggregate, Context, utc
from domain.quantity import LARGEST, ZERO, whole
from domain.stock import movement as m
from domain.stock import pool_commands as c
from domain.stock.product import NegativeNumber
from domain.stock.promises import Issuance, Promises, Reservation

USABLE = frozenset({"excellent", "good", "fair"})


class PoolStock(Aggregate):
    """The stock entry of a product at a place."""

    name = "pool_stock"
    events = m.PoolStockEvent

    def __init__(self) -> None:
        self.exists = False
        self.product = self.place = self.warehouse = NOBODY
        self.place_code, self.whole = "", True
        self.threshold: Decimal | None = None
        self.maximum: Decimal | None = None
        self.bin = self.note = ""
        self.on_hand = self.quarantine = ZERO
        self.reservations: Promises[Reservation] = Promises()
        self.issuances: Promises[Issuance] = Promises()

    def available(self, now: datetime) -> Decimal:
        """What may be promised to somebody else."""
        return self.on_hand - self.binding(now)

    def binding(self, now: datetime) -> Decimal:
        """What is reserved, without the reservations that ran out."""
        ran_out = (r.quantity for r in self.reservations.open.values() if not r.live(now))
        return self.reservations.total - sum(ran_out, ZERO)

    def open(self, created: m.PoolCreated, context: Context) -> None:
        """Creates the entry unless it is there."""
        if not self.exists:
            self.record(created, context)

    def set(self, command: c.SetStock, context: Context) -> None:
        self._must_exist()
        if command.quantity < ZERO:
            raise c.QuantityNotPositive(pointer="/quantity")
        self._whole(command.quantity)
        if command.quantity < self.binding(context.now):
            raise c.BelowReserved
        delta = command.quantity - self.on_hand
        self._move(m.StockSet, delta, command, context, reason=command.reason)

    def adjust(self, command: c.AdjustStock, context: Context) -> None:
        self._must_exist()
        if command.quantity == ZERO:
            raise c.NothingToAdjust(pointer="/quantity")
        self._whole(command.quantity)
        if self.on_hand + command.quantity < self.binding(context.now):
            raise c.BelowReserved
        self._move(m.StockAdjusted, command.quantity, command, context, reason=command.reason)

    def receive(self, command: c.ReceiveStock, context: Context) -> None:
        self._positive(command.quantity)
        if command.unit_cost < 0:
            raise c.QuantityNotPositive("A cost is not below zero.", pointer="/unit_cost")
        facts = {f: getattr(command, f) for f in ("unit_cost", "reason", "lot", "expiry")}
        self._move(m.StockReceived, command.quantity, command, context, **facts)

    def reserve(self, command: c.ReserveStock, context: Context) -> None:
        self._positive(command.quantity)
        asked = command.expires_at
        expires_at = utc(asked, "/expires_at") if asked else self._lifetime(context)
        if expires_at is not None and expires_at <= context.now:
            raise c.ExpiryInPast(pointer="/expires_at")
        self._available(command.quantity, context)
        self._expire(context)
        number = self.reservations.made + 1
        reserved = m.StockReserved(
            number=number, quantity=command.quantity, order=command.order, expires_at=expires_at
        )
        self.record(reserved, context)

    def release(self, command: c.ReleaseReservation, context: Context, number: int) -> None:
        quantity = self._of_reservation(number, command.quantity, context)
        self._release(number, quantity, "RELEASED", context)

    def fulfil(self, command: c.FulfilReservation, context: Context, number: int) -> None:
        quantity = self._of_reservation(number, command.quantity, context)
        remaining = self.reservations.open[number].quantity - quantity
        facts = {"number": number, "quantity": quantity, "remaining": remaining}
        self._move(m.ReservationFulfilled, -quantity, command, context, **facts)

    def expire(self, command: c.ExpireReservations, context: Context) -> None:
        self._expire(context)

    def issue(self, command: c.IssueStock, context: Context) -> None:
        self._positive(command.quantity)
        self._available(command.quantity, context)
        facts = {"number": self.issuances.made + 1, "member": command.member}
        facts |= {"quantity": command.quantity, "reason": command.reason}
        self._move(m.StockIssued, -command.quantity, command, context, **facts)

    def take_back(self, command: c.ReturnStock, context: Context, number: int) -> None:
        """Good and fair units are stock again, the others go to quarantine."""
        held, quantity = self._of_issuance(number, command.quantity)
        usable = quantity if command.condition in USABLE else ZERO
        facts = {"number": number, "member": held.member, "quantity": quantity}
        facts |= {"outstanding": held.quantity - quantity, "note": command.note}
        facts |= {"condition": command.condition, "quarantine_delta": quantity - usable}
        self._move(m.StockReturned, usable, command, context, **facts)

    def consume(self, command: c.ConsumeStock, context: Context) -> None:
        self._positive(command.quantity)
        self._available(command.quantity, context)
        self._move(m.StockConsumed, -command.quantity, command, context, job=command.job)

    def transfer_out(self, quantity: Decimal, to: UUID, context: Context) -> None:
        """One half of a transfer; the other is `transfer_in` in the same append."""
        self._positive(quantity)
        self._available(quantity, context)
        self._move(m.StockTransferredOut, -quantity, None, context, to=to)

    def transfer_in(self, quantity: Decimal, source: UUID, context: Context) -> None:
        """The other half of `transfer_out`."""
        self._positive(quantity)
        self._move(m.StockTransferredIn, quantity, None, context, source=source)

    def write_off(self, command: c.WriteOffStock, context: Context) -> None:
        self._positive(command.quantity)
        facts: dict[str, Any] = {"source": command.source, "quantity": command.quantity}
        delta = ZERO
        if command.source == "issuance":
            self._of_issuance(command.issuance, command.quantity)
            facts["number"] = command.issuance
        elif command.source == "quarantine":
            self._quarantined(command.quantity)
            facts["quarantine_delta"] = -command.quantity
        else:
            self._available(command.quantity, context)
            delta = -command.quantity
        self._move(m.StockWrittenOff, delta, command, context, reason=command.reason, **facts)

    def repair(self, command: c.RepairStock, context: Context) -> None:
        self._positive(command.quantity)
        self._quarantined(command.quantity)
        facts = {"quarantine_delta": -command.quantity, "note": command.note}
        self._move(m.QuarantineRepaired, command.quantity, command, context, **facts)

    def adjust_to_count(
        self, delta: Decimal, bucket: m.Bucket, session: UUID, item_count: UUID, context: Context
    ) -> None:
        """Posts a count's difference; what can no longer be kept is released, newest first."""
        self._must_exist()
        facts: dict[str, Any] = {"session": session, "item_count": item_count, "bucket": bucket}
        balance = self.on_hand if bucket == "usable" else self.quarantine
        if balance + delta < ZERO:
            raise c.NegativeResult
        if bucket == "quarantine":
            facts["quarantine_delta"], delta = delta, ZERO
        if delta < ZERO:
            self._expire(context)
            self._cut_reservations(self.on_hand + delta, context)
        self._move(m.CountAdjusted, delta, None, context, **facts)

    def update(self, command: c.UpdateEntry, context: Context) -> None:
        self._must_exist()
        now = {f: getattr(self, f) for f in ("threshold", "maximum", "bin", "note")}
        given = {f: v for f in now if (v := getattr(command, f)) is not msgspec.UNSET}
        for field in ("threshold", "maximum"):
            if (given.get(field) or ZERO) < ZERO:
                raise NegativeNumber(pointer=f"/{field}")
        if now | given != now:
            self.record(m.EntryUpdated(**(now | given)), context)

    def delete(self, command: c.DeleteEntry, context: Context) -> None:
        self._must_exist()
        if any((self.on_hand, self.quarantine, self.reservations.open, self.issuances.open)):
            raise c.EntryNotEmpty
        self.record(m.PoolDeleted(), context)

    def view(self, context: Context) -> c.StockView:
        return c.StockView.of(self, context.now)

    def _move(
        self,
        kind: type[m.Movement],
        delta: Decimal,
        command: c.MovementCommand | None,
        context: Context,
        **facts: Any,
    ) -> None:
        """Records a movement behind the reservations that ran out, with all its keys."""
        occurred_at = command.occurred_at if command else None
        if occurred_at is not None:
            occurred_at = utc(occurred_at, "/occurred_at")
            if occurred_at > context.now:
                raise c.OccurredInFuture(pointer="/occurred_at")
        on_hand = self.on_hand + delta
        quarantine_delta = facts.pop("quarantine_delta", ZERO)
        quarantine = self.quarantine + quarantine_delta
        if max(on_hand, quarantine) >= LARGEST:
            raise c.QuantityTooLarge
        if delta < ZERO:
            self._expire(context)
        movement = kind(
            product=self.product,
            place=self.place,
            warehouse=self.warehouse,
            delta=delta,
            on_hand=on_hand,
            quarantine_delta=quarantine_delta,
            quarantine=quarantine,
            **facts,
        )
        self.record(movement, context, occurred_at=occurred_at)

    def _expire(self, context: Context) -> None:
        for number, kept in list(self.reservations.open.items()):
            if not kept.live(context.now):
                self._release(number, kept.quantity, "EXPIRED", context)

    def _cut_reservations(self, limit: Decimal, context: Context) -> None:
        for number, kept in sorted(self.reservations.open.items(), reverse=True):
            excess = min(self.reservations.total - limit, kept.quantity)
            if excess > ZERO:
                self._release(number, excess, "COUNT_SHORTFALL", context)

    def _release(
        self, number: int, quantity: Decimal, reason: m.ReleaseReason, context: Context
    ) -> None:
        remaining = self.reservations.open[number].quantity - quantity
        released = m.ReservationReleased(
            number=number, quantity=quantity, remaining=remaining, reason=reason
        )
        self.record(released, context)

    def _lifetime(self, context: Context) -> datetime | None:
        hours = context.settings.reservation_lifetime_hours
        return None if hours is None else context.now + timedelta(hours=hours)

    def _must_exist(self) -> None:
        if not self.exists:
            raise c.NoSuchEntry

    def _positive(self, quantity: Decimal) -> None:
        self._must_exist()
        if quantity <= ZERO:
            raise c.QuantityNotPositive(pointer="/quantity")
        self._whole(quantity)

    def _whole(self, quantity: Decimal) -> None:
        if self.whole and not whole(quantity):
            raise c.FractionRefused(pointer="/quantity")

    def _available(self, quantity: Decimal, context: Context) -> None:
        if quantity > self.available(context.now):
            raise c.InsufficientStock(available=self.available(context.now))

    def _quarantined(self, quantity: Decimal) -> None:
        if quantity > self.quarantine:
            raise c.InsufficientStock("That is more than is in quarantine.")

    def _of_reservation(self, number: int, asked: Decimal | None, context: Context) -> Decimal:
        self._must_exist()
        kept = self.reservations.open.get(number)
        if kept is None:
            raise c.NoSuchReservation
        if not kept.live(context.now):
            raise c.ReservationExpired
        return self._part(asked, kept.quantity)

    def _of_issuance(self, number: int, asked: Decimal | None) -> tuple[Issuance, Decimal]:
        self._must_exist()
        held = self.issuances.open.get(number)
        if held is None:
            raise c.NoSuchIssuance
        return held, self._part(asked, held.quantity)

    def _part(self, asked: Decimal | None, rest: Decimal) -> Decimal:
        """A missing quantity means all of it; zero does not."""
        quantity = rest if asked is None else asked
        self._positive(quantity)
        if quantity > rest:
            raise c.MoreThanRemaining(remaining=rest)
        return quantity
