"""A share of all organizations: what one projector follows of each projection."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from domain.base import Recorded

MOST = 64
SIZES = (1, 2, 4, 8, 16, 32, MOST)
"""Powers of two, so that the low bits of an organization's id tell its shard (read.shard)."""


class Shard(msgspec.Struct, frozen=True):
    """The `number`-th of `of` shares, from 1."""

    number: int = 1
    of: int = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads "2/4"; raises ValueError."""
        match = re.fullmatch(r"([1-9][0-9]?)/([1-9][0-9]?)", text, re.ASCII)
        if match is None or int(match[2]) not in SIZES or int(match[1]) > int(match[2]):
            msg = f"Expected k/N, k from 1 to N, N one of {', '.join(map(str, SIZES))}; got {text}"
            raise ValueError(msg)
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def covers(self, organization: UUID) -> bool:
        """Whether the organization belongs to it."""
        return organization.int & (self.of - 1) == self.number - 1

    def share(self, events: Sequence[Recorded]) -> Sequence[Recorded]:
        """Those of its organizations."""
        if self.of == 1:
            return events
        return [event for event in events if self.covers(event.organization)]


WHOLE = Shard()
