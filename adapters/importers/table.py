"""Delimited text as typed rows: what cannot be read is named by row and column, never guessed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from domain.stock.history import ImportHistory
from domain.stock.opening import ImportStock

LARGEST_FILE_BYTES = 32 * 1024 * 1024
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
"""Byte order marks, and the encoding that each gives away."""
_ROUNDED = re.compile(r"\d+([.,]\d+)?[eE]\+?\d+", re.ASCII)

T = TypeVar("T", bound=msgspec.Struct)
C = TypeVar("C", bound=ImportStock | ImportHistory)
Record = tuple[int, list[str]]
"""A row's number, the file's first one being 1, and its cells."""


class BadFile(Exception):
    """A file that cannot be read at all; the message says why."""


class Unreadable(Exception):
    """From here on nothing can be read: the row's number and why."""


class BadRow(msgspec.Struct, frozen=True):
    """What is wrong with a row."""

    file: str
    row: int
    column: str
    problem: str

    def __str__(self) -> str:
        column = f", {self.column}" if self.column else ""
        return f"{self.file}, row {self.row}{column}: {self.problem}"


class Reading(msgspec.Struct, Generic[C]):
    """What the good rows ask for, what is wrong with the others, and where each comes from."""

    command: C | None
    bad: list[BadRow]
    origins: dict[str, tuple[str, int]]
    """File and row of each JSON pointer into the command."""

    @property
    def rows(self) -> int:
        """How many rows are good."""
        if isinstance(self.command, ImportHistory):
            return len(self.command.movements)
        return len(self.command.stock) if self.command else 0

    def blame(self, pointer: str, problem: str) -> str:
        """What a refusal of the command says, with the row that it points at if that is known."""
        _, _, rest = pointer.partition("/")
        parts = rest.split("/")
        origin = self.origins.get("/".join(("", *parts[:2])))
        if origin is None:
            return f"{pointer}: {problem}" if pointer else problem
        return str(BadRow(*origin, "".join(parts[2:3]), problem))


def content(path: Path, encoding: str | None = None) -> str:
    """The file's text: UTF-8, or what its byte order mark says, or the encoding that is named."""
    return _decoded(read_whole(path), path.name, encoding)


def read_whole(path: Path) -> bytes:
    """All that is in the file; raises BadFile where that is too much, or cannot be read."""
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise BadFile(f"{path.name}: more than {LARGEST_FILE_BYTES // 1024**2} MiB: split it")
        return path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror}") from error


def _decoded(raw: bytes, file: str, encoding: str | None) -> str:
    marked = next((name for mark, name in MARKS.items() if raw.startswith(mark)), "utf-8")
    try:
        text = raw.decode(encoding or marked)
    except LookupError:
        raise BadFile(f"{file}: there is no encoding {encoding}") from None
    except UnicodeDecodeError as error:
        row = len(re.split(rb"\r\n|\r|\n", raw[: error.start]))
        named = encoding or marked
        raise BadFile(
            f"{file}, row {row}: byte 0x{raw[error.start]:02X} is not {named}; "
            "name the file's encoding, for example --encoding latin-1"
        ) from None
    if "\0" in text:
        raise BadFile(f"{file}: holds NUL characters; if it is UTF-16, say --encoding utf-16-le")
    return text


def records(text: str, delimiter: str, *, quoted: bool = True) -> Iterator[Record]:
    """The rows that are not blank, whichever way lines end; raises Unreadable."""
    lines = io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"), newline="")
    if quoted:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
    else:
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if any(cell.strip() for cell in cells):
                yield number, cells
    except csv.Error as error:
        raise Unreadable(number + 1, f"cannot be read: {error}") from error


def rows(
    file: str, found: Iterable[Record], columns: Sequence[str], kind: type[T]
) -> Iterator[tuple[int, T | BadRow]]:
    """Each record as a `kind`; a blank cell is one that is not given."""
    try:
        for number, cells in found:
            yield number, _row(file, number, cells, columns, kind)
    except Unreadable as error:
        number, problem = error.args
        yield number, BadRow(file, number, "", problem)


def _row(
    file: str, number: int, cells: list[str], columns: Sequence[str], kind: type[T]
) -> T | BadRow:
    if len(cells) != len(columns):
        problem = f"has {len(cells)} cells where {len(columns)} are expected"
        return BadRow(file, number, "", problem)
    named = zip(columns, cells, strict=True)
    given = {column: text for column, cell in named if (text := cell.strip())}
    try:
        return msgspec.convert(given, kind, strict=False, dec_hook=_amount)
    except msgspec.ValidationError as error:
        return BadRow(file, number, *_located(str(error), given))


def _amount(kind: type, cell: Any) -> Any:
    if isinstance(cell, str) and cell.startswith("."):
        cell = f"0{cell}"
    return kind.parse(cell)  # type: ignore[attr-defined]  # only our own amounts come here


def _located(message: str, given: dict[str, str]) -> tuple[str, str]:
    """The column and the problem in msgspec's message."""
    problem, _, path = message.rpartition(" - at `$.")
    if not problem:
        missing = re.search(r"missing required field `(\w+)`", message)
        return (missing[1], "is blank, which is not zero") if missing else ("", message)
    column = path.rstrip("`")
    return column, f"{given.get(column, '')!r}: {problem[0].lower()}{problem[1:]}"


def rounded(cell: str) -> bool:
    """Whether a spreadsheet made a number of a code, as in 6.37702E+15: its digits are lost."""
    return _ROUNDED.fullmatch(cell) is not None
