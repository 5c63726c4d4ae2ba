"""Histories of a stock entry that examples begin with."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.ids import pool_id
from domain.quantity import ZERO, Quantity
from domain.stock import movement as m
from domain.stock import pool_commands as c
from domain.stock.pool_stock import PoolStock
from tests.specification import ANN, NOW, fold

PRODUCT, WAREHOUSE, SHELF = UUID(int=21), UUID(int=22), UUID(int=23)
STOCK = pool_id(PRODUCT, SHELF)
KEYS: dict[str, Any] = {"product": PRODUCT, "place": SHELF, "warehouse": WAREHOUSE}
CREATED = m.PoolCreated(**KEYS, place_code="A1", whole=True)
BULK = m.PoolCreated(**KEYS, place_code="A1", whole=False)


def q(number: str | int) -> Quantity:
    """A quantity as a request says it."""
    return Quantity.parse(number)


def moved(
    kind: type[m.Movement], delta: str | int, on_hand: str | int, /, **facts: Any
) -> m.Movement:
    """A movement of PRODUCT at SHELF that leaves that much on hand."""
    buckets = {"quarantine_delta": ZERO, "quarantine": ZERO}
    return kind(**KEYS, delta=q(delta), on_hand=q(on_hand), **(buckets | facts))


def received(quantity: str | int, on_hand: str | int | None = None) -> m.Movement:
    """A receipt, the first one unless the new balance is given."""
    balance = quantity if on_hand is None else on_hand
    return moved(m.StockReceived, quantity, balance, unit_cost=Decimal("2.5000"))


def reserved(number: int, quantity: int, expires_at: datetime | None = None) -> m.StockReserved:
    """A reservation for an order named after its number."""
    return m.StockReserved(
        number=number, quantity=q(quantity), order=f"R{number}", expires_at=expires_at
    )


def released(
    number: int, quantity: int, remaining: int, reason: m.ReleaseReason
) -> m.ReservationReleased:
    """The end of a reservation, or of a part of it."""
    return m.ReservationReleased(
        number=number, quantity=q(quantity), remaining=q(remaining), reason=reason
    )


def issued(number: int, quantity: int, on_hand: int) -> m.Movement:
    """A hand-over to Ann that leaves that much on hand."""
    facts = {"number": number, "member": ANN, "quantity": q(quantity), "reason": ""}
    return moved(m.StockIssued, -quantity, on_hand, **facts)


def stocked(on_hand: int, reserved_for_r1: int = 0) -> tuple[m.PoolStockEvent, ...]:
    """So much on hand; a part may be kept for R1 for ever."""
    history: tuple[m.PoolStockEvent, ...] = (CREATED, received(on_hand))
    return (*history, reserved(1, reserved_for_r1)) if reserved_for_r1 else history


def view(*history: m.PoolStockEvent) -> c.StockView:
    """What the entry shows at NOW."""
    return fold(PoolStock, *history, stream=STOCK).view(NOW)
