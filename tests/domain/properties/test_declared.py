"""No projection forgets a type of event."""

from __future__ import annotations

from typing import Any

import pytest

from domain.registry import Registry
from projections.all import PROJECTIONS
from projections.engine.projection import Projection, undeclared


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.id)
def test_every_projection_handles_or_ignores_every_type(projection: Projection[Any]) -> None:
    """A new type fails here until each author has said what it means to him."""
    types = [kind for kind in Registry().types.values() if kind.__module__.startswith("domain.")]

    assert len(types) >= 39
    assert undeclared(projection, types) == []


def test_no_two_projections_share_a_table() -> None:
    """Each is filled by one fold."""
    assert len({projection.table for projection in PROJECTIONS}) == len(PROJECTIONS)
