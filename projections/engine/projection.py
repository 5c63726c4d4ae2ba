"""What the author of a projection writes: a row, its key, and what each event does to it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

import msgspec

from domain.base import Event

R = TypeVar("R", bound=msgspec.Struct)
E_co = TypeVar("E_co", bound=Event, covariant=True)
Key = tuple[Any, ...]


class Of(Protocol[E_co]):
    """A `Recorded` whose event is of one type: what a handler's parameter is annotated with."""

    @property
    def event(self) -> E_co:
        """What happened."""
        ...

    @property
    def stream(self) -> UUID:
        """Where it happened."""
        ...

    @property
    def version(self) -> int:
        """The event's place in its stream."""
        ...

    @property
    def position(self) -> int:
        """The event's place in the log."""
        ...

    @property
    def organization(self) -> UUID:
        """Whose it is."""
        ...

    @property
    def actor(self) -> UUID:
        """Who did it."""
        ...

    @property
    def occurred_at(self) -> datetime:
        """When it happened."""
        ...

    @property
    def recorded_at(self) -> datetime:
        """When the log took it."""
        ...


class Projection(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """A pure fold of the log over keyed rows, kept in one table.

    A handler gets the row (None: there is none yet) and the `Recorded`; it returns the new row,
    whose key columns are what `key` said, or None for no row. It is pure: no clock, no I/O.
    """

    name: str
    version: int
    row: type[R]
    """A frozen struct whose fields are the table's columns."""

    keys: tuple[str, ...]
    """The names of the key columns, in the order in which `key` gives their values."""

    key: Callable[[Any], Key]
    """The key of the one row that a handled event touches."""

    handlers: Mapping[type[Event], Callable[[R | None, Any], R | None]]
    ignores: tuple[type[Event], ...] = ()
    """Types, or bases of types, that leave the rows alone; a handler of the exact type wins."""

    ledger: bool = False
    """Rows are only ever added: handlers get None, and nothing is loaded."""

    temporal: bool = False
    """Every version of a row is kept beside the table, so that queries can ask for any moment."""

    fixed: tuple[str, ...] = ()
    """Columns that never change for a key, of a temporal one: they lead to rows of the past."""

    @property
    def id(self) -> str:
        """The name of its table and of its checkpoint: another version is another projection."""
        return f"{self.name}_v{self.version}"

    @property
    def table(self) -> str:
        """The table's full name, as the .sql file beside the row's module has it."""
        return f"read.{self.id}"

    @property
    def versions(self) -> str:
        """The full name of the table of its versions, if it is temporal."""
        return f"{self.table}_versions"

    @property
    def ddl(self) -> str:
        """The statements that make its table, if there is none."""
        module = sys.modules[self.row.__module__].__file__
        return Path(str(module)).with_suffix(".sql").read_text(encoding="utf-8")

    def leaves(self, kind: type[Event]) -> bool:
        """Whether events of that type are ignored on purpose."""
        return kind not in self.handlers and issubclass(kind, self.ignores)


def undeclared(
    projection: Projection[Any], event_types: Iterable[type[Event]]
) -> list[type[Event]]:
    """The types that its author forgot: neither handled nor ignored."""
    return [
        kind
        for kind in event_types
        if kind not in projection.handlers and not projection.leaves(kind)
    ]
