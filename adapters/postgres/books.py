"""What the read models know of stock and of what is due, for decisions and for the timers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from adapters.postgres.connection import snapshot
from domain.books import Book, Left, Remains, ScopeItem, StockUnknown
from domain.ids import normal
from domain.permissions import ROLES, Permission
from domain.stock.movement import Bucket
from domain.stock_take.posting import NOTHING
from domain.stock_take.session_events import Scope, Totals
from domain.stock_take.variance import Evidence
from projections.all import PROJECTIONS
from projections.queries.base import Fetch
from projections.queries.evidence import evidence
from projections.sql import statements

if TYPE_CHECKING:
    from asyncpg import Pool

SQL = statements(__file__)
MANAGING = [role for role, may in ROLES.items() if Permission.MEMBERS_MANAGE in may]
"""The roles of those whom closing an organization shuts out with it."""
NAMES = tuple(projection.id for projection in PROJECTIONS)
PAGE = 100


class PostgresBooks:
    """Implements domain.books.Books for one organization; `reached` waits for the projections."""

    def __init__(
        self,
        pool: Pool,
        organization: UUID,
        head: Callable[[], Awaitable[int]],
        reached: Callable[[Sequence[str], int, UUID], Awaitable[None]],
    ) -> None:
        self._pool, self._organization = pool, organization
        self._head, self._reached = head, reached

    async def reach(self, position: int | None = None) -> int:
        """Waits until the read models know the position, or all that is in the log now."""
        wanted = await self._head() if position is None else position
        await self._reached(NAMES, wanted, self._organization)
        return wanted

    async def scope(self, warehouse: UUID, scope: Scope) -> list[ScopeItem]:
        """The products to count, with the places where they are; an unlimited one is none."""
        async with snapshot(self._pool) as fetch:
            await self._known(fetch)
            rows = await fetch(
                SQL["scope"],
                self._organization,
                warehouse,
                scope.include_zero_stock,
                scope.products,
                scope.categories,
                [normal(shelf) for shelf in scope.shelves],
            )
            limited = await fetch(SQL["limited"], self._organization, scope.products)
        found = {
            product: ScopeItem(
                product, tuple((r["place"], r["location"], r["on_hand"]) for r in rs)
            )
            for product, rs in groupby(rows, itemgetter("product"))
        }
        listed = {row["id"]: ScopeItem(row["id"], ()) for row in limited}
        return list((listed | found).values())

    async def book(self, warehouse: UUID, product: UUID, at: datetime, bucket: Bucket) -> Book:
        """B(at) over the warehouse."""
        usable = bucket == "usable"
        (row,) = await self._pool.fetch(
            SQL["book"], warehouse, product, at, usable, self._organization
        )
        return Book(row["quantity"], row["position"])

    async def left(self, warehouse: UUID, now: datetime) -> Left:
        """Entries with stock of any kind, and with live reservations."""
        async with snapshot(self._pool) as fetch:
            await self._known(fetch)
            (row,) = await fetch(SQL["left"], self._organization, warehouse, now)
        return Left(row["entries"], row["reserved"])

    async def evidence(self, session: UUID, items: Sequence[UUID]) -> list[Evidence]:
        """All that these variances follow from, of one moment."""
        async with snapshot(self._pool) as fetch:
            await self._known(fetch)
            return await evidence(fetch, session, items)

    async def items(self, session: UUID, after: UUID, limit: int) -> list[UUID]:
        """A page of the session's unposted item counts."""
        return [row["id"] for row in await self._pool.fetch(SQL["items"], session, after, limit)]

    async def counters(self, session: UUID) -> frozenset[UUID]:
        """Whoever has a current count line."""
        rows = await self._pool.fetch(SQL["counters"], self._organization, session)
        return frozenset(row["counter"] for row in rows)

    async def totals(self, session: UUID, leave_out: Sequence[UUID]) -> Totals:
        """How many items there are, left out, or uncounted."""
        (row,) = await self._pool.fetch(SQL["totals"], session, leave_out)
        return msgspec.structs.replace(NOTHING, **row)

    async def remains(self, organization: UUID) -> Remains:
        """What that organization has by now, whichever shard of the projectors follows it."""
        books = PostgresBooks(self._pool, organization, self._head, self._reached)
        await books.reach()
        async with snapshot(self._pool) as fetch:
            await books._known(fetch)
            (row,) = await fetch(SQL["remains"], organization, MANAGING)
        return Remains(row["users"], row["stock"], row["warehouses"])

    async def _known(self, fetch: Fetch) -> None:
        """Refuses while a projection has given up on anything of the organization."""
        if (await fetch(SQL["unknown"], self._organization, NAMES))[0]["unknown"]:
            raise StockUnknown


class PostgresDue:
    """What the timers have to see to, over all organizations; a page at most of each."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def posting_sessions(self) -> list[tuple[UUID, UUID]]:
        """Frozen sessions."""
        rows = await self._pool.fetch(SQL["posting_sessions"], PAGE)
        return [(row["organization"], row["id"]) for row in rows]

    async def closing_warehouses(self) -> list[tuple[UUID, UUID, int]]:
        """Warehouses whose deactivation has begun, with the version that they have then."""
        rows = await self._pool.fetch(SQL["closing_warehouses"], PAGE)
        return [(row["organization"], row["id"], row["version"]) for row in rows]

    async def expired_reservations(self, now: datetime) -> list[tuple[UUID, UUID]]:
        """Pools whose reservations ran out."""
        rows = await self._pool.fetch(SQL["expired_reservations"], now, PAGE)
        return [(row["organization"], row["pool"]) for row in rows]
