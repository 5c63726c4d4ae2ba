"""A projection's table: rows in and out as one array per column, and the checkpoint beside them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic

import msgspec
from msgspec import inspect
from msgspec.structs import astuple

from projections.engine.checkpoints import INSTALLATION, empty
from projections.engine.fold import Version
from projections.engine.projection import Key, Projection, R
from projections.sql import statements

if TYPE_CHECKING:
    from projections.sql import Connection

SQL = statements(__file__)
SIMPLE: dict[type[inspect.Type], str] = {
    inspect.StrType: "text",
    inspect.IntType: "bigint",
    inspect.BoolType: "boolean",
    inspect.FloatType: "double precision",
    inspect.DecimalType: "numeric",
    inspect.UUIDType: "uuid",
    inspect.DateTimeType: "timestamptz",
    inspect.DateType: "date",
    inspect.BytesType: "bytea",
}


class Column(msgspec.Struct, frozen=True):
    """A column's SQL type, and how its values are stored and restored (None: as they are)."""

    name: str
    sql_type: str
    store: Callable[[Any], Any] | None = None
    restore: Callable[[Any], Any] | None = None

    @classmethod
    def of(cls, field: msgspec.structs.FieldInfo) -> Column:
        """The column for a field of a row struct; what PostgreSQL has no type for becomes jsonb."""
        kind = inspect.type_info(field.type)
        if isinstance(kind, inspect.UnionType):
            kinds = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
            kind = kinds[0] if len(kinds) == 1 else kind
        if sql_type := SIMPLE.get(type(kind)):
            return cls(field.name, sql_type)
        if isinstance(kind, inspect.LiteralType) and all(isinstance(v, str) for v in kind.values):
            return cls(field.name, "text")
        if isinstance(kind, inspect.EnumType) and issubclass(kind.cls, str):
            return cls(field.name, "text", attrgetter("value"), kind.cls)
        if isinstance(kind, inspect.CustomType) and issubclass(kind.cls, Decimal):
            return cls(field.name, "numeric", None, kind.cls)
        return cls(field.name, "jsonb", _json, msgspec.json.Decoder(field.type).decode)


AS_OF, GONE = Column("as_of", "bigint"), Column("gone", "boolean")
"""What a version has beside the columns of its row."""


class Table(Generic[R]):
    """The rows of one projection in PostgreSQL."""

    def __init__(self, projection: Projection[R]) -> None:
        self.projection = projection
        fields = msgspec.structs.fields(projection.row)
        self._columns = {field.name: Column.of(field) for field in fields}
        self._keys = [self._columns[name] for name in projection.keys]
        names = _names(self._columns.values())
        keys = _names(self._keys)
        sets = [f'"{c}" = EXCLUDED."{c}"' for c in self._columns if c not in projection.keys]
        blanks = {
            "table": projection.table,
            "columns": names,
            "found": ", ".join(f'found."{name}"' for name in self._columns),
            "arrays": _arrays(self._columns.values()),
            "keys": keys,
            "key_arrays": _arrays(self._keys),
            "matches": " AND ".join(f't."{key}" = wanted."{key}"' for key in projection.keys),
            "resolution": f"UPDATE SET {', '.join(sets)}" if sets else "NOTHING",
        }
        self._versions = [*self._columns.values(), AS_OF, GONE]
        kept = {"columns": _names(self._versions), "arrays": _arrays(self._versions)}
        self._keep = SQL["insert"].format(table=projection.versions, **kept)
        self._load = SQL["load"].format(**blanks)
        self._write = SQL["insert" if projection.ledger else "upsert"].format(**blanks)
        self._delete = SQL["delete"].format(**blanks)

    async def load(self, connection: Connection, keys: Collection[Key]) -> dict[Key, R | None]:
        """The rows of the keys that have one, in one query."""
        if not keys:
            return {}
        found = await connection.fetch(self._load, *_transposed(self._keys, keys))
        return {self._key(row): row for row in map(self._restored, found)}

    async def write(self, connection: Connection, rows: Mapping[Key, R | None]) -> None:
        """Stores the rows, and deletes those that are None."""
        kept = [astuple(row) for row in rows.values() if row is not None]
        gone = [key for key, row in rows.items() if row is None]
        if kept:
            columns = list(self._columns.values())
            await connection.execute(self._write, *_transposed(columns, kept))
        if gone and not self.projection.ledger:
            await connection.execute(self._delete, *_transposed(self._keys, gone))

    async def keep(self, connection: Connection, versions: Collection[Version]) -> None:
        """Stores versions of rows, in the transaction that writes the rows."""
        if versions:
            rows = [(*astuple(v.row), v.as_of, v.gone) for v in versions]
            await connection.execute(self._keep, *_transposed(self._versions, rows))

    async def copy(self, connection: Connection, rows: Collection[R]) -> None:
        """Adds rows whose keys the table does not have, far faster than `write`."""
        table = self.projection.table
        await _copy(connection, table, [*self._columns.values()], [astuple(row) for row in rows])

    async def copy_versions(self, connection: Connection, versions: Collection[Version]) -> None:
        """Adds versions of rows in the same way."""
        rows = [(*astuple(v.row), v.as_of, v.gone) for v in versions]
        await _copy(connection, self.projection.versions, self._versions, rows)

    def _key(self, row: R) -> Key:
        return tuple([getattr(row, name) for name in self.projection.keys])

    def _restored(self, record: Iterable[Any]) -> R:
        values = {
            column.name: value if value is None or not column.restore else column.restore(value)
            for column, value in zip(self._columns.values(), record, strict=True)
        }
        return self.projection.row(**values)


