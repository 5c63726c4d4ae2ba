"""A log in memory: events with positions, as the projections read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from domain.base import Event, Recorded
from tests.specification import EVE, NOW, ORGANIZATION


def logged(events: Sequence[tuple[UUID, Event]]) -> list[Recorded]:
    """The events of several streams in the order of recording, a second apart."""
    versions: Counter[UUID] = Counter()
    log = []
    for position, (stream, event) in enumerate(events, 1):
        versions[stream] += 1
        when = NOW.now + timedelta(seconds=position)
        log.append(
            Recorded(stream, versions[stream], when, EVE, event, ORGANIZATION, position, when)
        )
    return log
