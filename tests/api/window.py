"""One accepted request for every command, all of one organization."""

from __future__ import annotations

from typing import Self

from tests.api.shop import Request, Shop
from tests.api.specimens import SPECIMENS
from tests.system import Company


class Window(dict[str, Request]):
    """Accepted requests by row, all of one company; whoever sends one, spoils it for the others."""

    def __init__(self, shop: Shop, movement: str, requests: dict[str, Request]) -> None:
        super().__init__(requests)
        self.shop, self.company, self.movement = shop, shop.company, movement

    @classmethod
    async def of(cls, company: Company, mark: str = "") -> Self:
        """One for every command; `movement` is the id of the company's last movement."""
        shop, admin = Shop(company, mark), company["admin"]
        requests = {row: await build(shop) for row, build in SPECIMENS.items()}
        last = await admin.post("/warehouses", {"code": shop.name("W"), "name": "Last"})
        moved = await admin.ask_after(last, "/transactions?limit=1&sort=-position")
        return cls(shop, str(moved["items"][0]["id"]), requests)
