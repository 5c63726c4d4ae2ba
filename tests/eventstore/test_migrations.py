"""Files are applied once each and in order, by one migration at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from eventstore_schema.runner import FOLDER, MigrationRefused, migrate


@pytest.fixture
async def empty(postgres: str) -> AsyncIterator[str]:
    """The administrator's URL of a database without any schema."""
    name = f"empty_{uuid4().hex}"
    server = await asyncpg.connect(postgres, database="postgres")
    await server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    yield postgres.replace("/tallybook?", f"/{name}?")
    await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await server.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files, the second of which needs the first."""
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE first (a int)")
    (tmp_path / "0002_second.sql").write_text("INSERT INTO first VALUES (2)")
    return tmp_path


async def _rows(url: str) -> list[int]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT a FROM first")
    await connection.close()
    return [row["a"] for row in rows]


async def test_files_are_applied_in_order_and_once(empty: str, folder: Path) -> None:
    """A second migration applies what has come since, and nothing else."""
    assert await migrate(empty, folder) == ["0001_first.sql", "0002_second.sql"]
    (folder / "0003_third.sql").write_text("INSERT INTO first VALUES (3)")
    assert await migrate(empty, folder) == ["0003_third.sql"]
    assert await migrate(empty, folder) == []
    assert await _rows(empty) == [2, 3]


async def test_an_applied_file_that_changed_is_refused(empty: str, folder: Path) -> None:
    """Nothing is applied, not even a new file."""
    await migrate(empty, folder)
    (folder / "0002_second.sql").write_text("INSERT INTO first VALUES (4)")
    (folder / "0003_third.sql").write_text("INSERT INTO first VALUES (3)")
    with pytest.raises(MigrationRefused, match=r"0002_second\.sql"):
        await migrate(empty, folder)
    assert await _rows(empty) == [2]


async def test_a_file_that_belongs_before_an_applied_one_is_refused(
    empty: str, folder: Path
) -> None:
    """Databases would differ by the order in which they met the files."""
    await migrate(empty, folder)
    (folder / "0001_late.sql").write_text("INSERT INTO first VALUES (1)")
    with pytest.raises(MigrationRefused, match=r"0001_late\.sql"):
        await migrate(empty, folder)


async def test_a_database_of_newer_code_is_refused(empty: str, folder: Path) -> None:
    """A file that is applied but unknown is not this code's database."""
    await migrate(empty, folder)
    (folder / "0002_second.sql").unlink()
    with pytest.raises(MigrationRefused, match=r"0002_second\.sql"):
        await migrate(empty, folder)


async def test_a_file_that_fails_leaves_nothing_behind(empty: str, folder: Path) -> None:
    """The ones before it stay, and the next migration goes on from there."""
    broken = folder / "0003_third.sql"
    broken.write_text("INSERT INTO first VALUES (3); SELECT 1 / 0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty, folder)
    assert await _rows(empty) == [2]
    broken.write_text("INSERT INTO first VALUES (3)")
    assert await migrate(empty, folder) == ["0003_third.sql"]


async def test_two_migrations_at_once_apply_each_file_once(empty: str, folder: Path) -> None:
    """One waits for the other and finds nothing left to do."""
    (folder / "0000_slow.sql").write_text("SELECT pg_sleep(0.1)")
    applied = await asyncio.gather(*(migrate(empty, folder) for _ in range(3)))
    assert sorted(len(names) for names in applied) == [0, 0, 3]
    assert await _rows(empty) == [2]


async def test_databases_of_one_cluster_share_their_roles(empty: str, postgres: str) -> None:
    """The schema applies where another database has made the roles already."""
    await migrate(postgres)
    assert await migrate(empty) == sorted(path.name for path in FOLDER.glob("*.sql"))
