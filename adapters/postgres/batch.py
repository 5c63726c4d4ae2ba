"""What one call of es.append may hold."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from adapters.postgres.packing import MAX_SIZE, Prepared
from domain.ports import Appended, AppendRefused, GuardFailed, Replayed, VersionConflict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_APPENDS = 512

Outcome = Appended | Replayed | Exception


class Waiting(NamedTuple):
    """An append in the queue, and the future that it is answered by."""

    prepared: Prepared
    future: asyncio.Future[Appended | Replayed]

    def answer(self, outcome: Outcome) -> None:
        """Answers, unless the caller has gone."""
        if self.future.done():
            return
        if isinstance(outcome, Exception):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


def refused(answer: asyncio.Future[Appended | Replayed]) -> bool:
    """Whether the append is known not to have gone in as it was sent."""
    if not answer.done():
        return False
    failed = answer.cancelled() or answer.exception() is not None
    return failed or not isinstance(answer.result(), Appended)


class Obstacle(NamedTuple):
    """Why an append waits for the next call; if the blocker is accepted, `conflict` is certain."""

    blocker: int | None = None
    conflict: AppendRefused | None = None


class Batch:
    """What one call may hold so that es.append answers exactly as if each append came alone.

    An append that meets an earlier one, other than by expecting the version which that one leaves
    behind and naming the same organization, is held for the next call; so is one that was decided
    on the events of a held one. One that was decided on events of a refused one is refused.
    """

    def __init__(self) -> None:
        self.waiting: list[Waiting] = []
        self.held: list[tuple[Waiting, Obstacle]] = []
        self._size = 0
        # Stream: the version left behind, whose it is, by which append.
        self._left: dict[UUID, tuple[int, UUID, int]] = {}
        self._once: set[tuple[object, ...]] = set()
        self._open: set[asyncio.Future[Appended | Replayed]] = set()  # the answers of held ones

    @classmethod
    def take(cls, queue: deque[Waiting]) -> Batch:
        """The next batch off the queue."""
        batch = cls()
        while (
            queue
            and len(batch.waiting) < MAX_APPENDS
            and len(batch.held) < MAX_APPENDS
            and batch._size < MAX_SIZE
        ):
            batch.add(queue.popleft())
        return batch

    def add(self, waiting: Waiting) -> None:
        """Takes the append in, or holds it."""
        prepared = waiting.prepared
        if any(map(refused, prepared.append.behind)):
            waiting.answer(VersionConflict(prepared.streams[-1][0], None))
            return
        if obstacle := self._obstacle(prepared):
            self.held.append((waiting, obstacle))
            self._open.add(waiting.future)
            return
        for stream, expected, events, whose in prepared.streams:
            if events:
                self._left[stream] = (expected + events, whose, len(self.waiting))
        self._once.update(prepared.once)
        self._size += prepared.size
        self.waiting.append(waiting)

    def _obstacle(self, prepared: Prepared) -> Obstacle | None:
        for stream, expected, events, whose in prepared.streams:
            if (left := self._left.get(stream)) is None:
                continue
            version, owner, writer = left
            if version < expected or owner != whose:
                return Obstacle()
            if version == expected:
                continue
            conflict = VersionConflict if events else GuardFailed
            return Obstacle(writer, conflict(stream, version))
        behind = prepared.append.behind
        alone = self._once.isdisjoint(prepared.once) and self._open.isdisjoint(behind)
        return None if alone else Obstacle()

    def unanswered(self, outcomes: Sequence[Outcome]) -> Iterator[Waiting]:
        """Answers those held appends that have certainly lost a race, and yields the others."""
        for waiting, (blocker, conflict) in self.held:
            lost = blocker is not None and isinstance(outcomes[blocker], Appended)
            # A key is looked up first: its append may have been answered before.
            if lost and conflict and waiting.prepared.append.key is None:
                waiting.answer(conflict)
            else:
                yield waiting
