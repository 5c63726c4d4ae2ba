"""Events that a projection cannot apply, in streams of their own, with sound ones around them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from random import Random
from uuid import UUID, uuid5

from api.services import SYSTEM
from domain.base import NOBODY, Event, Recorded
from domain.ports import Append, AppendRefused, Unavailable, Write
from domain.quantity import ZERO, Quantity
from domain.registry import Registry
from domain.stock import movement as m
from tests.campaign.faults.fault import Fault
from tests.campaign.scene import Scene

POISONER = uuid5(SYSTEM, "poisoner")
"""Who appends what no client asked for."""
PAUSE_SECONDS = 0.5
NEVER_MADE = 999


class Vanished(Event, frozen=True):
    """What no version of the product has ever heard of."""


class Poisons(Registry):
    """Encodes that too."""

    def encode(self, event: Event) -> tuple[str, int, bytes]:
        """Under a name that cannot be decoded."""
        return (
            ("pool_stock.vanished", 1, b"{}")
            if isinstance(event, Vanished)
            else super().encode(event)
        )


class _Poison(Fault):
    async def strike(self, scene: Scene, chance: Random) -> None:
        organization, warehouse = scene.load.poisoned.id, scene.load.poisoned.warehouse
        stream = UUID(int=chance.getrandbits(128))
        scene.poisoned.add(stream)
        events = (_created(warehouse), self.event(), _received(warehouse))
        written = tuple(
            Recorded(stream, version, datetime.now(UTC), POISONER, event, organization)
            for version, event in enumerate(events, 1)
        )
        append = Append(organization, POISONER, (Write(stream, "pool_stock", 0, written),))
        while True:
            try:
                await scene.log.append(append)
            except Unavailable:
                await asyncio.sleep(PAUSE_SECONDS)
            except AppendRefused:
                return  # an earlier attempt went in
            else:
                return

    def event(self) -> Event:
        """The one that is bad."""
        raise NotImplementedError


class Unknown(_Poison):
    """An event of a type that this version cannot read."""

    kind, weight = "poison event: unknown type", 2

    def event(self) -> Event:
        return Vanished()


class Impossible(_Poison):
    """An event that cannot have happened: what it ends was never begun."""

    kind, weight = "poison event: impossible", 2

    def event(self) -> Event:
        return m.ReservationReleased(
            number=NEVER_MADE, quantity=Quantity(1), remaining=ZERO, reason="RELEASED"
        )


def _created(warehouse: UUID) -> Event:
    return m.PoolCreated(
        product=NOBODY, place=NOBODY, warehouse=warehouse, place_code="POISON", whole=True
    )


def _received(warehouse: UUID) -> Event:
    return m.StockReceived(
        product=NOBODY,
        place=NOBODY,
        warehouse=warehouse,
        delta=Quantity(1),
        on_hand=Quantity(1),
        quarantine_delta=ZERO,
        quarantine=ZERO,
        unit_cost=ZERO,
    )


def poisons() -> list[Fault]:
    """Both."""
    return [Unknown("poison"), Impossible("poison")]
