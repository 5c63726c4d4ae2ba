"""Backups: archives of pg_dump that hold the log, the people and which migrations were applied.

Read models are not in them but for their empty tables: they are made again from the log.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

import asyncpg
import msgspec

from adapters.embedded import places
from adapters.embedded.child import NotReady
from adapters.postgres.connection import first_connection
from projections.sql import statements

SQL = statements(__file__)
SCHEMAS = ("es", "identity", "migrations", "read")
LEFT_OUT = ("read.*", "identity.mails")
"""Rows that are made anew from the log, and mails: they hold tokens that open doors."""
NEEDED = ("es events", "es epochs", "identity members", "migrations applied")
CHUNK_BYTES = 2**20
RESTORED = "restored from a backup"

Tell = Callable[[int], None]
"""Hears of each chunk how many bytes it had."""


class BadArchive(Exception):
    """The backup cannot be made, or the file cannot be restored; the message says why."""


class Facts(msgspec.Struct, frozen=True):
    """What a log holds."""

    position: int
    events: int
    streams: int
    broken: int
    """Streams whose versions do not count up from 1."""
    epoch: int

    @property
    def whole(self) -> bool:
        """Whether nothing is missing in it."""
        return self.position == self.events and not self.broken


class Programs(msgspec.Struct, frozen=True):
    """PostgreSQL's own programs, for one database."""

    dump: Path
    restore: Path
    database: str
    environment: Mapping[str, str]

    @classmethod
    async def found(cls, connection: asyncpg.Connection, url: str) -> Programs:
        """Those of the embedded server, or of the PATH where that one is too old."""
        major = connection.get_server_version().major
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        user = (parts.username or "") + "@" if parts.username else ""
        secret = {"PGPASSWORD": unquote(parts.password)} if parts.password else {}
        return cls(
            _program("pg_dump", major),
            _program("pg_restore", major),
            parts._replace(netloc=user + host).geturl(),
            {**os.environ, **secret},  # a password in the arguments could be read by anybody
        )


async def back_up(url: str, file: Path, tell: Tell) -> tuple[Facts, str]:
    """Writes the file and says what is in it, and its SHA-256; raises NoDatabase or BadArchive.

    All of it is of one moment, while work goes on; the file has its name once it is complete.
    """
    with first_connection():
        connection = await asyncpg.connect(url)
    try:
        programs = await Programs.found(connection, url)
        if await connection.fetchval(SQL["migrated"]) != len(SCHEMAS):
            raise BadArchive("There is no log in this database: nothing to back up")
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await connection.fetchval(SQL["export"])
            facts = await _facts(connection)
            command = (
                *(str(programs.dump), "--format=custom", f"--snapshot={snapshot}"),
                *(f"--schema={schema}" for schema in SCHEMAS),
                *(f"--exclude-table-data={table}" for table in LEFT_OUT),
                f"--dbname={programs.database}",
            )
            digest = await asyncio.to_thread(_written, command, programs, file, tell)
    finally:
        await connection.close()
    return facts, digest


async def check(url: str, file: Path, known: Collection[str], tell: Tell) -> Programs:
    """Finds the database empty and the whole file readable, or raises NoDatabase or BadArchive.

    `known` are the migrations of this release.
    """
    with first_connection():
        connection = await asyncpg.connect(url)
    try:
        programs = await Programs.found(connection, url)
        if await connection.fetchval(SQL["migrated"]):
            raise BadArchive(
                "The database is not empty: restore into a new one (TALLYBOOK_HOME names another "
                "folder, or TALLYBOOK_ADMIN_DATABASE_URL another database)"
            )
        await asyncio.to_thread(_check, programs, file, known, tell)
    finally:
        await connection.close()
    return programs


async def fill(programs: Programs, file: Path, tell: Tell) -> None:
    """Restores the file as a whole, or raises BadArchive and has written nothing."""
    command = (
        *(str(programs.restore), "--single-transaction", "--exit-on-error"),
        f"--dbname={programs.database}",
    )
    await asyncio.to_thread(_fed, command, programs, file, tell)


