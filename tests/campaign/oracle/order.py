"""Positions without a gap, times that only grow, streams whose versions follow on one another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.base import NEVER
from tests.campaign.oracle.events import Stored


class Order:
    """What the log has come to."""

    def __init__(self) -> None:
        self.position = 0
        self.wrong: list[str] = []
        self._recorded_at: datetime = NEVER
        self.versions: dict[UUID, int] = {}

    @property
    def streams(self) -> int:
        """How many there are."""
        return len(self.versions)

    def take(self, page: Sequence[Stored]) -> None:
        """The next events."""
        for stored in page:
            one = stored.recorded
            if one.position != self.position + 1:
                self.wrong.append(f"position {one.position} follows on {self.position}")
            if one.recorded_at <= self._recorded_at:
                self.wrong.append(f"recorded_at does not grow at position {one.position}")
            expected = self.versions.get(one.stream, 0) + 1
            if one.version != expected:
                self.wrong.append(f"{one.stream}: version {one.version} instead of {expected}")
            self.position, self._recorded_at = one.position, one.recorded_at
            self.versions[one.stream] = one.version
