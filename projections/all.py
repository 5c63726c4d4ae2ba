"""Every projection that a projector drives."""

from __future__ import annotations

from typing import Any

from projections.catalogue import PLACES, PRODUCTS, VALUATIONS
from projections.engine.projection import Projection
from projections.issuances import ISSUANCES
from projections.item_counts import COUNT_LINES, SESSION_ITEMS
from projections.movements import MOVEMENTS
from projections.organizations import ORGANIZATIONS
from projections.people import MEMBERS
from projections.replay import REPLAY
from projections.reservations import RESERVATIONS
from projections.security_events import SECURITY_EVENTS
from projections.serial_units import SERIAL_UNITS
from projections.sessions import SESSIONS
from projections.stock import STOCK_LEVELS

PROJECTIONS: tuple[Projection[Any], ...] = (
    PLACES,
    PRODUCTS,
    STOCK_LEVELS,
    MOVEMENTS,
    VALUATIONS,
    RESERVATIONS,
    ISSUANCES,
    SESSIONS,
    SESSION_ITEMS,
    COUNT_LINES,
    REPLAY,
    SECURITY_EVENTS,
    SERIAL_UNITS,
    ORGANIZATIONS,
    MEMBERS,
)
