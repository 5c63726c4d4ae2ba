"""Any query as of an earlier position: its tables are swapped, its text stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from projections.engine.projection import Projection
from projections.sql import statements

SQL = statements(__file__)
TABLE = re.compile(r"\bread\.\w+\(?")
REACHED = {"read.reached(": "read.reached(${position}, "}


class Timeless(LookupError):
    """A query reads a table of which nobody knows what it was."""


class Past:
    """The tables of some projections, as they were at any position."""

    def __init__(self, projections: Iterable[Projection[Any]]) -> None:
        self._sources = dict(REACHED)
        for projection in projections:
            self._sources |= _sources(projection)

    def at(
        self, position: int, organization: UUID, sql: str, arguments: Sequence[object]
    ) -> tuple[str, list[object]]:
        """The statement and its arguments as of the position, of the organization's rows alone.

        Raises Timeless for a table of `read` that is neither temporal nor a ledger by position.
        """
        number = len(arguments) + 1
        swapped = TABLE.sub(lambda found: self._source(found[0], number), sql)
        given = [position, organization][: 1 + (f"${number + 1}" in swapped)]
        return swapped, [*arguments, *given] if swapped != sql else [*arguments]

    def _source(self, table: str, number: int) -> str:
        if table not in self._sources:
            raise Timeless(table)
        return self._sources[table].format(position=number, organization=number + 1)


def _sources(projection: Projection[Any]) -> dict[str, str]:
    if projection.ledger and projection.keys == ("position",):
        known = f"(SELECT * FROM {projection.table} WHERE position <= ${{position}})"  # noqa: S608 - our own name
        return {projection.table: known}
    if not projection.temporal:
        return {}
    known = f"(SELECT * FROM {projection.versions} WHERE as_of <= ${{position}})"  # noqa: S608 - our own name
    return {projection.table: _then(projection), projection.versions: known}


def _then(projection: Projection[Any]) -> str:
    fixed = dict.fromkeys((*projection.keys, "organization", *projection.fixed))
    others = [f for f in projection.row.__struct_fields__ if f not in fixed]
    text = SQL["then"].format(
        table=projection.table,
        versions=projection.versions,
        fixed=", ".join(f'"{name}"' for name in fixed),
        found=", ".join(f'key."{name}"' for name in fixed),
        kept=", ".join(f'kept."{name}"' for name in others),
        matches=" AND ".join(f'v."{key}" = key."{key}"' for key in projection.keys),
        position="{position}",
        organization="{organization}",
    )
    lines = (line.strip() for line in text.splitlines() if not line.startswith("--"))
    return " ".join(lines)
