"""Trade on shared shelves: every way in which stock comes, goes and is promised."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.campaign.load.caller import Caller
from tests.campaign.load.journal import Entry

PRODUCTS, LOCATIONS = 6, ("A1", "A2", "A3")
OPENING, MOST = 60, 6
KEPT = 40
"""So many of the newest reservations and issuances are remembered."""
THINK_SECONDS = 0.25


class Shelves:
    """The entries of one company that all its traders share."""

    def __init__(self, warehouse: str) -> None:
        self.warehouse = warehouse
        self.products: list[str] = []
        self.entries: list[dict[str, Any]] = []
        self.reservations: list[str] = []
        self.issuances: list[str] = []

    async def fill(self, caller: Caller) -> None:
        """Makes the products and puts stock everywhere."""
        for _ in range(PRODUCTS):
            sku = caller.mark
            made = await caller.command("part", "/parts", {"sku": sku, "name": sku}, marks=(sku,))
            self.products.append(made.answer["id"])
            for location in LOCATIONS:
                mark = caller.mark
                where = {"product": made.answer["id"], "location": location}
                body = {**where, "quantity": OPENING, "reason": mark}
                entry = await caller.command("set", "/store/inventory/set", body, marks=(mark,))
                self.entries.append(entry.answer)

    def note(self, entry: Entry) -> None:
        """Remembers what an answer made."""
        if entry.outcome != "done":
            return
        if entry.kind == "reserve":
            self.reservations = [*self.reservations, entry.answer["last_reservation"]][-KEPT:]
        if entry.kind == "issue":
            self.issuances = [*self.issuances, entry.answer["last_issuance"]][-KEPT:]


class Trader:
    """One client on the shelves."""

    def __init__(self, caller: Caller, shelves: Shelves, member: str) -> None:
        self._caller, self._shelves, self._member = caller, shelves, member
        self._chance = caller.chance

    async def work(self) -> None:
        """One command after the other."""
        acts = {
            self._adjust: 5,
            self._receive: 4,
            self._issue: 4,
            self._return: 3,
            self._repair: 1,
            self._reserve: 4,
            self._release: 2,
            self._fulfil: 2,
            self._transfer: 5,
            self._bulk: 3,
            self._update: 1,
            self._come_and_go: 1,
            self._read: 3,
        }
        while await self._caller.turn():
            act = self._chance.choices([*acts], [*acts.values()])[0]
            await act()
            await asyncio.sleep(self._chance.uniform(0, 2 * THINK_SECONDS))

    @property
    def _some(self) -> int:
        return self._chance.randint(1, MOST)

    def _entry(self) -> dict[str, Any]:
        return self._chance.choice(self._shelves.entries)

    def _spot(self) -> dict[str, Any]:
        entry = self._entry()
        return {"product": entry["product"], "location": entry["location"]}

    async def _send(self, kind: str, path: str, body: dict[str, Any], *marks: str) -> Entry:
        entry = await self._caller.command(kind, path, body, marks=marks)
        self._shelves.note(entry)
        return entry

    async def _adjust(self) -> None:
        mark, quantity = self._caller.mark, self._some * self._chance.choice((1, -1))
        body = {**self._spot(), "quantity": quantity, "reason": mark}
        await self._send("adjust", "/store/inventory/adjust", body, mark)

    async def _receive(self) -> None:
        mark, path = self._caller.mark, f"/inventory/items/{self._entry()['id']}/receive"
        body = {"quantity": self._some, "unit_cost": "2.50", "reason": mark}
        await self._send("receive", path, body, mark)

    async def _issue(self) -> None:
        mark, path = self._caller.mark, f"/inventory/items/{self._entry()['id']}/issue"
        body = {"quantity": self._some, "member": self._member, "reason": mark}
        await self._send("issue", path, body, mark)

    async def _return(self) -> None:
        if not self._shelves.issuances:
            return
        mark = self._caller.mark
        path = f"/inventory/issuances/{self._chance.choice(self._shelves.issuances)}/return"
        body = {"condition": self._chance.choice(("good", "poor")), "note": mark, "quantity": 1}
        await self._send("return", path, body, mark)

    async def _repair(self) -> None:
        mark, path = self._caller.mark, f"/inventory/items/{self._entry()['id']}/repair"
        await self._send("repair", path, {"quantity": 1, "note": mark}, mark)

    async def _reserve(self) -> None:
        """Half of them run out within seconds."""
        mark = self._caller.mark
        body = {**self._spot(), "quantity": self._some, "order": mark}
        if self._chance.random() < 0.5:
            ends = datetime.now(UTC) + timedelta(seconds=self._chance.uniform(1, 8))
            body["expires_at"] = ends.isoformat()
        await self._send("reserve", "/store/inventory/reserve", body, mark)

    async def _release(self) -> None:
        await self._of_reservation("release")

    async def _fulfil(self) -> None:
        await self._of_reservation("fulfill")

    async def _of_reservation(self, kind: str) -> None:
        if self._shelves.reservations:
            body = {"reservation": self._chance.choice(self._shelves.reservations), "quantity": 1}
            await self._send(kind, f"/store/inventory/{kind}", body)

    async def _transfer(self) -> None:
        """To another shelf, sometimes to one that only this command opens."""
        spot = self._spot()
        new = self._chance.random() < 0.2
        others = [place for place in LOCATIONS if place != spot["location"]]
        target = f"N{self._caller.mark}" if new else self._chance.choice(others)
        body = {"product": spot["product"], "source": spot["location"], "destination": target}
        await self._send("transfer", "/store/inventory/transfer", {**body, "quantity": self._some})

    async def _bulk(self) -> None:
        """Several entries in one append, all or none."""
        mark, rows, marks = self._caller.mark, [], []
        for number in range(self._chance.randint(2, 6)):
            marks.append(f"{mark}{number}~")
            quantity = self._some * self._chance.choice((1, 1, -1))
            facts = {"store_id": self._shelves.warehouse, "reason": marks[-1]}
            rows.append({**self._spot(), **facts, "quantity": quantity})
        path = "/admin/inventory/bulk-adjust"
        await self._send("bulk-adjust", path, {"adjustments": rows}, *marks)

    async def _update(self) -> None:
        mark, path = self._caller.mark, f"/admin/inventory/{self._entry()['id']}"
        body = {"note": mark, "threshold": self._some}
        await self._caller.command("update", path, body, method="PUT", marks=(mark,))

    async def _come_and_go(self) -> None:
        """An entry of its own is opened, emptied, deleted."""
        mark = self._caller.mark
        spot = {"product": self._spot()["product"], "location": f"T{mark}"}
        body = {**spot, "quantity": 1, "reason": mark}
        made = await self._send("adjust", "/store/inventory/adjust", body, mark)
        if made.outcome != "done":
            return
        mark = self._caller.mark
        body = {**spot, "quantity": -1, "reason": mark}
        await self._send("adjust", "/store/inventory/adjust", body, mark)
        path = f"/admin/inventory/{made.answer['id']}"
        await self._caller.command("delete", path, {}, method="DELETE")

    async def _read(self) -> None:
        """What he has just written is there for him, or not yet: never is it denied."""
        mark = self._caller.mark
        spot = {"product": self._spot()["product"], "location": f"R{mark}"}
        body = {**spot, "quantity": 1, "reason": mark}
        made = await self._send("adjust", "/store/inventory/adjust", body, mark)
        if made.outcome != "done":
            return
        answer = await self._caller.look(f"/inventory/items/{made.answer['id']}", made)
        if answer is not None:
            self._caller.desk.journal.read(made, answer.status_code)
