"""How hard the properties are tried: little by default, more in long runs."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("TALLYBOOK_EFFORT", "1"))
"""TALLYBOOK_EFFORT=20 tries twenty times as many examples."""


def effort(examples: int, steps: int = 50) -> settings:
    """So many examples by default, of at most so many steps."""
    return settings(
        max_examples=examples * TIMES,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
