"""Short histories: a few clients on one pool after the other, each history to be checked whole."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import msgspec

from tests.campaign.load.caller import Caller
from tests.campaign.load.journal import CONTENDED, Entry

HISTORY = 48
"""So many commands one pool gets: few enough for an exact check."""
OPENING, MOST = 6, 5
THINK_SECONDS = 0.15


class Pool(msgspec.Struct):
    """A pool under observation, and how many commands it may still get."""

    id: UUID
    product: str
    location: str
    left: int = HISTORY
    reservations: int = 0
    issuances: int = 0


class Bench:
    """The pool that everybody works on just now."""

    def __init__(self) -> None:
        self._pool: Pool | None = None
        self._opening = asyncio.Lock()

    async def pool(self, caller: Caller) -> Pool:
        """The present one, or the next, which the caller then opens."""
        async with self._opening:
            if self._pool is None or not self._pool.left:
                self._pool = await self._next(caller)
            self._pool.left -= 1
            return self._pool

    async def _next(self, caller: Caller) -> Pool:
        """One of a new product; whoever is refused, because others were in his way, tries again."""
        while True:
            sku = caller.mark
            made = await caller.command("part", "/parts", {"sku": sku, "name": sku}, marks=(sku,))
            if made.outcome == "refused":
                continue
            mark = caller.mark
            where = {"product": made.answer["id"], "location": f"L{mark}"}
            body = {**where, "quantity": OPENING, "reason": mark}
            entry = await caller.command("set", "/store/inventory/set", body, marks=(mark,))
            if entry.outcome == "refused" and entry.code != CONTENDED:
                caller.desk.journal.faulty.append(f"{entry.key}: {entry.text!r} on what is new")
            if entry.outcome == "done":
                answer = entry.answer
                entry.pool = UUID(answer["id"])
                return Pool(entry.pool, answer["product"], answer["location"])


class Bencher:
    """One of the clients at the bench."""

    def __init__(self, caller: Caller, bench: Bench, member: str) -> None:
        self._caller, self._bench, self._member = caller, bench, member

    async def work(self) -> None:
        """One command after the other, on whatever pool is on the bench."""
        acts = (
            *(self._receive, self._adjust, self._set, self._issue, self._issue, self._back),
            *(self._repair, self._reserve, self._reserve, self._release, self._fulfil),
        )
        while await self._caller.turn():
            pool = await self._bench.pool(self._caller)
            await self._caller.chance.choice(acts)(pool)
            await asyncio.sleep(self._caller.chance.uniform(0, 2 * THINK_SECONDS))

    @property
    def _some(self) -> int:
        return self._caller.chance.randint(1, MOST)

    async def _send(
        self, kind: str, path: str, body: dict[str, Any], pool: Pool, mark: str = ""
    ) -> Entry:
        marks = (mark,) if mark else ()
        return await self._caller.command(kind, path, body, marks=marks, pool=pool.id)

    async def _of_item(self, kind: str, pool: Pool, body: dict[str, Any], mark: str) -> Entry:
        return await self._send(kind, f"/inventory/items/{pool.id}/{kind}", body, pool, mark)

    async def _at(self, kind: str, pool: Pool, body: dict[str, Any], mark: str) -> Entry:
        where = {"product": pool.product, "location": pool.location}
        return await self._send(kind, f"/store/inventory/{kind}", {**where, **body}, pool, mark)

    async def _receive(self, pool: Pool) -> None:
        mark = self._caller.mark
        body = {"quantity": self._some, "unit_cost": "1.50", "reason": mark}
        await self._of_item("receive", pool, body, mark)

    async def _adjust(self, pool: Pool) -> None:
        mark, sign = self._caller.mark, self._caller.chance.choice((1, -1))
        await self._at("adjust", pool, {"quantity": sign * self._some, "reason": mark}, mark)

    async def _set(self, pool: Pool) -> None:
        mark = self._caller.mark
        await self._at("set", pool, {"quantity": self._some, "reason": mark}, mark)

    async def _issue(self, pool: Pool) -> None:
        mark = self._caller.mark
        body = {"quantity": self._some, "member": self._member, "reason": mark}
        if (await self._of_item("issue", pool, body, mark)).outcome == "done":
            pool.issuances += 1

    async def _back(self, pool: Pool) -> None:
        mark, condition = self._caller.mark, self._caller.chance.choice(("good", "damaged"))
        number = self._caller.chance.randint(1, pool.issuances + 1)
        path = f"/inventory/issuances/{pool.id}.{number}/return"
        body = {"quantity": self._some, "condition": condition, "note": mark}
        await self._send("return", path, body, pool, mark)

    async def _repair(self, pool: Pool) -> None:
        mark = self._caller.mark
        await self._of_item("repair", pool, {"quantity": self._some, "note": mark}, mark)

    async def _reserve(self, pool: Pool) -> None:
        mark = self._caller.mark
        entry = await self._at("reserve", pool, {"quantity": self._some, "order": mark}, mark)
        if entry.outcome == "done":
            pool.reservations += 1

    async def _release(self, pool: Pool) -> None:
        await self._of_reservation("release", pool)

    async def _fulfil(self, pool: Pool) -> None:
        await self._of_reservation("fulfill", pool)

    async def _of_reservation(self, kind: str, pool: Pool) -> None:
        number = self._caller.chance.randint(1, pool.reservations + 1)
        body = {"reservation": f"{pool.id}.{number}", "quantity": self._some}
        await self._send(kind, f"/store/inventory/{kind}", body, pool)
