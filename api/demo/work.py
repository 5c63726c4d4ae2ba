"""Counting and trading at the same time, on the same shelves."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from decimal import Decimal
from random import Random
from uuid import UUID

import msgspec

from api.demo.person import Person, Refusal
from api.demo.truth import ZERO, Entry

RIVAL_SHARE = 0.04
SLIP_SHARE = 0.03
SALE_SHARE = 0.6
LARGEST_SLIP = 50
LARGEST_SALE = 4
LARGEST_RECEIPT = 12
PAUSE_SECONDS = 0.005
TRADERS = 4


class Findings(msgspec.Struct):
    """What happened while everybody worked."""

    lines: int = 0
    slips: list[Entry] = []
    collisions: int = 0
    admitted: int = 0
    """Locks that a second counter got although somebody held one: there must be none."""
    sales: int = 0
    receipts: int = 0


class Counters:
    """The counters of one session, who share what is to be counted."""

    def __init__(
        self, session: str, people: Sequence[Person], findings: Findings, random: Random
    ) -> None:
        self._session, self._people = session, people
        self._findings, self._random = findings, random

    async def count(self, entries: Sequence[Entry], counted: Callable[[Person], None]) -> None:
        """Counts every entry once; `counted` is told after each."""
        todo = deque(self._random.sample(entries, len(entries)))
        async with asyncio.TaskGroup() as group:
            for person in self._people:
                group.create_task(self._walk(person, todo, counted))

    async def _walk(
        self, person: Person, todo: deque[Entry], counted: Callable[[Person], None]
    ) -> None:
        """Takes the next shelf; one whose item somebody else is counting comes again later."""
        while todo:
            entry = todo.popleft()
            if not await self._lock(person, entry):
                todo.append(entry)
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            if self._random.random() < RIVAL_SHARE:
                await self._provoke(person, entry)
            await self._visit(person, entry)
            counted(person)

    async def _lock(self, person: Person, entry: Entry) -> bool:
        try:
            await person.command(
                "/stock-take/locks", session=self._session, item=entry.product, shelf=entry.shelf
            )
        except Refusal as refusal:
            if refusal.code != "LOCKED":
                raise
            self._findings.collisions += 1
            return False
        return True

    async def _provoke(self, person: Person, entry: Entry) -> None:
        """Somebody else reaches for what the person has locked."""
        others = [other for other in self._people if other is not person]
        if others and await self._lock(self._random.choice(others), entry):
            self._findings.admitted += 1

    async def _visit(self, person: Person, entry: Entry) -> None:
        """Counts what lies there, sometimes with a slip of the finger that is put right at once."""
        async with entry.still:
            if self._random.random() < SLIP_SHARE:
                self._findings.slips.append(entry)
                wrong = entry.there + self._random.randint(1, LARGEST_SLIP)
                await self._record(person, entry, wrong)
                await self._lock_again(person, entry)
            await self._record(person, entry, entry.there)
            self._findings.lines += 1

    async def _lock_again(self, person: Person, entry: Entry) -> None:
        """A count ends the lock, so somebody else may have the item meanwhile."""
        while True:
            if await self._lock(person, entry):
                return
            await asyncio.sleep(PAUSE_SECONDS)

    async def _record(self, person: Person, entry: Entry, quantity: Decimal) -> None:
        await person.command(
            "/stock-take/counts",
            session=self._session,
            item=entry.product,
            shelf=entry.shelf,
            quantity=quantity,
        )


class Trade:
    """Sales and receipts, until somebody says that it is enough."""

    def __init__(self, warehouse: UUID, admin: Person, findings: Findings, random: Random) -> None:
        self._warehouse, self._admin = warehouse, admin
        self._findings, self._random = findings, random
        self.open = True

    async def run(self, entries: Sequence[Entry], moved: Callable[[], None]) -> None:
        """Trades with any of the entries; `moved` is told after each movement."""

        async def trade() -> None:
            while self.open:
                entry = self._random.choice(entries)
                async with entry.still:
                    await self._move(entry)
                moved()

        async with asyncio.TaskGroup() as group:
            for _ in range(TRADERS):
                group.create_task(trade())

    async def _move(self, entry: Entry) -> None:
        sold = min(entry.some(self._random, LARGEST_SALE), entry.book, entry.there)
        if sold > ZERO and self._random.random() < SALE_SHARE:
            await self._sell(entry, sold)
        else:
            await self._receive(entry, entry.some(self._random, LARGEST_RECEIPT))

    async def _sell(self, entry: Entry, quantity: Decimal) -> None:
        await self._admin.command(
            "/admin/inventory/adjust",
            store_id=self._warehouse,
            product=entry.product,
            location=entry.shelf,
            quantity=-quantity,
            reason="sale",
        )
        entry.move(-quantity)
        self._findings.sales += 1

    async def _receive(self, entry: Entry, quantity: Decimal) -> None:
        path = f"/inventory/items/{entry.id}/receive"
        await self._admin.command(path, quantity=quantity, unit_cost=entry.cost, reason="delivery")
        entry.move(quantity)
        self._findings.receipts += 1
