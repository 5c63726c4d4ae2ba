"""Stock movements: each change of a quantity, in the order in which it was recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta
from msgspec.structs import asdict

from domain.base import Instant, NotFound, View, utc
from domain.permissions import Permission
from projections.movements import MovementRow
from projections.queries.base import (
    Listing,
    Page,
    Person,
    Reads,
    Row,
    Temporal,
    key_of,
    page,
    people,
    restored,
)
from projections.sql import statements

SQL = statements(__file__)
MovementType = Annotated[str, Meta(max_length=100)]


class NoSuchTransaction(NotFound, code="TRANSACTION_NOT_FOUND"):
    """There is no such movement."""


class Transaction(View):
    """A movement; `id` is its position in the log.

    `delta` and `quarantine_delta` are signed, `on_hand` and `quarantine` what the entry had then.
    """

    id: int
    type: str
    warehouse: UUID
    place: UUID
    location: str
    pool: UUID
    product: UUID
    sku: str
    name: str
    unit: str
    delta: Decimal
    on_hand: Decimal
    quarantine_delta: Decimal
    quarantine: Decimal
    unit_cost: Decimal | None
    occurred_at: datetime
    recorded_at: datetime
    actor: Person
    member: Person | None
    session: UUID | None
    reason: str


class Transactions(Listing):
    """Movements that match; times are physical, `from` is included and `to` is not.

    `-position` begins with what was recorded last.
    """

    permission = Permission.STOCK_READ
    warehouse: UUID | None = None
    place: UUID | None = None
    product: UUID | None = None
    type: Annotated[tuple[MovementType, ...], Meta(max_length=50)] = ()
    actor: UUID | None = None
    session: UUID | None = None
    from_: Instant | None = msgspec.field(default=None, name="from")
    to: Instant | None = None
    sort: Literal["position", "-position"] = "position"


class OneTransaction(Temporal):
    """One movement."""

    permission = Permission.STOCK_READ


async def transactions(query: Transactions, reads: Reads) -> Page[Transaction]:
    """A page of the ledger."""
    backwards = query.sort == "-position"
    beyond, direction = ("<", "DESC") if backwards else (">", "ASC")
    rows = await reads.fetch(
        SQL["transactions"].format(beyond=beyond, direction=direction),
        *(reads.context.organization, query.warehouse, query.place, query.product),
        *(query.type, query.actor, query.session),
        None if query.from_ is None else utc(query.from_, "/from"),
        None if query.to is None else utc(query.to, "/to"),
        *(key_of(query.cursor, tuple[int]) or (None,)),
        query.limit + 1,
    )
    person = await people(reads, (id_ for row in rows for id_ in (row["actor"], row["member"])))
    found = [_view(row, person) for row in rows]
    return page(found, query.limit, lambda one: (one.id,))


async def transaction(_: OneTransaction, reads: Reads, id: int) -> Transaction:  # noqa: A002 - the path's name
    """One movement by its position."""
    rows = await reads.fetch(SQL["transaction"], reads.context.organization, id)
    if not rows:
        raise NoSuchTransaction
    person = await people(reads, (rows[0]["actor"], rows[0]["member"]))
    return _view(rows[0], person)


def _view(row: Row, person: Callable[[UUID], Person]) -> Transaction:
    facts = asdict(restored(MovementRow, row))
    del facts["organization"]
    position, actor, member = (facts.pop(name) for name in ("position", "actor", "member"))
    return Transaction(
        id=position,
        location=row["location"],
        sku=row["sku"],
        name=row["name"],
        unit=row["unit"],
        actor=person(actor),
        member=None if member is None else person(member),
        **facts,
    )