async def resume(url: str) -> Facts:
    """Begins the epoch of a restored log, and says what it holds."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(SQL["resume"], RESTORED)
        return await _facts(connection)
    finally:
        await connection.close()


async def _facts(connection: asyncpg.Connection) -> Facts:
    (row,) = await connection.fetch(SQL["facts"])
    return Facts(*row)


def _program(name: str, major: int) -> Path:
    """The one whose version is nearest to the server's: an older one cannot read all that it has.

    What a newer one writes an older server may not understand.
    """
    candidates = [shutil.which(name)]
    with suppress(NotReady):
        candidates.append(str(places.programs(None) / name))
    versions = {_major(candidate): Path(candidate) for candidate in candidates if candidate}
    if not (usable := [version for version in versions if version >= major]):
        what = f"The server is PostgreSQL {major}: put a {name} of that version on the PATH"
        raise BadArchive(what)
    return versions[min(usable)]


def _major(program: str) -> int:
    """Its version's first number, 0 if it does not run."""
    with suppress(OSError):
        told = subprocess.run((program, "--version"), capture_output=True, check=False)  # noqa: S603 - PostgreSQL's own
        if found := re.search(rb"\) (\d+)", told.stdout):
            return int(found[1])
    return 0


def _written(command: tuple[str, ...], programs: Programs, file: Path, tell: Tell) -> str:
    unfinished = file.with_name(f"{file.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    digest = hashlib.sha256()
    try:
        with (
            os.fdopen(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as to,
            _running(command, programs, stdout=subprocess.PIPE) as process,
        ):
            assert process.stdout  # noqa: S101 - as asked for
            for chunk in _chunks(process.stdout, tell):
                digest.update(chunk)
                to.write(chunk)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    return digest.hexdigest()


def _check(programs: Programs, file: Path, known: Collection[str], tell: Tell) -> None:
    """Raises unless the whole file can be read, is ours, and is not of a later release."""
    try:
        told = _told((str(programs.restore), "--list", str(file)), programs)
    except BadArchive as error:
        raise BadArchive(f"{file} is no backup, or a damaged one: {error}") from None
    for table in NEEDED:
        if f" TABLE DATA {table} " not in told:
            raise BadArchive(f"{file} is not a backup of Tallybook: it has no table {table}")
    applied = ("--data-only", "--schema=migrations", "--table=applied", "--file=-", str(file))
    rows = _told((str(programs.restore), *applied), programs)
    names = set(re.findall(r"^(\d{4}_\S+\.sql)\t", rows, re.MULTILINE))
    if unknown := sorted(names.difference(known)):
        raise BadArchive(f"{file} was made by a later release, which knows {unknown[-1]}: use that")
    _fed((str(programs.restore), f"--file={os.devnull}"), programs, file, tell)


def _told(command: tuple[str, ...], programs: Programs) -> str:
    with _running(command, programs, stdout=subprocess.PIPE) as process:
        assert process.stdout  # noqa: S101 - as asked for
        return process.stdout.read().decode()


def _fed(command: tuple[str, ...], programs: Programs, file: Path, tell: Tell) -> None:
    with (
        file.open("rb") as source,
        _running(command, programs, stdin=subprocess.PIPE) as process,
        suppress(BrokenPipeError),  # it says itself why it ended
    ):
        assert process.stdin  # noqa: S101 - as asked for
        for chunk in _chunks(source, tell):
            process.stdin.write(chunk)


def _chunks(source: IO[bytes], tell: Tell) -> Iterator[bytes]:
    while chunk := source.read(CHUNK_BYTES):
        yield chunk
        tell(len(chunk))


@contextmanager
def _running(
    command: tuple[str, ...],
    programs: Programs,
    stdin: int | None = None,
    stdout: int | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """The program while its pipes are used; raises BadArchive with its last words."""
    with tempfile.TemporaryFile() as errors:
        with subprocess.Popen(  # noqa: S603 - PostgreSQL's own
            command, stdin=stdin, stdout=stdout, stderr=errors, env=programs.environment
        ) as process:
            try:
                yield process
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip().splitlines()
            raise BadArchive(said[-1] if said else f"{command[0]} failed")
