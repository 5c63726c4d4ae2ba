"""What aggregates stand on: envelope, event, command, refusal, context."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Self, dataclass_transform
from uuid import UUID, uuid5

import msgspec
from eventsourcing.domain import BaseAggregate, CanMutateAggregate

from domain.permissions import Permission
from domain.settings import Settings

NOBODY = UUID(int=0)
NEVER = datetime.min.replace(tzinfo=UTC)

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""A point in time with its offset; a naive one is refused."""


def utc(instant: datetime, pointer: str) -> datetime:
    """The same instant in UTC; at the ends of the calendar there may be none."""
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise InvalidValue("There is no such instant in UTC.", pointer=pointer) from None


class Context(msgspec.Struct, frozen=True):
    """Who acts, for whom, and when: all that a decision may not find out by itself."""

    organization: UUID
    actor: UUID
    now: datetime
    fresh: UUID
    """An unused id; a command that needs several derives them with `id`."""
    permissions: frozenset[Permission] = frozenset()
    settings: Settings = Settings()
    warehouses: tuple[UUID, ...] = ()
    """The actor's own warehouses, his first choice first."""
    roles: tuple[str, ...] = ()
    session: UUID = NOBODY
    """The log-in session that he acts in."""
    organization_name: str = ""
    organization_type: str = "independent"

    def id(self, name: str) -> UUID:
        """A fresh id of that name, the same however often the command is decided again."""
        return uuid5(self.fresh, name)

    def within(self, organization: UUID) -> Self:
        """The same for another organization: what is recorded with it becomes that one's."""
        return msgspec.structs.replace(self, organization=organization)

    def may(self, permission: Permission) -> bool:
        """Whether the actor holds the permission."""
        return permission in self.permissions


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What happened, and nothing else: stream, version, actor and times are on the envelope.

    `tag` is the stored name: it is the storage format and never changes.
    """

    schema: ClassVar[int] = 1
    """The number of the payload's form; an upcaster leads from each older one."""

    def apply(self, aggregate: Any, /) -> None:
        """Changes the aggregate to what it is after the event; never refuses."""
        raise NotImplementedError


class Recorded(CanMutateAggregate[UUID]):
    """An event in its place in a stream and in the log: the library's one event class."""

    __slots__ = (
        "actor",
        "event",
        "organization",
        "originator_id",
        "originator_version",
        "position",
        "recorded_at",
        "timestamp",
    )

    def __init__(  # noqa: PLR0913 - the envelope's fields
        self,
        stream: UUID,
        version: int,
        occurred_at: datetime,
        actor: UUID,
        event: Event,
        organization: UUID = NOBODY,
        position: int = 0,
        recorded_at: datetime = NEVER,
    ) -> None:
        self.originator_id, self.originator_version = stream, version
        self.timestamp, self.actor, self.event = occurred_at, actor, event
        self.organization, self.position, self.recorded_at = organization, position, recorded_at

    @property
    def stream(self) -> UUID:
        """The stream's id."""
        return self.originator_id

    @property
    def version(self) -> int:
        """The event's place in its stream, from 1."""
        return self.originator_version

    @property
    def occurred_at(self) -> datetime:
        """When it happened, which may be long before it was recorded."""
        return self.timestamp

    def apply(self, aggregate: Any) -> None:
        """Hands the event its aggregate."""
        self.event.apply(aggregate)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request body as it is on the wire, and the permission that it needs."""

    permission: ClassVar[Permission]


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class View(msgspec.Struct, frozen=True, kw_only=True):
    """What an aggregate shows of itself: a command's answer."""


def step(name: str) -> str:
    """A name as a step of a JSON pointer (RFC 6901)."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


class Refused(Exception):
    """A rule said no: each has a subclass, whose docstring is the message.

    `code` is part of the API.
    """

    code: ClassVar[str]

    def __init_subclass__(cls, *, code: str) -> None:
        cls.code = code

    def __init__(self, detail: str = "", *, pointer: str = "", **facts: object) -> None:
        """`pointer` is the JSON pointer of the field at fault; `facts` go into the answer."""
        self.detail = detail or (self.__doc__ or "").strip()
        self.pointer = pointer
        self.facts = facts
        super().__init__(self.detail)


class Conflicting(Refused, code="CONFLICT"):
    """The present state does not allow it."""


class InvalidValue(Refused, code="INVALID_VALUE"):
    """A value is not acceptable."""


class NotFound(Refused, code="NOT_FOUND"):
    """There is no such thing here."""


class Forbidden(Refused, code="FORBIDDEN"):
    """You may not do this."""


class Aggregate(BaseAggregate[UUID]):
    """A consistency boundary: it decides commands and is the fold of its stream."""

    INITIAL_VERSION = 0
    name: ClassVar[str]
    """The stream type's stored name."""
    events: ClassVar[type[Event]] = Event
    """What its streams hold: events of another base belong to another kind of aggregate."""

    @classmethod
    def blank(cls, stream: UUID, version: int = 0) -> Self:
        """The aggregate before its first event; at a later version its state is still to come."""
        self = cls.__new__(cls)
        self.__base_init__(stream, version, NEVER)
        cls.__init__(self)
        return self

    def record(
        self, event: Event, context: Context, *, occurred_at: datetime | None = None
    ) -> None:
        """Applies the event and keeps it for the append."""
        recorded = Recorded(
            self.id,
            self.version + 1,
            occurred_at or context.now,
            context.actor,
            event,
            context.organization,
        )
        recorded.mutate(self)
        self.pending_events.append(recorded)

    def view(self, context: Context) -> View:
        """What the actor may see of it."""
        raise NotImplementedError
