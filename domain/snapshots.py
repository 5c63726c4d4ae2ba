"""Snapshots: all that an aggregate knows, so that a long stream is not folded again.

They are a cache: the fold of a snapshot and what came after it is the fold of everything. Only
aggregates whose streams grow without end have one.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

import msgspec

from domain.base import Aggregate
from domain.stock.pool_stock import PoolStock
from domain.stock.promises import Issuance, Promises, Reservation

A = TypeVar("A", bound=Aggregate)


class PoolState(msgspec.Struct, frozen=True, kw_only=True):
    """Every attribute of a PoolStock."""

    exists: bool
    product: UUID
    place: UUID
    warehouse: UUID
    place_code: str
    whole: bool
    threshold: Decimal | None
    maximum: Decimal | None
    bin: str
    note: str
    on_hand: Decimal
    quarantine: Decimal
    reservations: Promises[Reservation]
    issuances: Promises[Issuance]


STATES: Mapping[type[Aggregate], type[msgspec.Struct]] = {PoolStock: PoolState}
"""What is kept of which aggregates."""


def capture(aggregate: Aggregate) -> bytes:
    """The state as it is now."""
    kind = STATES[type(aggregate)]
    return msgspec.json.encode(
        kind(**{name: getattr(aggregate, name) for name in kind.__struct_fields__})
    )


def restore(kind: type[A], stream: UUID, version: int, state: bytes) -> A:
    """The aggregate as it was when its state was captured at that version."""
    aggregate = kind.blank(stream, version)
    known = msgspec.json.decode(state, type=STATES[kind])
    for name, value in msgspec.structs.asdict(known).items():
        setattr(aggregate, name, value)
    return aggregate
