"""What clients asked and what they were told: the truth that the log is held against."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import msgspec

Outcome = Literal["open", "done", "refused"]
FOUND, TOO_HIGH, BEHIND = 200, 400, 503
CONTENDED = "CONFLICT"
"""Others kept changing the same thing: it says nothing of the state, and changes nothing."""
MARK = "~{}.{}~"
"""What a command writes into a text of its own, so that the log can be searched for it."""


class Entry(msgspec.Struct, kw_only=True):
    """One command with its key; times are seconds of this process's monotonic clock."""

    client: str
    actor: UUID
    organization: UUID
    key: str
    kind: str
    method: str
    path: str
    body: dict[str, Any]
    marks: tuple[str, ...]
    pool: UUID | None
    """Whose history it belongs to, if its pool's history is checked."""
    asked_at: float
    answered_at: float = 0.0
    attempts: int = 0
    status: int = 0
    text: bytes = b""
    late: bool = False
    """Refused when it was sent again, while an earlier attempt of it was still under way, and then
    done: its key tells so to whoever asks once more."""
    version: int = 0
    epoch: int = 0
    position: int = 0

    @property
    def outcome(self) -> Outcome:
        """Done, refused, or open: nobody knows yet."""
        if not self.status:
            return "open"
        return "done" if self.status < TOO_HIGH else "refused"

    @property
    def answer(self) -> dict[str, Any]:
        """The answer's body."""
        return msgspec.json.decode(self.text, type=dict[str, Any])

    @property
    def code(self) -> str:
        """Why it was refused."""
        return str(self.answer.get("code", self.status))


class Journal:
    """Every command of every client, in the order in which they were begun."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.unsettled: set[str] = set()
        self.faulty: list[str] = []
        """Answers that may never be given, such as a 500."""
        self.reads = 0

    def begin(self, entry: Entry) -> None:
        """It is about to be sent."""
        self.entries.append(entry)
        self.unsettled.add(entry.key)

    def end(self, entry: Entry) -> None:
        """Its outcome is known."""
        self.unsettled.discard(entry.key)

    def read(self, after: Entry, status: int) -> None:
        """A query that named what the entry wrote: it is found, or the answer is to wait."""
        self.reads += status == FOUND
        if status not in {FOUND, BEHIND}:
            self.faulty.append(f"{status} for what position {after.position} had written")

    def counted(self) -> dict[str, int]:
        """How many commands had which outcome, and how many were repeated until it was known."""
        outcomes = {"done": 0, "refused": 0, "open": 0}
        for entry in self.entries:
            outcomes[entry.outcome] += 1
        repeated = sum(entry.attempts > 1 for entry in self.entries)
        return {"sent": len(self.entries), **outcomes, "repeated": repeated}
