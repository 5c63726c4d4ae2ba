"""An aggregate in memory, with what is known of its stream."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from adapters.postgres.batch import refused
from domain.base import NEVER, NOBODY, Aggregate, Recorded
from domain.ports import Appended, Replayed


class Cached(msgspec.Struct, eq=False):
    """An aggregate in memory, whose events up to `version` are in the log or queued for it.

    `pending` is the answer to its newest append, `snapshot` the version of its newest snapshot,
    `recorded_at` when the last event was recorded that came from the log.
    """

    aggregate: Aggregate
    organization: UUID = NOBODY
    """Whose it is; of a blank one, for whom it was loaded."""
    version: int = 0
    snapshot: int = 0
    recorded_at: datetime = NEVER
    pending: Future[Appended | Replayed] | None = None
    spoilt: bool = False

    @property
    def sound(self) -> bool:
        """Whether none of its events was given up: others may hold it while that happens."""
        return not self.spoilt and (self.pending is None or not refused(self.pending))

    def fold(self, history: Iterable[Recorded]) -> None:
        """Applies stored events."""
        for recorded in history:
            recorded.mutate(self.aggregate)
            self.organization, self.recorded_at = recorded.organization, recorded.recorded_at
        self.version = self.aggregate.version

    def queued(self, answer: Future[Appended | Replayed]) -> None:
        """Its new events are on their way to the log."""
        self.pending, self.version = answer, self.aggregate.version
