"""What the domain asks the read models: the books, of stock and of stock-takes."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

import msgspec

from domain.base import Conflicting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.stock.movement import Bucket
    from domain.stock_take.session_events import Scope, Totals
    from domain.stock_take.variance import Evidence


class ScopeItem(msgspec.Struct, frozen=True):
    """A product with stock entries in a warehouse, as the read model knows it."""

    product: UUID
    places: tuple[tuple[UUID, str, Decimal], ...]
    """Place, its code and on_hand, for each entry with stock."""


class Book(msgspec.Struct, frozen=True):
    """What the books said of an instant, as known at a position."""

    quantity: Decimal
    position: int


class Left(msgspec.Struct, frozen=True):
    """How many stock entries of a warehouse are not empty, and how many have live reservations."""

    entries: int
    reserved: int


class Remains(msgspec.Struct, frozen=True):
    """What an organization still has: active users, stock entries that are not empty, warehouses.

    People who cannot log in are no users here, nor those who manage the members: nobody could shut
    out the last of them, and closing does.
    """

    users: int = 0
    stock: int = 0
    warehouses: int = 0


class StockUnknown(Conflicting, code="STOCK_UNKNOWN"):
    """The read models had to give something up: what there is cannot be told until a rebuild."""


class Books(Protocol):
    """What the read models know of stock; each answer is as of a position that they reached.

    Scope, evidence and what is left raise StockUnknown while anything of the organization is given
    up on.
    """

    async def reach(self, position: int | None = None) -> int:
        """Waits until they know that position (none: the log's head) and returns it."""
        ...

    async def scope(self, warehouse: UUID, scope: Scope) -> list[ScopeItem]:
        """What a stock-take of the warehouse has to count."""
        ...

    async def book(self, warehouse: UUID, product: UUID, at: datetime, bucket: Bucket) -> Book:
        """on_hand (or quarantine) over the warehouse by all that had occurred at the instant."""
        ...

    async def left(self, warehouse: UUID, now: datetime) -> Left:
        """What keeps the warehouse in use; a reservation that ran out by now is none."""
        ...

    async def evidence(self, session: UUID, items: Sequence[UUID]) -> list[Evidence]:
        """All that the variances of these item counts follow from."""
        ...

    async def items(self, session: UUID, after: UUID, limit: int) -> list[UUID]:
        """Unposted item counts of the session behind that one, in the order of their ids."""
        ...

    async def counters(self, session: UUID) -> frozenset[UUID]:
        """Everybody who has a count in the session that stands."""
        ...

    async def totals(self, session: UUID, leave_out: Sequence[UUID]) -> Totals:
        """How many items the session has, left out, or uncounted: what is not posted of it."""
        ...

    async def remains(self, organization: UUID) -> Remains:
        """What that organization has by all that is in the log now."""
        ...
