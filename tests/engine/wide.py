"""A row with every kind of column, and a column named as SQL would not have it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from domain.base import Event
from domain.quantity import Quantity
from projections.engine.projection import Projection


class Colour(StrEnum):
    """Two of them."""

    RED = "red"
    BLUE = "blue"


class Part(msgspec.Struct, frozen=True):
    """A struct in a column."""

    of: UUID
    amounts: tuple[Decimal, ...]


class Wide(msgspec.Struct, frozen=True):
    """One of each, then each that may be missing."""

    order: str
    number: int
    flag: bool
    amount: Decimal
    quantity: Quantity
    id: UUID
    at: datetime
    day: date
    colour: Colour
    kind: Literal["a", "b"]
    parts: tuple[Part, ...]
    counts: dict[str, int]
    no_text: str | None = None
    no_number: int | None = None
    no_amount: Decimal | None = None
    no_id: UUID | None = None
    no_time: datetime | None = None
    no_day: date | None = None
    no_colour: Colour | None = None
    no_part: Part | None = None


WIDE = Projection(
    name="toy_wide",
    version=1,
    row=Wide,
    keys=("order", "number"),
    key=lambda _: (),
    handlers={},
    ignores=(Event,),
)


class Pair(msgspec.Struct, frozen=True):
    """Nothing but a key."""

    left: int
    right: int


PAIRS = Projection(
    name="toy_pairs",
    version=1,
    row=Pair,
    keys=("left", "right"),
    key=lambda _: (),
    handlers={},
    ignores=(Event,),
)
