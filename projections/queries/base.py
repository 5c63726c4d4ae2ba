"""What every query stands on: its parameters, the page it answers, and the reads it may do."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Generic, Protocol, TypeVar, dataclass_transform
from uuid import UUID

import msgspec
from msgspec import Meta

from domain.base import Context, Instant, InvalidValue, View
from domain.permissions import Permission
from projections.engine.tables import Column

T = TypeVar("T")
K = TypeVar("K", bound=tuple[object, ...])
S = TypeVar("S", bound=msgspec.Struct)
EARLIEST, LATEST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
"""Between them an instant can be told in every offset."""
Limit = Annotated[int, Meta(ge=1, le=200)]
Offset = Annotated[int, Meta(ge=0, le=10_000)]
Cursor = Annotated[str, Meta(max_length=1_000)]
AsOf = Annotated[
    str,
    Meta(
        max_length=60,
        description="The answer as it was at this position (a Tallybook-Position), or by what was "
        "recorded by this instant (RFC 3339, with + written as %2B).",
        examples=["1.1.1234", "2025-01-05T18:00:00Z"],
    ),
]
HappenedBy = Annotated[
    Instant,
    Meta(
        description="Stock by what had happened by this instant, whenever it was recorded; what "
        "was promised then is not known and null. With as_of: as it was known then.",
        examples=["2025-12-31T23:59:59Z"],
    ),
]
Search = Annotated[str, Meta(max_length=100)]


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A query string's parameters, and the permission that the query needs.

    What `crosses` is about other organizations as well: it knows of what was seen in each.
    """

    permission: ClassVar[Permission]
    crosses: ClassVar[bool] = False


class Temporal(Query):
    """A query that may be asked of an earlier moment (docs/as-of.md)."""

    as_of: AsOf | None = None


class Listing(Temporal):
    """A query that is answered page by page; `cursor` is the `next` of the page before."""

    limit: Limit = 50
    cursor: Cursor | None = None


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """Some of the items in order; `next` is the cursor of what follows, null at the end."""

    items: list[T]
    next: str | None = None
    total: int | None = None


class Person(View):
    """A member by id and name; the name is null once he was erased."""

    id: UUID
    name: str | None


class BadCursor(InvalidValue, code="BAD_CURSOR"):
    """This cursor is not one that a page gave."""


class Row(Protocol):
    """A row of an answer."""

    def __getitem__(self, key: str) -> Any:
        """The value of a column."""
        ...


class Fetch(Protocol):
    """Asks one statement and gives its rows."""

    def __call__(self, query: str, *args: object) -> Awaitable[Sequence[Row]]:
        """The rows of a statement."""
        ...


class Reads(Protocol):
    """The read models, as one caller may see them."""

    context: Context

    async def fetch(self, sql: str, /, *arguments: object) -> Sequence[Row]:
        """The rows of a statement, as of the moment that is asked for."""
        ...

    async def fetch_one(self, sql: str, one: UUID, /, *shared: object) -> Sequence[Row]:
        """The rows of an id; those who ask at the same time are answered by one query.

        The statement's last parameter is a list of ids, and a row's `id` tells whose it is.
        """
        ...

    def snapshot(self) -> AbstractAsyncContextManager[Fetch]:
        """Statements that all see one state of the read models and of the log."""
        ...

    async def names(self, members: Sequence[UUID]) -> dict[UUID, str]:
        """What the members are called; one who was erased is missing."""
        ...


def restored(kind: type[S], row: Row) -> S:
    """A struct from the columns that are named like its fields; jsonb is decoded."""
    return kind(
        **{
            column.name: column.restore(value) if column.restore and value is not None else value
            for column in _columns(kind)
            for value in (row[column.name],)
        }
    )


async def people(reads: Reads, members: Iterable[UUID | None]) -> Callable[[UUID], Person]:
    """What turns the ids of these members into people, with one look-up."""
    names = await reads.names(list({member for member in members if member is not None}))
    return lambda member: Person(id=member, name=names.get(member))


def cursor(*key: object) -> str:
    """The opaque form of the sort key of a page's last row."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def key_of(text: str | None, types: type[K]) -> K | None:
    """The sort key of a cursor, a tuple of those types; None for the first page."""
    if text is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        key = msgspec.json.decode(raw, type=types)
    except (ValueError, msgspec.MsgspecError) as error:
        raise BadCursor(pointer="/cursor") from error
    if not all(map(_storable, key)):
        raise BadCursor(pointer="/cursor")
    return key


def page(
    rows: Sequence[T], limit: int, key: Callable[[T], Iterable[object]], total: int | None = None
) -> Page[T]:
    """At most `limit` of the rows, of which one more was fetched; `key` is a row's sort key."""
    shown = list(rows[:limit])
    more = cursor(*key(shown[-1])) if len(rows) > limit else None
    return Page(items=shown, next=more, total=total)


def _storable(value: object) -> bool:
    """Whether a column could have it: whoever makes his own cursor may write anything."""
    if isinstance(value, int):
        return abs(value) < 2**63
    if isinstance(value, datetime):
        return value.tzinfo is not None and EARLIEST < value < LATEST
    return not (isinstance(value, str) and "\0" in value)


@cache
def _columns(kind: type[msgspec.Struct]) -> tuple[Column, ...]:
    return tuple(Column.of(field) for field in msgspec.structs.fields(kind))
