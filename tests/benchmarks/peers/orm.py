"""FastAPI with SQLAlchemy's async ORM: the row is locked, changed, audited and committed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import joinedload, selectinload

from api.startup import collect_seldom
from tests.benchmarks.peers.orm_tables import Audit, Issuance, Key, Member, Session, Stock
from tests.benchmarks.peers.sessions import Member as Principal
from tests.benchmarks.peers.sessions import Sessions


class Issue(BaseModel):
    """The request."""

    quantity: Annotated[Decimal, Field(gt=0, decimal_places=3)]
    member: UUID
    reason: Annotated[str, Field(max_length=500)] = ""


class Balance(BaseModel):
    """The answer to a command."""

    id: UUID
    product: UUID
    warehouse: UUID
    on_hand: Decimal
    reserved: Decimal
    available: Decimal
    issued: Decimal
    quarantine: Decimal
    version: int


class Held(BaseModel):
    """An issuance."""

    id: int
    member: UUID
    member_name: str
    quantity: Decimal
    issued_at: datetime
    reason: str


class Kept(BaseModel):
    """A reservation."""

    id: int
    order: str
    quantity: Decimal
    expires_at: datetime | None


class Item(Balance):
    """The answer to a query."""

    sku: str
    name: str
    unit: str
    warehouse_code: str
    location: str
    updated_at: datetime
    reservations: list[Kept]
    issuances: list[Held]


engine = create_async_engine(
    os.environ["PEER_DATABASE_URL"], pool_size=int(os.environ["PEER_CONNECTIONS"]), max_overflow=0
)
opened = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()
collect_seldom()


# Built once: to build a statement for each request costs as much as to send it.
LOGGED_IN = (
    select(Member)
    .join(Session, Session.member_id == Member.id)
    .where(Session.token == bindparam("token"), Session.expires_at > func.now())
)
ONE = select(Stock).where(
    Stock.id == bindparam("stock"), Stock.organization_id == bindparam("organization")
)
LOCKED = ONE.with_for_update()
SHOWN = ONE.options(
    joinedload(Stock.product),
    joinedload(Stock.warehouse),
    selectinload(Stock.issuances).joinedload(Issuance.member),
    selectinload(Stock.reservations),
)


async def _look_up(token: str) -> Principal | None:
    async with opened() as session:
        found = await session.scalar(LOGGED_IN, {"token": token})
    return (
        Principal(found.id, found.organization_id, frozenset(found.permissions)) if found else None
    )


sessions = Sessions(_look_up)


async def database() -> AsyncIterator[AsyncSession]:
    """A session for the request."""
    async with opened() as session:
        yield session


async def issuer(authorization: Annotated[str | None, Header()] = None) -> Principal:
    """Somebody who may issue."""
    return await _permitted(authorization, "stock:issue")


async def reader(authorization: Annotated[str | None, Header()] = None) -> Principal:
    """Somebody who may read."""
    return await _permitted(authorization, "stock:read")


async def _permitted(authorization: str | None, permission: str) -> Principal:
    member = await sessions.member(authorization, permission)
    if member is None:
        raise HTTPException(401)
    return member


@app.post("/inventory/items/{stock_id}/issue")
async def issue(
    stock_id: UUID,
    asked: Issue,
    member: Annotated[Principal, Depends(issuer)],
    session: Annotated[AsyncSession, Depends(database)],
    idempotency_key: Annotated[str, Header()],
) -> Balance:
    """Hands a quantity to a member."""
    wanted = {"stock": stock_id, "organization": member.organization}
    stock = await session.scalar(LOCKED, wanted)
    if stock is None:
        raise HTTPException(404)
    if stock.on_hand - stock.reserved < asked.quantity:
        raise HTTPException(409)
    stock.on_hand -= asked.quantity
    stock.issued += asked.quantity
    stock.version += 1
    answer = _balance(stock)
    request_hash = hashlib.sha256(f"{stock_id} {asked!r}".encode()).digest()
    facts = {"member_id": asked.member, "quantity": asked.quantity, "reason": asked.reason}
    session.add_all(
        [
            Audit(
                stock_id=stock_id, actor=member.id, action="issue", on_hand=stock.on_hand, **facts
            ),
            Key(
                member_id=member.id,
                key=idempotency_key,
                request_hash=request_hash,
                answer=answer.model_dump_json().encode(),
            ),
        ]
    )
    try:
        await session.commit()
    except IntegrityError:  # the key was used before
        await session.rollback()
        known = await session.get_one(Key, (member.id, idempotency_key))
        if known.request_hash != request_hash:
            raise HTTPException(422) from None
        return Balance.model_validate_json(known.answer)
    return answer


@app.get("/inventory/items/{stock_id}")
async def item(
    stock_id: UUID,
    member: Annotated[Principal, Depends(reader)],
    session: Annotated[AsyncSession, Depends(database)],
) -> Item:
    """A stock entry with what is promised of it."""
    wanted = {"stock": stock_id, "organization": member.organization}
    stock = await session.scalar(SHOWN, wanted)
    if stock is None:
        raise HTTPException(404)
    return Item(
        **dict(_balance(stock)),
        sku=stock.product.sku,
        name=stock.product.name,
        unit=stock.product.unit,
        warehouse_code=stock.warehouse.code,
        location=stock.location,
        updated_at=stock.updated_at,
        reservations=[
            Kept(id=r.id, order=r.order_reference, quantity=r.quantity, expires_at=r.expires_at)
            for r in stock.reservations
        ],
        issuances=[
            Held(
                id=i.id,
                member=i.member_id,
                member_name=i.member.name,
                quantity=i.quantity,
                issued_at=i.at,
                reason=i.reason,
            )
            for i in stock.issuances
        ],
    )


def _balance(stock: Stock) -> Balance:
    return Balance(
        id=stock.id,
        product=stock.product_id,
        warehouse=stock.warehouse_id,
        on_hand=stock.on_hand,
        reserved=stock.reserved,
        available=stock.on_hand - stock.reserved,
        issued=stock.issued,
        quarantine=stock.quarantine,
        version=stock.version,
    )
