"""What the domain asks of the outside: the append, the unit of work, and a few reads."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from domain.base import Aggregate, Recorded, Refused


class Write(msgspec.Struct, frozen=True):
    """New events for one stream, whose version must be `expected`."""

    stream: UUID
    stream_type: str
    expected: int
    events: tuple[Recorded, ...]


class Guard(msgspec.Struct, frozen=True):
    """A stream that was only read, with the version that the decision saw (0: it was absent)."""

    stream: UUID
    expected: int


class Claim(msgspec.Struct, frozen=True):
    """A value taken (or released) for a stream; a taken one is refused to everyone."""

    kind: str
    value: str
    stream: UUID
    take: bool = True


class Key(msgspec.Struct, frozen=True):
    """An idempotency key with the hash of its request, and the stream that the answer shows."""

    key: str
    request_hash: bytes
    stream: UUID


class Append(msgspec.Struct, frozen=True):
    """All that one command writes, and all that its decision depended on: one, or nothing."""

    organization: UUID
    actor: UUID
    writes: tuple[Write, ...]
    guards: tuple[Guard, ...] = ()
    claims: tuple[Claim, ...] = ()
    key: Key | None = None
    correlation: UUID | None = None
    causation: UUID | None = None


class Appended(msgspec.Struct, frozen=True):
    """Where the events went; without events both positions are the log's last one."""

    first_position: int
    last_position: int
    recorded_at: datetime


class Replayed(msgspec.Struct, frozen=True):
    """The key was answered before: the first answer is that stream folded to that version."""

    stream: UUID
    version: int
    position: int


class AppendRefused(Exception):
    """The log did not take an append; nothing of it was written."""


class VersionConflict(AppendRefused):
    """A written stream is not at its expected version (stream, version or None if unknown)."""


class GuardFailed(AppendRefused):
    """A guarded stream has moved on (stream, version or None if unknown)."""


class ForeignStream(AppendRefused):
    """A named stream belongs to another organization (stream)."""


class ClaimTaken(AppendRefused):
    """A value is held by another stream (kind, value, holder)."""


class KeyReused(AppendRefused):
    """The idempotency key was used for another request."""


class QueueFull(AppendRefused):
    """Too many appends are waiting; try again shortly."""


class Unavailable(AppendRefused):
    """The log cannot be reached, or was too busy; whether the append went in is unknown."""


A = TypeVar("A", bound="Aggregate")


class Log(Protocol):
    """The event store as the unit of work sees it."""

    def append(self, append: Append) -> Awaitable[Appended | Replayed]:
        """Queues it at once for the next group commit; awaiting answers or raises an AppendRefused."""
        ...

    async def load(
        self, streams: Sequence[UUID], after: Sequence[int] = (), *, up_to: int | None = None
    ) -> list[Recorded]:
        """The streams' events behind the versions in `after` (none: from the first), each stream in order.

        `up_to` leaves out what lies behind that version (for the answer to a replayed key).
        """
        ...

    async def confirm(
        self, organization: UUID, actor: UUID, key: Key | None, seen: Sequence[tuple[UUID, int]]
    ) -> Replayed | list[Recorded]:
        """In one call: the answer this key already got, else what the seen streams have beyond the seen versions.

        An empty list proves that a refusal was decided on current state. Raises KeyReused.
        """
        ...

    async def head(self) -> int:
        """The position of the newest event, 0 for an empty log."""
        ...

    async def read(self, after: int, limit: int) -> list[Recorded]:
        """The events behind a position in order, at most `limit` of them."""
        ...
