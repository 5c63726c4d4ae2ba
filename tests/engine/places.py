"""Projections over an event that the log can store: three read it, one ignores all."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from domain.base import Event
from domain.stock.place import PlaceOpened
from projections.engine.projection import Of, Projection

SICK = "SICK"


class Opened(msgspec.Struct, frozen=True):
    """How often a place was opened, which is once in real life."""

    place: UUID
    times: int


class Line(msgspec.Struct, frozen=True):
    """One opening."""

    position: int
    code: str


def _opened(row: Opened | None, recorded: Of[PlaceOpened]) -> Opened:
    return Opened(recorded.stream, row.times + 1 if row else 1)


def _unless_sick(row: Opened | None, recorded: Of[PlaceOpened]) -> Opened:
    if recorded.event.code == SICK:
        raise ValueError(recorded.event.code)
    return _opened(row, recorded)


def _projection(name: str, handler: Any) -> Projection[Opened]:
    return Projection(
        name=name,
        version=1,
        row=Opened,
        keys=("place",),
        key=lambda recorded: (recorded.stream,),
        handlers={PlaceOpened: handler},
    )


WELL = _projection("toy_well", _opened)
DELICATE = _projection("toy_delicate", _unless_sick)
LINES = Projection(
    name="toy_lines",
    version=1,
    row=Line,
    keys=("position",),
    key=lambda recorded: (recorded.position,),
    handlers={PlaceOpened: lambda _, recorded: Line(recorded.position, recorded.event.code)},
    ledger=True,
)
BLIND = Projection(
    name="toy_blind",
    version=1,
    row=Line,
    keys=("position",),
    key=lambda recorded: (recorded.position,),
    handlers={},
    ignores=(Event,),
)
ALL = (WELL, DELICATE, LINES, BLIND)