async def install(connection: Connection, projections: Iterable[Projection[Any]]) -> None:
    """Makes the tables and checkpoints that are missing; two at once wait for each other."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", INSTALLATION)
        await connection.execute(SQL["parking"])
        for projection in projections:
            await connection.execute(projection.ddl)
            await connection.execute(SQL["start"], projection.id)
            if projection.temporal:
                await _install_versions(connection, projection)
            if "organization" in projection.row.__struct_fields__:
                await _secure(connection, projection)


async def drop(connection: Connection, ids: str) -> list[str]:
    """Removes all that is kept of projections whose ids match; returns the tables."""
    async with connection.transaction():
        found = await connection.fetch(SQL["tables"], f"^({ids})(_versions)?$")
        tables = [f'read."{row["name"]}"' for row in found]
        for table in tables:
            await connection.execute(f"DROP TABLE {table}")
        for forgotten in ("checkpoints", "parked"):
            forgetting = f"DELETE FROM read.{forgotten} WHERE projection ~ $1"  # noqa: S608 - ours
            await connection.execute(forgetting, f"^({ids})$")
    return tables


async def _secure(connection: Connection, projection: Projection[Any]) -> None:
    """Puts row security on tables that have none yet."""
    for table in (projection.table, projection.versions)[: 1 + projection.temporal]:
        if not await connection.fetchval(SQL["secured"], table):
            await connection.execute(SQL["secure"].format(table=table))


async def _install_versions(connection: Connection, projection: Projection[Any]) -> None:
    """Makes their table; rows of before have no past in it, so the projection begins anew."""
    if await connection.fetchval("SELECT to_regclass($1)", projection.versions) is None:
        keys = ", ".join(f'"{key}"' for key in projection.keys)
        names = {"table": projection.table, "versions": projection.versions, "keys": keys}
        await connection.execute(SQL["versions"].format(**names))
        await empty(connection, projection)


async def _copy(
    connection: Connection, table: str, columns: Sequence[Column], rows: Collection[Key]
) -> None:
    if rows:
        schema, _, name = table.partition(".")
        await connection.copy_records_to_table(
            name,
            schema_name=schema,
            columns=[column.name for column in columns],
            records=zip(*_transposed(columns, rows), strict=True),
        )


def _names(columns: Iterable[Column]) -> str:
    return ", ".join(f'"{column.name}"' for column in columns)


def _arrays(columns: Iterable[Column]) -> str:
    return ", ".join(f"${n}::{column.sql_type}[]" for n, column in enumerate(columns, 1))


def _transposed(columns: Sequence[Column], rows: Collection[Key]) -> list[Sequence[Any]]:
    return [
        [None if value is None else column.store(value) for value in values]
        if column.store
        else values
        for column, values in zip(columns, zip(*rows, strict=True), strict=True)
    ]


def _json(value: Any) -> str:
    return msgspec.json.encode(value, enc_hook=_plain).decode()


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise NotImplementedError(type(value))
