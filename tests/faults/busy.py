"""A company in which everything happens: every command once, then traffic on a few entries."""

from __future__ import annotations

import asyncio
import random

from tests.api.shop import Shop
from tests.api.specimens import COMMANDS, SPECIMENS
from tests.system import Company

ENTRIES, MOVES = 4, 150


async def busy(company: Company, seed: int) -> None:
    """In an order that the seed tells."""
    chance, shop = random.Random(seed), Shop(company)  # noqa: S311 - a test's dice
    rows = sorted(SPECIMENS)
    for row in chance.sample(rows, len(rows)):
        request = await SPECIMENS[row](shop)
        sender = company[request.who]
        answer = await sender.send(COMMANDS[row].method, request.path, request.body)
        assert answer.status_code == COMMANDS[row].status, answer.text
    await _traffic(company, shop, chance)


async def _traffic(company: Company, shop: Shop, chance: random.Random) -> None:
    """Whether a command is done or refused depends on who comes first."""
    entries = [await shop.entry(20) for _ in range(ENTRIES)]
    member = str(company["member"].member)

    async def move() -> None:
        entry, quantity = chance.choice(entries), chance.randint(1, 9)
        where = {"product": entry["product"], "location": "A1", "quantity": quantity}
        to = {"source": "A1", "destination": chance.choice("BCD")}
        path, body = chance.choice(
            [
                ("/store/inventory/adjust", {**where, "reason": "found"}),
                ("/store/inventory/adjust", {**where, "quantity": -quantity, "reason": "lost"}),
                ("/store/inventory/reserve", {**where, "order": "O"}),
                (f"/inventory/items/{entry['id']}/issue", {"quantity": 1, "member": member}),
                (
                    "/store/inventory/transfer",
                    {"product": entry["product"], "quantity": quantity, **to},
                ),
            ]
        )
        answer = await company["admin"].post(path, body)
        assert answer.status_code in {200, 409}, answer.text

    await asyncio.gather(*(move() for _ in range(MOVES)))
