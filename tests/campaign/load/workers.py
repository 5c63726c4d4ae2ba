"""Everybody who works: each with a token, a name and a seed of his own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import msgspec

from tests.campaign.load.bench import Bench, Bencher
from tests.campaign.load.caller import Caller, Desk, Person
from tests.campaign.load.counting import Count, Counter, Director
from tests.campaign.load.journal import Journal
from tests.campaign.load.trade import Shelves, Trader
from tests.campaign.site import until
from tests.system import Company

TIMEOUT_SECONDS = 5.0
CONNECTIONS = 40
Work = Callable[[], Coroutine[Any, Any, None]]


class Staff(msgspec.Struct, frozen=True):
    """How many there are of each."""

    traders: int = 8
    benchers: int = 8
    counters: int = 4
    strangers: int = 2


class Load:
    """The clients at their work; `poisoned` is a company of its own, where events go bad."""

    def __init__(
        self, desk: Desk, company: Company, poisoned: Company, staff: Staff, seed: int
    ) -> None:
        self.desk, self.company, self.poisoned = desk, company, poisoned
        self._staff, self._seed = staff, seed
        self.callers: dict[str, Caller] = {}
        self.count = Count(Shelves(str(company.warehouse)))
        self.strange = Shelves(str(poisoned.warehouse))
        self.closer = self.caller(company, "admin", "closer")
        self.closer.tireless = True
        self._director = Director(
            self.caller(company, "admin", "director"), company.counters, self.count
        )

    @property
    def journal(self) -> Journal:
        """What they asked and were told."""
        return self.desk.journal

    def caller(self, company: Company, role: str, name: str) -> Caller:
        """A client of that name in that role."""
        one = company[role]
        person = Person(one.token, one.member, company.id)
        self.callers[name] = Caller(self.desk, person, name, self._seed)
        return self.callers[name]

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """They work meanwhile; at the end each finishes what he has begun."""
        await self.count.shelves.fill(self.caller(self.company, "admin", "filler"))
        await self.strange.fill(self.caller(self.poisoned, "admin", "stranger"))
        tasks = [asyncio.create_task(work()) for work in self._works()]
        try:
            yield
            self.desk.over = True
            self.desk.open.set()
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def rest(self) -> None:
        """Nobody begins anything more, and what was begun is known."""
        self.desk.open.clear()
        await until(self._idle, "every client to know what became of its command")

    async def closing(self) -> None:
        """One more command: whoever follows the log has something to notice."""
        mark = self.closer.mark
        entry = self.count.shelves.entries[0]
        where = {"product": entry["product"], "location": entry["location"]}
        body = {**where, "quantity": 1, "reason": mark}
        await self.closer.command("adjust", "/store/inventory/adjust", body, marks=(mark,))

    def go_on(self) -> None:
        """The break is over."""
        self.desk.open.set()

    async def _idle(self) -> bool:
        return not self.desk.at_work

    def _works(self) -> Sequence[Work]:
        staff, bench = self._staff, Bench()
        member, other = (str(c["member"].member) for c in (self.company, self.poisoned))
        shelves = self.count.shelves

        def admin(name: str) -> Caller:
            return self.caller(self.company, "admin", name)

        return [
            *(Trader(admin(f"t{n}"), shelves, member).work for n in range(staff.traders)),
            *(Bencher(admin(f"b{n}"), bench, member).work for n in range(staff.benchers)),
            *(
                Counter(self.caller(self.company, f"counter{n % 3 + 1}", f"c{n}"), self.count).work
                for n in range(staff.counters)
            ),
            *(
                Trader(self.caller(self.poisoned, "admin", f"x{n}"), self.strange, other).work
                for n in range(staff.strangers)
            ),
            self._director.work,
        ]


@asynccontextmanager
async def desk(doors: Sequence[str]) -> AsyncIterator[Desk]:
    """Connections to every API."""
    limits = httpx.Limits(max_connections=CONNECTIONS)
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(
                httpx.AsyncClient(base_url=door, timeout=TIMEOUT_SECONDS, limits=limits)
            )
            for door in doors
        ]
        yield Desk(clients, Journal())
