"""What hostile tests share: one company with a request for every command that would be accepted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.shop import Request, Shop
from tests.api.specimens import SPECIMENS
from tests.api.takes import at
from tests.system import Client, Clock, Company, System


class Day:
    """A company on a day whose time a test sets."""

    def __init__(self, company: Company, clock: Clock) -> None:
        self.company, self._clock = company, clock

    def __getitem__(self, name: str) -> Client:
        return self.company[name]

    def at(self, time: str) -> None:
        """Makes it that time (hours:minutes:seconds) for the API."""
        self._clock.fixed = at(time)


class Window(dict[str, Request]):
    """Accepted requests by row, all of one company; whoever sends one, spoils it for the others."""

    def __init__(self, company: Company) -> None:
        super().__init__()
        self.company = company


@pytest.fixture
def clock(system: System) -> Iterator[Clock]:
    """The API's clock, for a test to set; afterwards it is right again."""
    yield system.clock
    system.clock.fixed = None


@pytest.fixture
async def day(system: System, clock: Clock) -> Day:
    """25 March 2025, from 9 o'clock on; tokens are good for eight hours."""
    clock.fixed = at("09:00")
    return Day(await system.company(), clock)


@pytest.fixture(scope="session")
async def window(system: System) -> Window:
    """Requests that are only refused, one way or another: none may change anything."""
    window = Window(await system.company())
    shop = Shop(window.company)
    for row, build in SPECIMENS.items():
        window[row] = await build(shop)
    return window
