"""Applies the numbered SQL files of this folder, once each and in order."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).parent
ROLES = ("0001_roles.sql", "0027_analyst_role.sql")
LOCK = 7236002
"""The advisory lock of migrations, beside 7236001, the log's."""

APPLIED = """
CREATE SCHEMA IF NOT EXISTS migrations;
CREATE TABLE IF NOT EXISTS migrations.applied (
  name       text COLLATE "C" PRIMARY KEY,
  checksum   text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
)
"""


class MigrationRefused(Exception):
    """The database was not migrated by these files; nothing was changed."""


def names(folder: Path = FOLDER) -> list[str]:
    """The files, in the order in which they are applied."""
    return sorted(path.name for path in folder.glob("*.sql"))


async def make_roles(admin_url: str) -> None:
    """Makes the server's roles, which are no part of any database; a second time there are all."""
    connection = await asyncpg.connect(admin_url)
    try:
        for name in ROLES:
            await connection.execute((FOLDER / name).read_text(encoding="utf-8"))
    finally:
        await connection.close()


def pending(files: Mapping[str, str], applied: Mapping[str, str]) -> list[str]:
    """The files still to apply, both given as name to checksum; what is applied comes first."""
    if unknown := sorted(applied.keys() - files.keys()):
        msg = f"the database has migrations that are not in the folder: {', '.join(unknown)}"
        raise MigrationRefused(msg)
    if changed := sorted(name for name, checksum in applied.items() if files[name] != checksum):
        msg = f"already applied, but changed since: {', '.join(changed)}; add a new file instead"
        raise MigrationRefused(msg)
    missing = sorted(files.keys() - applied.keys())
    if applied and missing and missing[0] < max(applied):
        msg = f"{missing[0]} is not applied, but the later {max(applied)} is"
        raise MigrationRefused(msg)
    return missing


async def migrate(admin_url: str, folder: Path = FOLDER) -> list[str]:
    """Brings the database up to the folder's last file and returns the names of those it applied.

    Each file is one transaction; two migrations of one database wait for each other.
    """
    scripts = _scripts(folder)
    checksums = {name: hashlib.sha256(sql.encode()).hexdigest() for name, sql in scripts.items()}
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        await connection.execute(APPLIED)
        rows = await connection.fetch("SELECT name, checksum FROM migrations.applied")
        names = pending(checksums, {row["name"]: row["checksum"] for row in rows})
        for name in names:
            await _apply(connection, name, scripts[name], checksums[name])
        return names
    finally:
        await connection.close()  # which also releases the lock


def _scripts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.sql")}


async def _apply(connection: asyncpg.Connection, name: str, sql: str, checksum: str) -> None:
    async with connection.transaction():
        await connection.execute(sql)
        await connection.execute("RESET ROLE")  # a file creates its objects as their owner
        await connection.execute(
            "INSERT INTO migrations.applied (name, checksum) VALUES ($1, $2)", name, checksum
        )
