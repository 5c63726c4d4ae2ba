"""Tallybook-Position: an opaque string of cell, epoch and position."""

from __future__ import annotations

import re

from domain.base import InvalidValue, Refused

CELL = 1
HEADER = "Tallybook-Position"
TOKEN = re.compile(rf"{CELL}\.([0-9]{{1,18}})\.([0-9]{{1,18}})")


class BadPosition(InvalidValue, code="BAD_POSITION"):
    """This is not a position that an answer gave."""


class PositionBeyondHead(InvalidValue, code="POSITION_BEYOND_HEAD"):
    """The log has not come so far."""


class PositionLost(Refused, code="POSITION_LOST"):
    """The log was restored to an earlier point and what was seen there is gone: load it anew."""


def encode(epoch: int, position: int) -> str:
    """The header's text."""
    return f"{CELL}.{epoch}.{position}"


def decode(text: str) -> tuple[int, int]:
    """Epoch and position; raises BadPosition."""
    found = TOKEN.fullmatch(text)
    if found is None:
        raise BadPosition
    return int(found[1]), int(found[2])
