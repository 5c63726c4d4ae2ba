"""Plays a file of dated lines into the log: in chunks, in order, each line once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from adapters.importers.online_retail import Move, Retail
from api.services import Services, system
from api.unit_of_work import Unit
from domain.base import NEVER
from domain.ids import pool_id, product_id, warehouse_id
from domain.ports import Appended, GuardFailed, Replayed, VersionConflict
from domain.stock import pool_commands as c
from domain.stock.entries import UnlimitedProduct, pool_created
from domain.stock.imported_file import ImportedFile, LinesTaken, imported_file_id
from domain.stock.place import OpenWarehouse, Place
from domain.stock.pool_stock import PoolStock
from domain.stock.product import Product

ADMIN = ("admin",)
EVENTS_PER_APPEND = 2_000
"""An append holds the lock for some 50 ms, in which others wait."""
AT_ONCE = 2
"""While one append is written the next one is decided."""
POOLS_AT_ONCE = 100
"""So many histories are in memory when stock is loaded."""
DECISIONS_AT_ONCE = 100
"""Between so many decisions the connection gets its turn."""
VAIN_ATTEMPTS = 5
DECIDES: dict[type[c.MovementCommand], Callable[[PoolStock, Any, Any], None]] = {
    c.ReceiveStock: PoolStock.receive,
    c.ConsumeStock: PoolStock.consume,
    c.AdjustStock: PoolStock.adjust,
}


class Chunk(msgspec.Struct):
    """Lines that go into one append."""

    moves: list[Move]
    events: int


class Underway(msgspec.Struct, frozen=True):
    """An append whose answer is awaited, and the file's line that it ends with."""

    unit: Unit
    answer: asyncio.Future[Appended | Replayed]
    line: int


class Player:
    """One file on its way into one organization's warehouse."""

    def __init__(
        self,
        services: Services,
        organization: UUID,
        retail: Retail,
        warehouse: OpenWarehouse,
        limit: int | None = None,
    ) -> None:
        """Ends behind the file's first `limit` lines."""
        self._services, self._retail, self._opening = services, retail, warehouse
        self._context = system(organization, ADMIN)
        self._root = warehouse_id(organization, warehouse.code)
        self._file = imported_file_id(self._root, retail.sha256)
        self._limit = retail.lines if limit is None else min(limit, retail.lines)
        self._ids = {
            sku: (product, pool_id(product, self._root))
            for sku in retail.products
            for product in (product_id(organization, sku),)
        }

    async def run(
        self,
        progress: Callable[[int], None] = lambda _: None,
        resumed: Callable[[int], None] = lambda _: None,
    ) -> LinesTaken | None:
        """Plays what is not in the log yet.

        `resumed` hears how many lines were there before, `progress` how many are there by now.
        Where others moved the same stock meanwhile it goes on from what is there. Raises a Refused,
        or an AppendRefused where the log cannot be reached: run again, it goes on.
        """
        vain = 0
        while True:
            before = await self._taken()
            resumed(before.lines if before else 0)
            try:
                await self._play(before, progress)
                return await self._taken()
            except (VersionConflict, GuardFailed):
                vain = 0 if (await self._taken()) != before else vain + 1
                if vain == VAIN_ATTEMPTS:
                    raise

    async def _taken(self) -> LinesTaken | None:
        unit = self._unit()
        return (await unit.load(ImportedFile, self._file)).taken

    async def _play(self, before: LinesTaken | None, progress: Callable[[int], None]) -> None:
        underway: deque[Underway] = deque()
        try:
            for chunk in self._chunks(before.lines if before else 0):
                underway.append(await self._append(chunk))
                if len(underway) == AT_ONCE:
                    await self._settle(underway, progress)
            while underway:
                await self._settle(underway, progress)
        except BaseException:
            await asyncio.gather(*(one.answer for one in underway), return_exceptions=True)
            for one in underway:
                one.unit.evict()
            raise

    async def _settle(self, underway: deque[Underway], progress: Callable[[int], None]) -> None:
        await asyncio.shield(underway[0].answer)
        progress(underway.popleft().line)

    def _chunks(self, done: int) -> Iterator[Chunk]:
        chunk = Chunk([], 0)
        for move in self._retail.moves():
            if move.line <= done:
                continue
            if move.line > self._limit:
                break
            chunk.moves.append(move)
            chunk.events += (move.receipt is not None) + (move.movement is not None)
            if chunk.events >= EVENTS_PER_APPEND:
                yield chunk
                chunk = Chunk([], 0)
        if chunk.moves:
            yield chunk

    async def _append(self, chunk: Chunk) -> Underway:
        unit = self._unit()
        try:
            await self._decide(unit, chunk)
            answer = unit.enqueue(self._file, None)
        except BaseException:
            unit.evict()
            raise
        assert answer  # noqa: S101 - the file itself has an event
        await asyncio.sleep(0)  # it is on its way before the next one is decided
        return Underway(unit, answer, chunk.moves[-1].line)

    async def _decide(self, unit: Unit, chunk: Chunk) -> None:
        file = await unit.load(ImportedFile, self._file)
        root = await unit.load(Place, self._root)
        stock = await self._stock(unit, chunk, root)
        for number, move in enumerate(chunk.moves):
            for command in (move.receipt, move.movement):
                if command is not None:
                    DECIDES[type(command)](stock[move.sku], command, self._context)
            if number % DECISIONS_AT_ONCE == 0:
                await asyncio.sleep(0)
        root.must_be_active()
        file.take(self._progress(file.taken, chunk), self._context)

    async def _stock(self, unit: Unit, chunk: Chunk, root: Place) -> dict[str, PoolStock]:
        """The chunk's stock entries; what is new is opened, its product with it."""
        begins = {move.sku: _at(move) for move in reversed(chunk.moves) if move.movement}
        skus = list(begins)
        stock: dict[str, PoolStock] = {}
        for first in range(0, len(skus), POOLS_AT_ONCE):
            part = skus[first : first + POOLS_AT_ONCE]
            found = await unit.load_all(PoolStock, [self._ids[sku][1] for sku in part])
            stock.update(zip(part, found, strict=True))
        new = [sku for sku, pool in stock.items() if not pool.exists]
        products = await unit.load_all(Product, [self._ids[sku][0] for sku in new])
        if not root.version:
            root.open_warehouse(self._opening, self._context)
        for sku, product in zip(new, products, strict=True):
            pool = stock[sku].id
            unit.touched[pool] = unit.touched.pop(pool)  # in the log behind its product
            context = msgspec.structs.replace(self._context, now=begins[sku])
            if not product.version:
                product.create(self._retail.products[sku], context)
            if product.unlimited:
                raise UnlimitedProduct(f"{sku} is digital: there is no stock of it.")
            stock[sku].open(pool_created(product, root), context)
        return stock

    def _progress(self, before: LinesTaken | None, chunk: Chunk) -> LinesTaken:
        moved = sum(move.movement is not None for move in chunk.moves)
        received = sum(move.receipt is not None for move in chunk.moves)
        return LinesTaken(
            name=self._retail.path.name,
            sha256=self._retail.sha256,
            lines=chunk.moves[-1].line,
            movements=moved + (before.movements if before else 0),
            receipts=received + (before.receipts if before else 0),
            skipped=len(chunk.moves) - moved + (before.skipped if before else 0),
        )

    def _unit(self) -> Unit:
        services = self._services
        books = services.books(self._context.organization)
        return Unit(services.log, services.aggregates, books, self._context)


def _at(move: Move) -> datetime:
    """When the move begins."""
    command = move.receipt or move.movement
    return (command and command.occurred_at) or NEVER
