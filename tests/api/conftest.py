"""What tests of the API share, and the count of the operations that they tried."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.api.strangers import Strangers
from tests.api.takes import at
from tests.api.window import Window
from tests.system import ROLES, SEEN, Client, Clock, Company, System

HERE = Path(__file__).parent
LAST = HERE / "test_every_operation.py"
PARTIES = ("admin", "member", "supervisor", "super_admin")
PEOPLE = (*ROLES, "user", "quartermaster", "super_admin", "manager")
"""One person of each role at least."""


class Day:
    """A company on a day whose time a test sets."""

    def __init__(self, company: Company, clock: Clock) -> None:
        self.company, self._clock = company, clock

    def __getitem__(self, name: str) -> Client:
        return self.company[name]

    def at(self, time: str) -> None:
        """Makes it that time (hours:minutes:seconds) for the API."""
        self._clock.fixed = at(time)


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
    return await Window.of(await system.company(PEOPLE))


@pytest.fixture(scope="session")
async def strangers(system: System) -> Strangers:
    """Another organization, in which everything was done once."""
    return await Strangers.of(system, await system.company())


@pytest.fixture
async def customer(system: System) -> Company:
    """A customer of ABParts' with Oraseas EE's super admin."""
    return await system.company(PARTIES)


@pytest.fixture
async def stranger(system: System) -> Company:
    """Another customer."""
    return await system.company(("admin",))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What judges all the others comes last, and only where all the others are run."""
    last = [item for item in items if item.path == LAST]
    items[:] = [item for item in items if item.path != LAST] + last
    missing = sorted(path.name for path in {*HERE.glob("test_*.py")} - {i.path for i in items})
    chosen = [str(config.getoption(name)) for name in ("keyword", "markexpr", "deselect", "lf")]
    parts = [argument for argument in config.args if "::" in argument]
    if reasons := [*missing, *parts, *(c for c in chosen if c not in {"", "None", "False"})]:
        for item in last:
            item.add_marker(pytest.mark.skip(reason=f"a part of the tests: {reasons[0]}"))


@pytest.fixture(scope="session", autouse=True)
def seen(pytestconfig: pytest.Config) -> Iterator[None]:
    """Writes down which statuses were seen of each operation, where the tests of the API ran."""
    yield
    folder = pytestconfig.rootpath / "build"
    folder.mkdir(exist_ok=True)
    seen = {name: sorted(statuses) for name, statuses in sorted(SEEN.statuses.items())}
    (folder / "routes.json").write_bytes(msgspec.json.format(msgspec.json.encode(seen)) + b"\n")
