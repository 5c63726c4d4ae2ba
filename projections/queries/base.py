"""What every query stands on: its parameters, the page it answers, and the reads it may do."""

from __future__ import annotations

import base64
import re
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, Protocol, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta

from domain.base import Context, InvalidValue
from domain.permissions import Permission

T = TypeVar("T")
Limit = Annotated[int, Meta(ge=1, le=200)]
Offset = Annotated[int, Meta(ge=0, le=10_000)]
Cursor = Annotated[str, Meta(max_length=1_000)]


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A query string's parameters, and the permission that the query needs."""

    permission: ClassVar[Permission]


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """Some of the items in order; `next` is the cursor of what follows, null at the end."""

    items: list[T]
    next: str | None = None
    total: int | None = None


class BadCursor(InvalidValue, code="BAD_CURSOR"):
    """This cursor is not one that a page gave."""


class Fetch(Protocol):
    """Asks one statement and gives its rows."""

    def __call__(self, sql: str, *arguments: object) -> Awaitable[Sequence[Mapping[str, Any]]]:
        """The rows of a statement."""
        ...


class Reads(Protocol):
    """The read models, as one caller may see them."""

    context: Context

    async def fetch(self, sql: str, *arguments: object) -> Sequence[Mapping[str, Any]]:
        """The rows of a statement."""
        ...

    def snapshot(self) -> AbstractAsyncContextManager[Fetch]:
        """Statements that all see one state of the read models and of the log."""
        ...

    async def names(self, members: Sequence[UUID]) -> dict[UUID, str]:
        """What the members are called; one who was erased is missing."""
        ...


def statements(module: str) -> dict[str, str]:
    """The named statements of the .sql file beside a module (its `__file__`)."""
    text = Path(module).with_suffix(".sql").read_text(encoding="utf-8")
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], (sql.strip() for sql in parts[1::2]), strict=True))


def cursor(*key: object) -> str:
    """The opaque form of the sort key of a page's last row."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def key_of(text: str | None, types: type[T]) -> T | None:
    """The sort key of a cursor, a tuple of those types; None for the first page."""
    if text is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.json.decode(raw, type=types)
    except (ValueError, msgspec.MsgspecError) as error:
        raise BadCursor(pointer="/cursor") from error


def page(rows: Sequence[T], limit: int, last: Any, total: int | None = None) -> Page[T]:
    """At most `limit` of the rows, of which one more was fetched; `last` gives a row's sort key."""
    shown = list(rows[:limit])
    more = cursor(*last(shown[-1])) if len(rows) > limit else None
    return Page(items=shown, next=more, total=total)
