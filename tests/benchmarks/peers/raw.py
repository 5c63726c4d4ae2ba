"""Litestar with asyncpg and no ORM: the row is locked, changed, audited and committed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Annotated
from uuid import UUID

import asyncpg
import msgspec
from litestar import Litestar, Request, Response, post
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from api.startup import collect_seldom
from projections.sql import statements
from tests.benchmarks.peers.sessions import Member, Sessions

SQL = statements(Path(__file__).with_name("crud.sql"))


class Issue(msgspec.Struct, frozen=True):
    """The request."""

    quantity: Decimal
    member: UUID
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


class Balance(msgspec.Struct, frozen=True):
    """The answer."""

    id: UUID
    product: UUID
    warehouse: UUID
    on_hand: Decimal
    reserved: Decimal
    available: Decimal
    issued: Decimal
    quarantine: Decimal
    version: int


class Peer:
    """The pool of connections, and the sessions looked up through it."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self.sessions = Sessions(self._look_up)

    async def _look_up(self, token: str) -> Member | None:
        row = await self.pool.fetchrow(SQL["session"], token)
        if row is None:
            return None
        return Member(row["id"], row["organization_id"], frozenset(row["permissions"]))

    async def issue(self, stock: UUID, asked: Issue, member: Member, key: str) -> bytes:
        """Hands a quantity to a member."""
        request_hash = hashlib.sha256(f"{stock} {asked!r}".encode()).digest()
        try:
            return await self._issue(stock, asked, member, key, request_hash)
        except asyncpg.UniqueViolationError:
            known = await self.pool.fetchrow(SQL["answered"], member.id, key)
            if known is None or known["request_hash"] != request_hash:
                raise HTTPException(status_code=422) from None
            return bytes(known["answer"])

    async def _issue(
        self, stock: UUID, asked: Issue, member: Member, key: str, request_hash: bytes
    ) -> bytes:
        async with self.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(SQL["lock"], stock, member.organization)
            if row is None:
                raise HTTPException(status_code=404)
            if not 0 < asked.quantity <= row["on_hand"] - row["reserved"]:
                raise HTTPException(status_code=409)
            on_hand, issued = row["on_hand"] - asked.quantity, row["issued"] + asked.quantity
            balance = Balance(
                id=stock,
                product=row["product_id"],
                warehouse=row["warehouse_id"],
                on_hand=on_hand,
                reserved=row["reserved"],
                available=on_hand - row["reserved"],
                issued=issued,
                quarantine=row["quarantine"],
                version=row["version"] + 1,
            )
            answer = msgspec.json.encode(balance)
            await connection.execute(
                *(SQL["write"], stock, on_hand, issued, member.id, key, request_hash, answer),
                *(asked.member, asked.quantity, asked.reason),
            )
            return answer


@post("/inventory/items/{stock:uuid}/issue", status_code=200)
async def issue(stock: UUID, data: Issue, request: Request[None, None, State]) -> Response[bytes]:
    """Hands a quantity to a member."""
    peer: Peer = request.app.state.peer
    headers = request.headers
    member = await peer.sessions.member(headers.get("authorization"), "stock:issue")
    if member is None:
        raise HTTPException(status_code=401)
    answer = await peer.issue(stock, data, member, headers["idempotency-key"])
    return Response(answer, media_type="application/json")


@asynccontextmanager
async def connected(app: Litestar) -> AsyncIterator[None]:
    """Holds the connections open."""
    size = int(os.environ["PEER_CONNECTIONS"])
    async with asyncpg.create_pool(
        os.environ["PEER_DATABASE_URL"], min_size=size, max_size=size, reset=_as_it_is
    ) as pool:
        app.state.peer = Peer(pool)
        yield


async def _as_it_is(_: asyncpg.Connection) -> None:
    """Each use ends its own transaction, so the reset's round trip is saved."""


app = Litestar([issue], lifespan=[connected], openapi_config=None, logging_config=None)
collect_seldom()
