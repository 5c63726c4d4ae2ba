"""What is promised out of a pool or out with members: numbered open quantities and their sum."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from domain.quantity import ZERO


class Reservation(msgspec.Struct, frozen=True):
    """What is kept for an order; `expires_at` None keeps it for ever."""

    quantity: Decimal
    order: str
    expires_at: datetime | None

    def live(self, now: datetime) -> bool:
        """Whether it still binds stock."""
        return self.expires_at is None or now < self.expires_at


class Issuance(msgspec.Struct, frozen=True):
    """What a member still has of one hand-over."""

    quantity: Decimal
    member: UUID


P = TypeVar("P", Reservation, Issuance)


class Promises(msgspec.Struct, Generic[P]):
    """The open ones by number; `made` counts all that ever were, `total` is their open sum."""

    open: dict[int, P] = {}
    made: int = 0
    total: Decimal = ZERO

    def add(self, number: int, promise: P) -> None:
        """Opens one."""
        self.made = number
        self.open[number] = promise
        self.total += promise.quantity

    def lower(self, number: int, quantity: Decimal) -> None:
        """Takes a part off; one without rest is closed."""
        promise = self.open[number]
        self.total -= quantity
        if promise.quantity > quantity:
            rest = promise.quantity - quantity
            self.open[number] = msgspec.structs.replace(promise, quantity=rest)
        else:
            del self.open[number]
