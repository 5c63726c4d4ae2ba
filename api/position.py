"""Tallybook-Position: an opaque string of cell, epoch and position (D12, D23)."""

from __future__ import annotations

from domain.base import InvalidValue

CELL = 1
EPOCH = 1
HEADER = "Tallybook-Position"


class BadPosition(InvalidValue, code="BAD_POSITION"):
    """This is not a position that an answer gave."""


class PositionBeyondHead(InvalidValue, code="POSITION_BEYOND_HEAD"):
    """The log has not come so far."""


def encode(position: int) -> str:
    """The header's text."""
    return f"{CELL}.{EPOCH}.{position}"


def decode(text: str) -> int:
    """The position; raises BadPosition."""
    cell, _, rest = text.partition(".")
    epoch, _, position = rest.partition(".")
    ours = (cell, epoch) == (str(CELL), str(EPOCH))
    if not (ours and position.isascii() and position.isdigit() and len(position) < len(str(2**62))):
        raise BadPosition
    return int(position)
