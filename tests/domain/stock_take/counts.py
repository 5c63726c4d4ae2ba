"""Histories of the count of PRODUCT that examples begin with."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.books import Book
from domain.ids import place_id
from domain.stock.product import Product
from domain.stock_take import item_commands as c
from domain.stock_take import item_events as e
from domain.stock_take.counted_shelf import CountedShelf
from domain.stock_take.item_count import ItemCount
from domain.stock_take.session import StockTakeSession
from tests.domain.stock.pools import PRODUCT, SHELF, WAREHOUSE, q
from tests.domain.stock.products import product
from tests.domain.stock_take.sessions import COUNT, SESSION, session
from tests.specification import ANN, at, given

TABLETS = product(packs={"pack": Decimal(100)})
ACTIVE = session()
KEYS: dict[str, Any] = {"session": SESSION, "item": PRODUCT, "warehouse": WAREHOUSE}
EXPECTED = e.ItemExpected(**KEYS, blind=True, shelves=(e.ExpectedShelf(SHELF, "A1", Decimal(500)),))
FOUND = e.ItemFound(**KEYS, blind=True)
BOOK = Book(Decimal(500), 7)


def acquired(
    clock: str, holder: UUID = ANN, previous: UUID | None = None, activation: int = 1
) -> e.LockAcquired:
    """A lock that was taken then, for five minutes."""
    return e.LockAcquired(
        **KEYS, holder=holder, expires_at=ends(clock), activation=activation, previous=previous
    )


def renewed(clock: str, holder: UUID = ANN) -> e.LockRenewed:
    """A lock that was taken again then."""
    return e.LockRenewed(**KEYS, holder=holder, expires_at=ends(clock), activation=1)


def ends(clock: str) -> datetime:
    """When a lock of that time ends."""
    return at(clock).now + timedelta(minutes=5)


def line(
    number: int, clock: str, quantity: int, counter: UUID = ANN, **others: Any
) -> e.CountRecorded:
    """A count of so much on A1, in base units unless it says otherwise."""
    facts: dict[str, Any] = {"shelf": "A1", "lot": None, "expiry": None, "bucket": "usable"}
    facts |= {"entries": (e.Entry(q(quantity)),), "note": "", "captured": BOOK.quantity}
    facts |= {"captured_position": BOOK.position} | others
    place = place_id(WAREHOUSE, facts["shelf"])
    keys: dict[str, Any] = {"number": number, "counter": counter, "quantity": q(quantity)}
    return e.CountRecorded(**KEYS, **keys, place=place, counted_at=at(clock).now, **facts)


def superseded(number: int, clock: str, quantity: int, counter: UUID = ANN) -> e.CountSuperseded:
    """The value of a line, replaced by its counter."""
    when = at(clock).now
    return e.CountSuperseded(
        **KEYS, number=number, counter=counter, quantity=q(quantity), counted_at=when
    )


def count(quantity: int | str | None, shelf: str = "A1", **others: Any) -> c.RecordCount:
    """The wish to say that so much is on a shelf."""
    wish: dict[str, Any] = {"session": SESSION, "item": PRODUCT, "shelf": shelf}
    wish["quantity"] = None if quantity is None else q(quantity)
    return c.RecordCount(**(wish | others))


def lock(shelf: str | None = None) -> c.LockItem:
    """The wish to keep PRODUCT to oneself."""
    return c.LockItem(session=SESSION, item=PRODUCT, shelf=shelf)


class counting(given[ItemCount]):  # noqa: N801 - it begins a sentence, as given does
    """The count of PRODUCT in SESSION, and what counters do."""

    def __init__(self, *history: e.ItemCountEvent) -> None:
        super().__init__(ItemCount, *history, stream=COUNT)

    def locks(
        self, who: UUID, clock: str, session: StockTakeSession = ACTIVE, **others: Any
    ) -> counting:
        """Somebody asks for the lock."""
        return self.when(ItemCount.acquire, lock(), session, TABLETS, at(clock, who, **others))

    def counts(
        self,
        who: UUID,
        clock: str,
        command: c.RecordCount | int,
        *,
        session: StockTakeSession = ACTIVE,
        shelf: CountedShelf | None = None,
        of: Product = TABLETS,
    ) -> counting:
        """Somebody says how much is there."""
        wish = count(command) if isinstance(command, int) else command
        shelf = shelf or CountedShelf.blank(UUID(int=32))
        return self.when(ItemCount.count, wish, session, shelf, of, BOOK, at(clock, who))
