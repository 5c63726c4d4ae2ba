"""Makes what a request needs in order to be accepted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

import msgspec

from tests.api.takes import Take, planned, started, stocked
from tests.system import Company


class Request(msgspec.Struct, frozen=True):
    """A request that `who` may send."""

    path: str
    body: dict[str, Any]
    who: str = "admin"


class Shop:
    """Makes new stock and stock-takes in one company whenever it is asked."""

    def __init__(self, company: Company, mark: str = "") -> None:
        """`mark` is at the end of each code."""
        self.company, self.admin = company, company["admin"]
        self._numbers, self._mark = count(1), mark

    def name(self, of: str) -> str:
        """A code that nothing else has."""
        return f"{of}-{next(self._numbers)}{self._mark}"

    async def warehouse(self) -> str:
        """Another warehouse: each has at most one open stock-take."""
        answer = await self.admin.done("/warehouses", {"code": self.name("W"), "name": "Other"})
        return str(answer["id"])

    async def product(self) -> str:
        """A product without stock."""
        answer = await self.admin.done("/parts", {"sku": self.name("SKU"), "name": "Product"})
        return str(answer["id"])

    async def entry(self, quantity: int = 10) -> dict[str, Any]:
        """A new product's stock on shelf A1 of the main warehouse."""
        sku, warehouse = self.name("SKU"), str(self.company.warehouse)
        found: dict[str, Any] = (await stocked(self.admin, warehouse, sku, {"A1": quantity}))[
            sku, "A1"
        ]
        return found

    async def reserved(self) -> str:
        """A reservation."""
        entry = await self.entry()
        where = {"product": entry["product"], "location": "A1"}
        body = {**where, "quantity": 4, "order": "O-1"}
        return str((await self.admin.done("/store/inventory/reserve", body))["last_reservation"])

    async def issued(self, entry: dict[str, Any]) -> str:
        """An issuance to the member."""
        body = {"quantity": 3, "member": str(self.company["member"].member)}
        answer = await self.admin.done(f"/inventory/items/{entry['id']}/issue", body)
        return str(answer["last_issuance"])

    async def draft(self) -> Take:
        """A stock-take that can be started."""
        return await planned(self.company, self._stock(), await self.warehouse())

    async def take(self) -> Take:
        """A stock-take that is being counted; nobody has begun."""
        return await started(self.company, self._stock(), await self.warehouse())

    def _stock(self) -> dict[str, dict[str, object]]:
        return {self.name("SKU"): {"A1": 10}}


def sku_of(take: Take) -> str:
    """The only product of a shop's stock-take."""
    return str(next(iter(take.pools))[0])


Build = Callable[[Shop], Awaitable[Request]]
