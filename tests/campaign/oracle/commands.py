"""What clients were told against the log: each key's effect is there once, or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import msgspec

from tests.campaign.load.journal import Entry
from tests.campaign.oracle.events import Stored

MARKS = re.compile(rb"~[^~\"]+~(?:\d+~)?")
REPEATING = frozenset({"stock_take_session.setup_changed", "pool_stock.entry_updated"})
"""These hold texts of earlier commands as well: only marks that are new in them count."""
FROZEN = "stock_take_session.frozen"
"""After a thaw the same request freezes again, under a key that follows from the client's."""
ACCOUNT = "account"
"""What the product notes of a person by itself: log-ins, what was not permitted."""
IDLE = frozenset({"release-lock"})
"""May have nothing to do, and then writes nothing."""
COMPLETE = "complete"
"""Answers what became of it later: it may be refused though its freeze is in the log, thawed."""


class KeyRow(msgspec.Struct, frozen=True):
    """What the log remembers of a key."""

    stream: UUID
    version: int
    position: int


class Effect(msgspec.Struct):
    """All events of one correlation, which is one append if all is well."""

    actor: UUID
    first: int
    last: int
    events: int = 1


class Commands:
    """Every append with its marks, and what was found wrong about the journal's commands."""

    def __init__(self, ours: frozenset[UUID]) -> None:
        """`ours` are the actors whose every event has to come from a command of the journal."""
        self._ours = ours
        self.lost: list[str] = []
        self.doubled: list[str] = []
        self.invented: list[str] = []
        self.late: list[Entry] = []
        self._doubtful: list[Entry] = []
        self._effects: dict[UUID, Effect] = {}
        self._at: dict[int, UUID] = {}
        self._marks: dict[bytes, set[UUID]] = {}
        self._keyed: set[UUID] = set()

    def take(self, page: Sequence[Stored]) -> None:
        """The next events."""
        for stored in page:
            one, correlation = stored.recorded, stored.correlation
            effect = self._effects.get(correlation)
            if effect is None:
                self._effects[correlation] = Effect(one.actor, one.position, one.position)
            else:
                effect.last, effect.events = one.position, effect.events + 1
            self._at[one.position] = correlation
            if stored.event_type == FROZEN or stored.stream_type == ACCOUNT:
                self._keyed.add(correlation)
            for mark in set(MARKS.findall(stored.payload)):
                if stored.event_type not in REPEATING or mark not in self._marks:
                    self._marks.setdefault(mark, set()).add(correlation)

    def check(self, entries: Iterable[Entry], keys: Mapping[tuple[UUID, str], KeyRow]) -> int:
        """Holds settled commands against the log; says how many."""
        news = [*entries]
        doubtful, self._doubtful = self._doubtful, []
        for entry in [*doubtful, *news]:
            row = keys.get((entry.actor, entry.key))
            if row is not None and (correlation := self._at.get(row.position)):
                self._keyed.add(correlation)
            if entry.outcome == "done":
                self._done(entry, row)
            elif entry.kind != COMPLETE:
                self._refused(entry, row)
        return len(news)

    def unasked(self, since: int) -> None:
        """Appends of ours behind a position that no key accounts for are somebody's invention."""
        for correlation, effect in self._effects.items():
            if effect.first > since and effect.actor in self._ours:
                if correlation not in self._keyed:
                    self.invented.append(f"positions {effect.first} to {effect.last}")
                if effect.last - effect.first + 1 != effect.events:
                    self.doubled.append(f"{correlation} is in two places")

    def _done(self, entry: Entry, row: KeyRow | None) -> None:
        if row is None:
            if entry.kind not in IDLE:
                self.lost.append(f"{entry.key}: {entry.kind} was acknowledged, without its key")
            return
        if entry.kind != COMPLETE and (row.version, row.position) != (
            entry.version,
            entry.position,
        ):
            self.lost.append(f"{entry.key}: acknowledged {entry.version} at {entry.position}")
        correlation = self._at.get(row.position)
        if correlation is None or self._effects[correlation].last != row.position:
            self.lost.append(f"{entry.key}: position {row.position} is not its append's last")
        self._marked(entry, correlation)

    def _marked(self, entry: Entry, correlation: UUID | None) -> None:
        for mark in entry.marks:
            found = self._marks.get(mark.encode(), set())
            if len(found) > 1:
                self.doubled.append(f"{entry.key}: {mark} is in {len(found)} appends")
            elif found != {correlation}:
                self.lost.append(f"{entry.key}: {mark} is not in its append")

    def _refused(self, entry: Entry, row: KeyRow | None) -> None:
        if row is not None and entry.attempts > 1:
            entry.late = True
            self.late.append(entry)
            self._marked(entry, self._at.get(row.position))
            return
        if row is not None or any(mark.encode() in self._marks for mark in entry.marks):
            self.invented.append(f"{entry.key}: {entry.kind} was refused, and is in the log")
        if entry.attempts > 1:
            self._doubtful.append(entry)
