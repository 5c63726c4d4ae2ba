"""Values that were looked up a moment ago."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Fresh(Generic[K, V]):
    """The last values looked up, at most `limit` of them, each for so many seconds."""

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit, self._seconds = limit, seconds
        self._kept: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def get(self, key: K, at: float) -> V | None:
        """The value, unless it is too old or gone."""
        kept = self._kept.get(key)
        if kept is None or not 0 <= at - kept[0] < self._seconds:
            return None
        self._kept.move_to_end(key)
        return kept[1]

    def put(self, key: K, value: V, at: float) -> None:
        """Keeps it instead of the one unused for longest."""
        self._kept[key] = (at, value)
        self._kept.move_to_end(key)
        if len(self._kept) > self._limit:
            self._kept.popitem(last=False)

    def drop(self, matches: Callable[[V], bool]) -> None:
        """Forgets the values that match."""
        for key in [key for key, (_, value) in self._kept.items() if matches(value)]:
            del self._kept[key]
