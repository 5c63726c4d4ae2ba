"""ImportedFile: how far a file of dated lines has been taken over, and into which warehouse.

Every append of an import has one event here. The stream's version is therefore a guard: a line that
is in the log is never taken again, whoever was killed when. Invariant: `lines` only grows.
"""

from __future__ import annotations

from uuid import UUID, uuid5

from domain.base import Aggregate, Conflicting, Context, Event


class ImportedFileEvent(Event):
    """Anything that happens to an imported file."""


class LinesTaken(ImportedFileEvent, tag="imported_file.lines_taken"):
    """The file's first `lines` lines are in the log, as so many movements.

    Those that are `skipped` move nothing. `receipts` are movements that the file has no lines for.
    """

    name: str
    sha256: str
    lines: int
    movements: int
    receipts: int
    skipped: int

    def apply(self, file: ImportedFile, /) -> None:
        """Moves on."""
        file.taken = self


class LinesTakenBefore(Conflicting, code="LINES_TAKEN"):
    """These lines of the file have been taken over before."""


def imported_file_id(warehouse: UUID, sha256: str) -> UUID:
    """The file of that content, as it is taken over into a warehouse."""
    return uuid5(warehouse, f"file/{sha256}")


class ImportedFile(Aggregate):
    """A file by its content: the same lines under another name are the same file."""

    name = "imported_file"
    events = ImportedFileEvent

    def __init__(self) -> None:
        self.taken: LinesTaken | None = None

    @property
    def lines(self) -> int:
        """How many lines are in the log."""
        return self.taken.lines if self.taken else 0

    def take(self, taken: LinesTaken, context: Context) -> None:
        if taken.lines <= self.lines:
            raise LinesTakenBefore
        self.record(taken, context)
