"""The moment that a query asks for: a position, or an instant at which things were recorded."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from api import position
from domain.base import NEVER, Instant, InvalidValue, utc

POINTER = "/as_of"
HEADER = "Tallybook-As-Of"
POSITION = re.compile(r"[0-9.]+")


class BadAsOf(InvalidValue, code="BAD_AS_OF"):
    """This is neither a position that an answer gave nor an instant like 2025-01-05T18:00:00Z."""


class AsOfInFuture(InvalidValue, code="AS_OF_IN_FUTURE"):
    """This instant is still to come."""


class Moment(msgspec.Struct, frozen=True):
    """What is known of: all events up to a position, and what time it was then.

    Stock may be asked for by what had happened by an instant, as known at the moment.
    """

    position: int
    at: datetime
    happened_by: datetime | None = None


class Recording(Protocol):
    """The log, as far as this asks it."""

    async def head(self) -> int:
        """The newest position."""
        ...

    async def position_at(self, instant: datetime) -> int | None:
        """The last position recorded by an instant; None for one that is still to come."""
        ...

    async def recorded_at(self, position: int) -> datetime | None:
        """When the event there was recorded."""
        ...


Lost = Callable[[int, int], bool]
"""Whether a position of an epoch is none of the log's."""


async def moment(text: str, log: Recording, lost: Lost) -> Moment:
    """The moment that the text names, whatever is recorded from now on.

    Raises BadAsOf, AsOfInFuture, PositionLost or PositionBeyondHead.
    """
    if POSITION.fullmatch(text):
        return await _at_position(text, log, lost)
    try:
        instant = utc(msgspec.convert(text, Instant), POINTER)
    except msgspec.ValidationError:
        raise BadAsOf(pointer=POINTER) from None
    found = await log.position_at(instant)
    if found is None:
        raise AsOfInFuture(pointer=POINTER)
    return Moment(found, instant)


async def _at_position(text: str, log: Recording, lost: Lost) -> Moment:
    try:
        epoch, number = position.decode(text)
    except position.BadPosition:
        raise BadAsOf(pointer=POINTER) from None
    at = await log.recorded_at(number) if number else NEVER
    if lost(epoch, number):
        raise position.PositionLost(pointer=POINTER)
    if at is None:
        raise position.PositionBeyondHead(pointer=POINTER)
    return Moment(number, at)


def encode(at: datetime) -> str:
    """The header's text."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
