"""Whether a history of overlapping commands has an order in which each answer is the right one.

Wing and Gong's search with Lowe's memory: an operation may come next if no other that is not yet
placed had been answered before it was asked. What was placed, with the state that it led to, is
tried once. Exact; histories are kept short for that.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

import msgspec

State = TypeVar("State", bound=Hashable)
Call = TypeVar("Call")


class Operation(msgspec.Struct, Generic[Call], frozen=True):
    """What was asked and answered, and between which moments it took effect, if it did."""

    call: Call
    asked_at: float
    answered_at: float


Step = Callable[[State, Call], State | None]
"""The state behind the call, or None if its answer cannot be right in that state."""


def linearizable(history: Sequence[Operation[Call]], begin: State, step: Step[State, Call]) -> bool:
    """Whether there is such an order."""
    order = sorted(history, key=lambda one: one.asked_at)
    whole = (1 << len(order)) - 1
    seen: set[tuple[int, State]] = set()
    ahead = [(0, begin)]
    while ahead:
        placed, state = ahead.pop()
        if placed == whole:
            return True
        for number in _next(order, placed):
            after = step(state, order[number].call)
            found = (placed | 1 << number, after)
            if after is not None and found not in seen:
                seen.add((found[0], after))
                ahead.append((found[0], after))
    return False


def _next(order: Sequence[Operation[Call]], placed: int) -> list[int]:
    """Those that may come next: asked before any of the rest was answered."""
    rest = [number for number in range(len(order)) if not placed >> number & 1]
    first_answer = min(order[number].answered_at for number in rest)
    return [number for number in rest if order[number].asked_at <= first_answer]
