"""How a process begins."""

from __future__ import annotations

import gc

from api.startup import COLLECTIONS, collect_seldom


class Loop:
    """Something that refers to itself, so that only the collector can free it."""

    freed = 0

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        Loop.freed += 1


def test_cycles_are_still_collected_though_seldom() -> None:
    """Memory stays bounded: the youngest are looked at after so many new objects."""
    before = gc.get_threshold()
    try:
        collect_seldom()
        gc.collect()
        Loop.freed = 0
        for _ in range(2 * COLLECTIONS[0]):
            Loop()
        assert Loop.freed
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
