"""The servers and databases that tests stand on, and the count of the rules that they prove."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import uuid4

import asyncpg
import msgspec
import pytest
from hypothesis import settings
from xdist.remote import Producer  # type: ignore[import-untyped]  # it has no types
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # same

from adapters import embedded
from api.migrate import migrate
from tests import leaks
from tests.administer import administer
from tests.system import Company, System, running

settings.register_profile("tallybook", deadline=None, print_blob=True)
settings.load_profile("tallybook")

FOLDER = "tallybook-tests-"
RULES = frozenset(Path(__file__).with_name("rules.txt").read_text(encoding="utf-8").split())
OUTCOMES = ("passed", "failed", "error")

SMALL = {**embedded.postgres.SETTINGS, "min_wal_size": "80MB", "max_wal_size": "1GB"}


class Database(msgspec.Struct, frozen=True):
    """One migrated database: its owner's URL and the application's."""

    admin_url: str
    app_url: str


@pytest.fixture(scope="session")
def servers() -> Iterator[embedded.Servers]:
    """Both servers, in a folder of this run's own."""
    _sweep()
    home = Path(tempfile.mkdtemp(prefix=FOLDER))
    home.chmod(0o711)
    with embedded.servers(home, SMALL) as running:
        yield running
    assert not leaks.leaked_files(home)
    shutil.rmtree(home, ignore_errors=True)  # another run sweeps as well


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty folder that any user can reach, the database's too."""
    with tempfile.TemporaryDirectory(prefix="tallybook-home-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture(scope="session")
def postgres(servers: embedded.Servers) -> str:
    """The administrator's URL of the PostgreSQL server."""
    return servers.admin_url


@pytest.fixture(scope="session")
def nats(servers: embedded.Servers) -> str:
    """The URL of the NATS server."""
    return servers.nats_url


@pytest.fixture(scope="session")
async def template(servers: embedded.Servers) -> str:
    """The name of the database that every other one is a copy of, migrated once."""
    await migrate(servers.admin_url)
    return "tallybook"


@pytest.fixture
async def database(servers: embedded.Servers, template: str) -> AsyncIterator[Database]:
    """A fresh migrated database for one test."""
    async with _copied(servers, template) as copy:
        yield copy


@pytest.fixture
async def admin(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """The administrator's connection to the test's own database."""
    connection = await asyncpg.connect(database.admin_url)
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
async def shared_database(servers: embedded.Servers, template: str) -> AsyncIterator[Database]:
    """One migrated database for all tests that keep to an organization of their own."""
    async with _copied(servers, template) as copy:
        yield copy


@pytest.fixture(scope="session")
async def quiet_database(servers: embedded.Servers, template: str) -> AsyncIterator[Database]:
    """Another one, on which no timers do what is due by the clock on the wall."""
    async with _copied(servers, template) as copy:
        yield copy


@pytest.fixture(scope="session")
async def system(
    shared_database: Database, nats: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[System]:
    """A whole system, which tests share: each has an organization of its own."""
    home = tmp_path_factory.mktemp("system")
    async with running(shared_database.app_url, nats, home) as whole:
        yield whole


@pytest.fixture
async def company(system: System) -> Company:
    """A fresh organization with a warehouse and people."""
    return await system.company()


def pytest_configure(config: pytest.Config) -> None:
    """Starts the search for secrets."""
    config.pluginmanager.register(leaks)


class Folders(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """Gives each folder of tests to one process: they share a system, and the last judges all."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("::")[0].split("/")[1]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Folders:
    """Who decides which process runs which tests."""
    return Folders(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuses a rule that rules.txt does not list."""
    for item in items:
        if unknown := _rules(item) - RULES:
            raise pytest.UsageError(f"{item.nodeid}: no such rule: {', '.join(sorted(unknown))}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Says in the report which rules the test proves: it may run in another process."""
    report = yield
    report.user_properties += [("rule", rule) for rule in sorted(_rules(item))]
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how many rules are proven, by a test that passed and none that failed."""
    reports = [report for outcome in OUTCOMES for report in terminalreporter.getreports(outcome)]
    called = [(report.passed, _proven(report)) for report in reports if report.when == "call"]
    broken = {rule for report in reports if report.failed for rule in _proven(report)}
    proven = {rule for passed, rules in called if passed for rule in rules} - broken
    missing = ", ".join(sorted(RULES - proven)) or "none"
    terminalreporter.write_line(f"rules: {len(proven)} of {len(RULES)} tested; not yet: {missing}")


def _proven(report: pytest.TestReport) -> set[str]:
    return {str(rule) for name, rule in report.user_properties if name == "rule"}


def _rules(item: pytest.Item) -> set[str]:
    return {rule for marker in item.iter_markers("rule") for rule in marker.args}


def _sweep() -> None:
    """Removes the folders of runs that were killed: those whose lock is free."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        if (folder / "lock").exists():
            with suppress(embedded.HomeInUse, PermissionError), embedded.owned(folder):
                shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def _copied(servers: embedded.Servers, template: str) -> AsyncIterator[Database]:
    name = f"test_{uuid4().hex}"
    await administer(servers.admin_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    urls = (servers.admin_url, servers.database_url)
    yield Database(*(url.replace("/tallybook?", f"/{name}?") for url in urls))
    await administer(servers.admin_url, f"DROP DATABASE {name} WITH (FORCE)")
