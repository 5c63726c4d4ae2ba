"""What the domain asks of the outside: the append and the unit of work; its reads are in books."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar
from uuid import UUID

import msgspec

from domain.base import NOBODY

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Sequence

    from domain.base import Aggregate, Context, Recorded, Refused
    from domain.books import Books
    from domain.directory import Directory
    from domain.effects import Effect


NEWEST = 2**31 - 1
"""A version beyond every other."""

GLOBAL = NOBODY
"""The organization of claims that all organizations share."""


class Write(msgspec.Struct, frozen=True):
    """New events for one stream, whose version must be `expected`; all are of one organization."""

    stream: UUID
    stream_type: str
    expected: int
    events: tuple[Recorded, ...]

    @property
    def organization(self) -> UUID:
        """Whose the stream is: what its events say."""
        return self.events[0].organization


class Guard(msgspec.Struct, frozen=True):
    """A stream that was only read, with the version that the decision saw (0: it was absent).

    `organization` is whose it is, None: the append's own.
    """

    stream: UUID
    expected: int
    organization: UUID | None = None


class Claim(msgspec.Struct, frozen=True):
    """A value taken (or released) for a stream; a taken one is refused to everyone.

    It is one of its organization (None: the append's own), or of all of them (GLOBAL).
    """

    kind: str
    value: str
    stream: UUID
    take: bool = True
    organization: UUID | None = None


class Key(msgspec.Struct, frozen=True):
    """An idempotency key with the hash of its request, and the stream that the answer shows."""

    key: str
    request_hash: bytes
    stream: UUID


class Append(msgspec.Struct, frozen=True):
    """All that one command writes, and all that its decision depended on: one, or nothing.

    `organization` is the actor's: the key is his there. What is written, guarded or claimed may be
    of others, each of which is named.
    """

    organization: UUID
    actor: UUID
    writes: tuple[Write, ...]
    guards: tuple[Guard, ...] = ()
    claims: tuple[Claim, ...] = ()
    key: Key | None = None
    correlation: UUID | None = None
    causation: UUID | None = None
    behind: tuple[Future[Appended | Replayed], ...] = ()
    """What `Log.append` gave for the appends whose events the decision saw before they were in the
    log: with any of them this one is refused too, whatever version the streams have by then."""


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
    """A stream belongs to another organization than the append names for it (stream)."""


class ClaimTaken(AppendRefused):
    """A value is held by another stream (kind, value, holder, organization of the claim)."""


class KeyReused(AppendRefused):
    """The idempotency key was used for another request."""


class QueueFull(AppendRefused):
    """Too many appends are waiting; try again shortly."""


class Unavailable(AppendRefused):
    """The log cannot be reached, or was too busy; whether the append went in is unknown."""


A = TypeVar("A", bound="Aggregate")


class Log(Protocol):
    """The event store as the unit of work sees it."""

    @property
    def generation(self) -> int:
        """Another one than before: the log was restored, and what was read of it may be gone."""
        ...

    def append(self, append: Append) -> Future[Appended | Replayed]:
        """Queues it at once for the next group commit; the answer may be an AppendRefused."""
        ...

    async def load(
        self,
        streams: Sequence[UUID],
        after: Sequence[int] = (),
        *,
        up_to: int = NEWEST,
        page: int = NEWEST,
    ) -> list[Recorded]:
        """The streams' events behind the versions in `after`, each stream in order.

        `up_to` leaves out what lies behind that version (for the answer to a replayed key), `page`
        what lies so many events behind `after`.
        """
        ...

    async def confirm(
        self, organization: UUID, actor: UUID, key: Key | None, seen: Sequence[tuple[UUID, int]]
    ) -> Replayed | list[Recorded]:
        """The answer that the key already got, else what the streams have beyond the seen versions.

        It is one call. An empty list proves that a refusal was decided on current state. Raises
        KeyReused.
        """
        ...

    async def head(self) -> int:
        """The position of the newest event, 0 for an empty log."""
        ...

    async def read(self, after: int, limit: int) -> list[Recorded]:
        """The events behind a position in order, at most `limit` of them."""
        ...


class UnitOfWork(Protocol):
    """One command's work: all is loaded first, decided without an await, appended once.

    `of` names the organization that is meant, None: the context's own. What belongs to another than
    the named one is not there, and what begins is of the named one: its events are recorded with
    `context.within(of)`.
    """

    context: Context
    books: Books

    @property
    def directory(self) -> Directory:
        """Who people are."""
        ...

    async def load(self, kind: type[A], stream: UUID, *, of: UUID | None = None) -> A:
        """The aggregate to be written."""
        ...

    async def load_all(
        self, kind: type[A], streams: Sequence[UUID], *, of: UUID | None = None
    ) -> list[A]:
        """Many aggregates to be written, with one query for all that are not in memory."""
        ...

    async def read(self, kind: type[A], stream: UUID, *, of: UUID | None = None) -> A:
        """An aggregate that the decision depends on: the append guards its version."""
        ...

    async def look(self, kind: type[A], stream: UUID, *, of: UUID | None = None) -> A:
        """An aggregate whose asked facts never change: not guarded."""
        ...

    async def ahead(self, primary: Aggregate) -> None:
        """To be awaited before the directory is told of a change: the log does not undo that.

        Ends the decision where the command was answered before, or `primary` is at another version
        than it expects.
        """
        ...

    async def holder(self, kind: str, value: str, *, of: UUID | None = None) -> UUID | None:
        """The stream that holds a claim now."""
        ...

    async def claimed(self, kind: str, prefix: str, *, of: UUID | None = None) -> int:
        """How many claims of that kind begin so."""
        ...

    def take(
        self,
        kind: str,
        value: str,
        stream: UUID,
        refusal: type[Refused] | None,
        *,
        of: UUID | None = None,
    ) -> None:
        """Claims a value; a taken one raises the refusal, or without one is decided again."""
        ...

    def release(self, kind: str, value: str, stream: UUID, *, of: UUID | None = None) -> None:
        """Gives a claim back."""
        ...

    def then(self, effect: Effect) -> None:
        """Something to be done once this is in the log."""
        ...
