"""given(Kind, *history).when(decide, ...).then(*events), or .refused(Error): how a rule is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar
from uuid import UUID

from domain.base import Aggregate, Context, Event, Recorded, Refused

A = TypeVar("A", bound=Aggregate)
P = ParamSpec("P")

DAY = date(2025, 3, 25)
ORGANIZATION, STREAM, FRESH = UUID(int=1), UUID(int=2), UUID(int=3)
EVE, ANN, BOB = UUID(int=11), UUID(int=12), UUID(int=13)


def at(clock: str, actor: UUID = EVE, **others: Any) -> Context:
    """The context of that time of DAY; `others` are its further fields."""
    now = datetime.combine(DAY, time.fromisoformat(clock), UTC)
    return Context(ORGANIZATION, actor, now, FRESH, **others)


NOW = at("09:00")


def fold(kind: type[A], *history: Event, stream: UUID = STREAM) -> A:
    """The aggregate that the events lead to."""
    aggregate = kind.blank(stream)
    for version, event in enumerate(history, 1):
        Recorded(stream, version, NOW.now, EVE, event, ORGANIZATION).mutate(aggregate)
    return aggregate


def state(aggregate: Aggregate) -> dict[str, Any]:
    """What an aggregate knows, and its version."""
    own = {name: value for name, value in vars(aggregate).items() if not name.startswith("_")}
    return own | {"version": aggregate.version}


class given(Generic[A]):  # noqa: N801 - it begins a sentence
    """An aggregate with a history, one decision on it, and what has to come of that."""

    def __init__(self, kind: type[A], *history: Event, stream: UUID = STREAM) -> None:
        self.kind, self.history, self.stream = kind, history, stream
        self.aggregate = fold(kind, *history, stream=stream)
        self.refusal: Refused | None = None

    def when(
        self, decide: Callable[Concatenate[A, P], object], *args: P.args, **kwargs: P.kwargs
    ) -> Self:
        """Decides; several in a row are allowed until one is refused."""
        assert self.refusal is None
        try:
            decide(self.aggregate, *args, **kwargs)
        except Refused as refusal:
            self.refusal = refusal
        return self

    def then(self, *events: Event) -> None:
        """Exactly these were recorded, and folding them tells the same as deciding them."""
        assert self.refusal is None
        assert self.recorded == events
        folded = fold(self.kind, *self.history, *events, stream=self.stream)
        assert state(folded) == state(self.aggregate)

    def refused(self, error: type[Refused], **facts: object) -> None:
        """This very error with at least these facts; nothing was recorded or changed."""
        assert type(self.refusal) is error
        assert facts.items() <= {"pointer": self.refusal.pointer, **self.refusal.facts}.items()
        assert self.recorded == ()
        before = fold(self.kind, *self.history, stream=self.stream)
        assert state(before) == state(self.aggregate)

    @property
    def pending(self) -> tuple[Recorded, ...]:
        """The new events in their envelopes."""
        return tuple(one for one in self.aggregate.pending_events if isinstance(one, Recorded))

    @property
    def recorded(self) -> tuple[Event, ...]:
        """The new events."""
        return tuple(one.event for one in self.pending)
