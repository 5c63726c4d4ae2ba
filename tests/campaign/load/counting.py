"""Stock-takes by many: planned, started, counted, paused, completed or cancelled."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.campaign.load.caller import Caller
from tests.campaign.load.journal import Entry
from tests.campaign.load.trade import LOCATIONS, Shelves

SESSIONS = "/stock-take/sessions"
LEAST, MOST = 30, 90
COUNT_SECONDS, BREATH_SECONDS, THINK_SECONDS = (2.0, 6.0), 0.2, 0.25


class Count:
    """The stock-take that is on, which all counters know."""

    def __init__(self, shelves: Shelves) -> None:
        self.shelves = shelves
        self.session = ""
        self.locks: list[str] = []
        self.done = 0


class Counter:
    """One counter: locks, counts, counts again, takes back."""

    def __init__(self, caller: Caller, count: Count) -> None:
        self._caller, self._count = caller, count
        self._lines: list[str] = []

    async def work(self) -> None:
        """One command after the other while there is something to count."""
        while await self._caller.turn():
            if self._count.session:
                acts = (self._record, self._lock, self._release, self._withdraw)
                await self._caller.chance.choices(acts, (8, 2, 1, 1))[0]()
            await asyncio.sleep(self._caller.chance.uniform(0, 2 * THINK_SECONDS))

    def _what(self) -> dict[str, Any]:
        item = self._caller.chance.choice(self._count.shelves.products)
        return {"session": self._count.session, "item": item}

    async def _record(self) -> None:
        mark, chance = self._caller.mark, self._caller.chance
        found = {"shelf": chance.choice(LOCATIONS), "quantity": chance.randint(LEAST, MOST)}
        body = {**self._what(), **found, "note": mark}
        entry = await self._caller.command("count", "/stock-take/counts", body, marks=(mark,))
        if entry.outcome == "done":
            mine = str(self._caller.person.member)
            lines = entry.answer["lines"]
            self._lines = [one["id"] for one in lines if one["counter"] == mine]

    async def _lock(self) -> None:
        entry = await self._caller.command("lock", "/stock-take/locks", self._what())
        if entry.outcome == "done":
            self._count.locks = [*self._count.locks, entry.answer["id"]][-10:]

    async def _release(self) -> None:
        """Without a lock of his own this does nothing."""
        if self._count.locks:
            path = f"/stock-take/locks/{self._caller.chance.choice(self._count.locks)}"
            await self._caller.command("release-lock", path, {}, method="DELETE")

    async def _withdraw(self) -> None:
        if self._lines:
            path = f"/stock-take/counts/{self._lines.pop()}"
            await self._caller.command("withdraw", path, {}, method="DELETE")


class Director:
    """Who plans the stock-takes and ends them, one after the other."""

    def __init__(self, caller: Caller, counters: list[str], count: Count) -> None:
        self._caller, self._counters, self._count = caller, counters, count

    async def work(self) -> None:
        """Never two at once: a warehouse has one open stock-take at most."""
        while await self._caller.turn():
            session = await self._open()
            if session:
                await self._through(session)
            await asyncio.sleep(BREATH_SECONDS)

    async def _open(self) -> str:
        mark = self._caller.mark
        scope = {"products": self._count.shelves.products}
        plan = {"warehouse": self._count.shelves.warehouse, "name": mark, "scope": scope}
        body = {**plan, "allowed_counters": self._counters}
        made = await self._caller.command("plan", SESSIONS, body, marks=(mark,))
        if made.outcome == "refused":
            return ""
        session = str(made.answer["id"])
        started = await self._act(session, "start", {})
        if started.outcome == "refused":
            await self._cancel(session)
            return ""
        self._count.session = session
        return session

    async def _through(self, session: str) -> None:
        chance = self._caller.chance
        await asyncio.sleep(chance.uniform(*COUNT_SECONDS))
        if chance.random() < 0.5:
            await self._act(session, "pause", {})
            await asyncio.sleep(BREATH_SECONDS)
            await self._act(session, "resume", {})
            await self._change(session)
        if self._count.locks and chance.random() < 0.5:
            mark, lock = self._caller.mark, chance.choice(self._count.locks)
            path = f"/stock-take/locks/{lock}/break"
            await self._caller.command("break-lock", path, {"reason": mark})
        await asyncio.sleep(chance.uniform(*COUNT_SECONDS))
        await self._end(session)

    async def _end(self, session: str) -> None:
        """Posts what was counted; one that cannot be posted is cancelled."""
        chance = self._caller.chance
        body: dict[str, Any] = {"policy": chance.choice(("LEAVE", "LEAVE", "LEAVE", "BLOCK"))}
        entry = None if chance.random() < 0.1 else await self._act(session, "complete", body)
        if entry is not None and entry.outcome == "refused" and entry.answer.get("items"):
            body["leave_out"] = entry.answer["items"]
            entry = await self._act(session, "complete", body)
        if entry is None or entry.outcome == "refused":
            entry = await self._cancel(session)
        self._count.session, self._count.locks = "", []
        if entry.outcome == "done":
            self._count.done += 1

    async def _change(self, session: str) -> None:
        mark = self._caller.mark
        body = {"notes": mark, "allowed_counters": self._counters}
        path = f"{SESSIONS}/{session}"
        await self._caller.command("change", path, body, method="PUT", marks=(mark,))

    async def _cancel(self, session: str) -> Entry:
        mark = self._caller.mark
        path = f"{SESSIONS}/{session}/cancel"
        return await self._caller.command("cancel", path, {"reason": mark}, marks=(mark,))

    async def _act(self, session: str, action: str, body: dict[str, Any]) -> Entry:
        return await self._caller.command(action, f"{SESSIONS}/{session}/{action}", body)
