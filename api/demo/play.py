"""The demonstration from the log-ins to the verdict."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from random import Random
from typing import Any
from uuid import UUID

import httpx
import msgspec

from api.demo.person import Person, Refusal, Traffic
from api.demo.screen import Bars, Screen
from api.demo.truth import Entry, Truth
from api.demo.verdict import Seen, checks
from api.demo.work import Counters, Findings, Trade

TAKES = "/stock-take/sessions"
NAME = "Demonstration"
ERROR_SHARE = 0.08
WATCH_SECONDS = 0.4
END_SECONDS = 60.0
ENDED = ("COMPLETED", "CANCELLED")


class Options(msgspec.Struct, frozen=True):
    """How it is played; no `items` means all."""

    password: str
    warehouse: str
    items: int = 0
    seed: int = 1


class Cast(msgspec.Struct, frozen=True):
    """Who takes part."""

    admin: Person
    auditor: Person
    counters: tuple[Person, ...]
    traffic: Traffic

    @property
    def all(self) -> tuple[Person, ...]:
        """Everybody."""
        return (self.admin, self.auditor, *self.counters)


class Play:
    """One stock-take with everything around it."""

    def __init__(self, http: httpx.AsyncClient, options: Options, screen: Screen) -> None:
        self._options, self._screen = options, screen
        self._random = Random(options.seed)  # noqa: S311 - an example, no secret
        traffic = Traffic()
        names = ("admin", "auditor", "counter1", "counter2", "counter3")
        admin, auditor, *counters = (Person(http, traffic, name) for name in names)
        self._cast = Cast(admin, auditor, tuple(counters), traffic)
        self._findings = Findings()

    async def run(self) -> bool:
        """Whether everything that was checked holds."""
        cast, say = self._cast, self._screen.say
        await asyncio.gather(*(person.log_in(self._options.password) for person in cast.all))
        warehouse = await self._warehouse()
        truth = Truth(await self._stock(warehouse))
        shelves = truth.choose(self._options.items, self._random)
        errors = truth.plant(ERROR_SHARE, self._random)
        session = await self._start(warehouse, shelves)
        say(
            f"{cast.auditor.name} started {session['code']} over {session['items']} items on "
            f"{len(truth.counted)} shelves; on {errors} the count will differ from the books"
        )
        await self._work(session, warehouse, truth)
        await self._finish(session["id"])
        seen = await self._look(session, warehouse, truth)
        found = checks(truth, seen, self._findings)
        for check in found:
            self._screen.verdict(holds=check.holds, what=check.what)
        return all(check.holds for check in found)

    async def _warehouse(self) -> UUID:
        wanted = self._options.warehouse
        async for row in self._cast.admin.all("/warehouses"):
            if row["code"] == wanted:
                return UUID(row["id"])
        raise Refusal(404, {"code": "NOT_FOUND", "detail": f"there is no warehouse {wanted}"})

    async def _stock(self, warehouse: UUID) -> list[Entry]:
        products = {row["id"]: row async for row in self._cast.admin.all("/parts")}
        stock = self._cast.admin.all(f"/admin/inventory/stores/{warehouse}")
        return [Entry.of(row, products[row["product"]]) async for row in stock]

    async def _start(self, warehouse: UUID, shelves: Sequence[str]) -> Any:
        """An open session of an earlier demonstration is in the way, and is cancelled."""
        admin, auditor = self._cast.admin, self._cast.auditor
        async for left in admin.all(TAKES, warehouse=str(warehouse)):
            if left["name"] == NAME and left["status"] in ("ACTIVE", "PAUSED"):
                await admin.command(f"{TAKES}/{left['id']}/cancel", reason="left over")
        planned = await auditor.command(
            TAKES,
            warehouse=warehouse,
            name=NAME,
            allowed_counters=[counter.id for counter in self._cast.counters],
            scope={"shelves": shelves},
        )
        session = await auditor.command(f"{TAKES}/{planned['id']}/start")
        for counter in self._cast.counters:
            joined = await counter.command(f"{TAKES}/join", code=session["code"].lower())
            self._screen.say(f"{counter.name} joined {joined['code']}")
        return session

    async def _work(self, session: Any, warehouse: UUID, truth: Truth) -> None:
        """Counting, trading and watching at once; the trade ends with the counting."""
        cast, findings = self._cast, self._findings
        counters = Counters(session["id"], cast.counters, findings, self._random)
        trade = Trade(warehouse, cast.admin, findings, self._random)
        names = [person.name for person in cast.counters]
        started, sent = time.perf_counter(), cast.traffic.commands
        with self._screen.bars(names, len(truth.counted), session["items"]) as bars:
            async with asyncio.TaskGroup() as group:
                group.create_task(trade.run(truth.counted, bars.moved))
                watching = group.create_task(self._watch(session["id"], bars))
                await counters.count(truth.counted, lambda person: bars.counted(person.name))
                trade.open = False
                watching.cancel()
            bars.closed()
            await self._update(session["id"], bars)
        seconds = time.perf_counter() - started
        sent = cast.traffic.commands - sent
        self._screen.say(
            f"{sent} commands in {seconds:.1f} s, {sent / seconds:.0f} a second: "
            f"{findings.lines} counts and {len(findings.slips)} slips put right, "
            f"{findings.sales} sales, {findings.receipts} receipts; "
            f"{cast.traffic.refused} refused, {cast.traffic.repeated} sent again"
        )

    async def _watch(self, session: str, bars: Bars) -> None:
        while True:
            await self._update(session, bars)
            await asyncio.sleep(WATCH_SECONDS)

    async def _update(self, session: str, bars: Bars) -> None:
        progress = await self._cast.auditor.ask(f"{TAKES}/{session}/progress")
        bars.known(progress["counted"])

    async def _finish(self, session: str) -> None:
        """Completes it; posting may go on behind the answer."""
        auditor = self._cast.auditor
        await auditor.command(f"{TAKES}/{session}/complete", policy="BLOCK")
        async with asyncio.timeout(END_SECONDS):
            while True:
                if (await auditor.ask(f"{TAKES}/{session}"))["status"] in ENDED:
                    return
                await asyncio.sleep(WATCH_SECONDS)

    async def _look(self, session: Any, warehouse: UUID, truth: Truth) -> Seen:
        auditor, path = self._cast.auditor, f"{TAKES}/{session['id']}"
        variances = [row async for row in auditor.all(f"{path}/variances", only_differences="true")]
        planted = {str(product): error for product, error in truth.variances().items()}
        self._screen.variances(variances, planted)
        told = self._storied(truth)
        replay = [row async for row in auditor.all(f"{path}/history", item=str(told.product))]
        self._screen.replay(told.sku, replay)
        stock = self._cast.admin.all(f"/admin/inventory/stores/{warehouse}")
        return Seen(
            session=await auditor.ask(path),
            progress=await auditor.ask(f"{path}/progress"),
            variances=variances,
            adjustments=[row async for row in auditor.all(f"{path}/adjustments")],
            stock=[row async for row in stock],
            replay=replay,
        )

    def _storied(self, truth: Truth) -> Entry:
        """An entry worth telling: wrong in the books and with a slip, if there is one."""
        slips = self._findings.slips
        for entry in slips:
            if entry.error:
                return entry
        return next(entry for entry in (*truth.counted, *slips) if entry.error)
