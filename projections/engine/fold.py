"""The fold itself, in memory: the same for live, rebuilt and as-of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, NamedTuple

from domain.base import Recorded
from projections.engine.parking import Parked
from projections.engine.projection import Key, Projection, R

ATTEMPTS = 3
"""So many identical failures of an event prove that it will always fail."""


class Undeclared(Exception):
    """The projection neither handles nor ignores this type of event."""


class Misplaced(Exception):
    """A handler returned a row of another key than its event's."""


class Doubled(Exception):
    """A ledger got a second row of one key."""


class Unsteady(Exception):
    """An event failed in different ways, so it may work another time."""


class Step(NamedTuple):
    """An event that touches a row: what is left of a batch once the rest is skipped."""

    recorded: Recorded
    key: Key
    handle: Callable[[Any, Any], Any]


class Version(NamedTuple):
    """A row as it is from the event at `as_of` on; where that took it away, as it was before."""

    row: Any
    as_of: int
    gone: bool


class Fold(Generic[R]):
    """Rows of one projection, their versions if it is temporal, and the streams it gave up on.

    Put the rows of the planned keys into `rows` before the steps are applied. An event that fails
    parks its stream: it and the stream's later events are skipped, all others go on.
    """

    def __init__(
        self, projection: Projection[R], parked: Mapping[Any, Parked] | None = None
    ) -> None:
        self.projection = projection
        self.rows: dict[Key, R | None] = {}
        self.versions: list[Version] = []
        self.parked = dict(parked or {})

    def plan(self, events: Iterable[Recorded]) -> list[Step]:
        """The events that touch a row, each with its key."""
        steps: list[Step] = []
        handlers, key = self.projection.handlers, self.projection.key
        for recorded in events:
            kind = type(recorded.event)
            handle = handlers.get(kind)
            if (handle is None and self.projection.leaves(kind)) or self._skips(recorded):
                continue
            if handle is None:
                self.park(recorded, f"{Undeclared.__name__}: {recorded.event!r}")
                continue
            try:
                steps.append(Step(recorded, key(recorded), handle))
            except Exception as error:  # noqa: BLE001 - whatever an author's code raises
                self._judge(recorded, error, lambda: key(recorded))  # noqa: B023 - called here
        return steps

    def apply(self, steps: Iterable[Step]) -> set[Key]:
        """Folds the steps in order and returns the keys of the rows that they changed."""
        changed: set[Key] = set()
        for step in steps:
            if self._skips(step.recorded):
                continue
            try:
                row = self._handled(step)
            except Exception as error:  # noqa: BLE001 - whatever an author's code raises
                self._judge(step.recorded, error, lambda: self._handled(step))  # noqa: B023
                continue
            self._keep(step, row)
            self.rows[step.key] = row
            changed.add(step.key)
        return changed

    def park(self, recorded: Recorded, error: str) -> None:
        """Gives the stream up from this event on."""
        self.parked[recorded.stream] = Parked(recorded.stream, recorded.position, error)

    def _keep(self, step: Step, row: R | None) -> None:
        before = self.rows.get(step.key)
        if self.projection.temporal and row is not before:
            kept = before if row is None else row
            self.versions.append(Version(kept, step.recorded.position, row is None))

    def _skips(self, recorded: Recorded) -> bool:
        parked = self.parked.get(recorded.stream)
        return parked is not None and parked.position <= recorded.position

    def _handled(self, step: Step) -> R | None:
        before = self.rows.get(step.key)
        row: R | None
        if self.projection.ledger:
            row = step.handle(None, step.recorded)
            if row is not None and before is not None:
                raise Doubled(step.key)
            row = row or before
        else:
            row = step.handle(before, step.recorded)
        if row is not None and row is not before:
            key = tuple([getattr(row, name) for name in self.projection.keys])
            if key != step.key:
                raise Misplaced(key, step.key)
        return row

    def _judge(self, recorded: Recorded, error: Exception, again: Callable[[], object]) -> None:
        failures = {repr(error)}
        for _ in range(ATTEMPTS - 1):
            try:
                again()
            except Exception as failure:  # noqa: BLE001 - whatever an author's code raises
                failures.add(repr(failure))
            else:
                failures.add("")
        if len(failures) > 1:
            raise Unsteady(recorded.position, *failures) from error
        self.park(recorded, repr(error))


def replay(projection: Projection[R], events: Iterable[Recorded]) -> dict[Key, R]:
    """The rows that the events lead to, by key, with nothing but memory."""
    fold = Fold(projection)
    for recorded in events:
        fold.apply(fold.plan([recorded]))
    return {key: row for key, row in fold.rows.items() if row is not None}
