"""What hostile tests share: one company with a request for every command that would be accepted."""

from __future__ import annotations

import pytest

from tests.api.shop import Request, Shop
from tests.api.specimens import SPECIMENS
from tests.system import Company, System


class Window(dict[str, Request]):
    """Accepted requests by row, all of one company; whoever sends one, spoils it for the others."""

    def __init__(self, company: Company) -> None:
        super().__init__()
        self.company = company


@pytest.fixture(scope="session")
async def window(system: System) -> Window:
    """Requests that are only refused, one way or another: none may change anything."""
    window = Window(await system.company())
    shop = Shop(window.company)
    for row, build in SPECIMENS.items():
        window[row] = await build(shop)
    return window
