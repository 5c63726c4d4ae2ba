"""A whole system in the test's own loop: API, relay, projector and timers over real servers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
from argon2 import PasswordHasher
from litestar.types import ASGIApp
from prometheus_client import CollectorRegistry

from adapters.configuration import Configuration
from adapters.metrics import Metrics
from adapters.nats.news import News
from adapters.nats.relay import Relay
from adapters.passwords import Passwords
from api.app import ROUTES, application, project
from api.commands import Task
from api.log_ins import Limits
from api.people import People, Recruit
from api.routes.route import Route
from api.services import Services, services, system
from api.timers import Timers
from api.unit_of_work import Unit
from domain.base import NOBODY
from domain.ids import warehouse_id
from domain.people.organization import Organization
from projections.engine.crew import ended
from tests.leaks import watch

PASSWORD = watch("correct horse battery")
QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
UNLIMITED = Limits(
    account_per_minute=10**6,
    source_per_minute=10**6,
    suspected_per_hour=10**6,
    resets_per_hour=10**6,
)
"""All tests come from one address."""
PATIENCE = 5
"""So many answers of two seconds each: the machine may have other things to do."""
PROXY = "192.0.2.1"
"""In front of the API, where a test says that it is."""
APART = ["account", "organization", "member"]
SUPER_ADMIN, ORASEAS = "super_admin", "oraseas"
ROLES = ("admin", "auditor", "supervisor", "counter1", "counter2", "counter3", "member")


class Clock:
    """The time that the API believes it is: real, or set by a test."""

    def __init__(self) -> None:
        self.fixed: datetime | None = None

    def __call__(self) -> datetime:
        return self.fixed or datetime.now(UTC)


class Seen:
    """Which statuses the tests saw of each operation; written to build/routes.json at the end."""

    def __init__(self) -> None:
        self.statuses: dict[str, set[int]] = {f"{r.method} {r.path}": set() for r in ROUTES}
        self._patterns = [(r, _pattern(r)) for r in sorted(ROUTES, key=_literal_first)]

    def note(self, method: str, path: str, status: int) -> None:
        """One answer of one operation."""
        for route, pattern in self._patterns:
            if route.method == method and pattern.fullmatch(path):
                self.statuses[f"{route.method} {route.path}"].add(status)
                return


def _pattern(route: Route) -> re.Pattern[str]:
    return re.compile(re.sub(r"{\w+}", "[^/]+", route.path))


def _literal_first(route: Route) -> tuple[int, str]:
    return route.path.count("{"), route.path


SEEN = Seen()


class Client:
    """One person's HTTP client; every answer is noted."""

    def __init__(self, http: httpx.AsyncClient, token: str, member: UUID) -> None:
        self.http, self.token, self.member = http, token, member

    async def send(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Sends JSON (or bytes as they are) to a path below /api/v1, or an absolute one."""
        url = path if path.startswith(("/health", "/metrics", "/docs")) else f"/api/v1{path}"
        content = body if isinstance(body, bytes) else msgspec.json.encode(body, enc_hook=str)
        authorization = {"authorization": f"Bearer {self.token}"} if self.token else {}
        sent = {**authorization, **(headers or {})}
        response = await self.http.request(
            method,
            url,
            content=None if body is None else content,
            headers=[(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
        )
        SEEN.note(method, response.request.url.path, response.status_code)
        return response

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Asks."""
        return await self.send("GET", path, headers=headers)

    async def post(
        self, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Commands."""
        return await self.send("POST", path, body, headers)

    async def ask_after(self, answer: httpx.Response, path: str) -> Any:
        """Reads what the answer wrote; the query has to succeed."""
        position = {"tallybook-position": answer.headers["tallybook-position"]}
        response = await self.get(path, position)
        assert response.status_code == 200, response.text
        return response.json()

    async def done(self, path: str, body: Any = None, method: str = "POST") -> Any:
        """Commands, and it has to succeed, once the read models have come so far."""
        response = await self.send(method, path, body)
        for _ in range(PATIENCE):
            if response.status_code != 503 or response.json()["code"] != "BEHIND":
                break
            await asyncio.sleep(0.1)
            response = await self.send(method, path, body)
        assert response.status_code in {200, 201}, response.text
        return response.json()


class Company:
    """An organization of one test's own, with a client for each of its people.

    A super admin among them is Oraseas EE's: nobody else has any.
    """

    def __init__(self, id_: UUID, name: str, warehouse: UUID, people: dict[str, Client]) -> None:
        self.id, self.name, self.warehouse, self.people = id_, name, warehouse, people

    def __getitem__(self, name: str) -> Client:
        return self.people[name]

    @property
    def counters(self) -> list[str]:
        """The ids of the three counters."""
        return [str(self.people[f"counter{n}"].member) for n in (1, 2, 3)]


class System:
    """A running system."""

    def __init__(
        self,
        services: Services,
        http: httpx.AsyncClient,
        app: ASGIApp,
        clock: Clock,
        works: Sequence[asyncio.Future[Any]],
    ) -> None:
        self.services, self.http, self.app = services, http, app
        self.clock, self._works = clock, works
        self.anonymous = Client(http, "", NOBODY)

    async def company(self, people: Sequence[str] = ROLES) -> Company:
        """A fresh organization with a warehouse MAIN and those people, each called by his role."""
        assert not [work for work in self._works if work.done()], "relay, projector or timers died"
        return await founded(self.services.people, self.http, people)

    async def choose(self, company: Company, changes: dict[str, Any]) -> None:
        """Changes the organization's settings; at once for the API that is asked."""

        async def decide(unit: Unit) -> Organization:
            organization = await unit.load(Organization, company.id)
            organization.choose(changes, unit.context)
            return organization

        await self.services.commands.run(Task(decide, Organization, system(company.id)))
        self.services.door.forget(News(company.id))

    async def logged_in_again(self, company: Company) -> Company:
        """The same company another day: tokens last eight hours."""
        return await logged_in(self.http, company.id, company.name, tuple(company.people))

    async def events(self, company: Company) -> int:
        """How many events the organization has in the log, security events apart."""
        count = (
            "SELECT count(*) FROM es.events WHERE organization_id = $1 AND stream_type <> 'account'"
        )
        return int(await self.services.pool.fetchval(count, company.id))

    async def types(self, company: Company) -> list[str]:
        """The types of the organization's events, in order, security events and founding apart."""
        asked = (
            "SELECT event_type FROM es.events WHERE organization_id = $1"
            " AND stream_type <> ALL ($2) ORDER BY position"
        )
        return [row[0] for row in await self.services.pool.fetch(asked, company.id, APART)]


async def founded(made: People, http: httpx.AsyncClient, people: Sequence[str] = ROLES) -> Company:
    """A fresh organization with a warehouse MAIN and those people, each called by his role."""
    name, id_ = uuid4().hex, uuid4()
    own = (warehouse_id(id_, "MAIN"),)
    recruits = [
        Recruit(
            name=role.title(),
            username=f"{role}@{name}",
            password=PASSWORD,
            roles=(re.sub(r"\d", "", role),),
            warehouses=own,
        )
        for role in people
        if role != SUPER_ADMIN
    ]
    await made.found(f"Company {name}", recruits, id_=id_, kind="customer")
    if SUPER_ADMIN in people:
        await oraseas_ee(made)
    company = await logged_in(http, id_, name, people)
    await company["admin"].done("/warehouses", {"code": "MAIN", "name": "Main"})
    return company


async def oraseas_ee(made: People) -> UUID:
    """The one organization that has super admins, made if it is not there."""
    recruit = Recruit(
        name="Super", username=f"{SUPER_ADMIN}@{ORASEAS}", password=PASSWORD, roles=(SUPER_ADMIN,)
    )
    return await made.found("Oraseas EE", [recruit], kind="oraseas_ee")


async def logged_in(
    http: httpx.AsyncClient, organization: UUID, name: str, people: Sequence[str]
) -> Company:
    """Its people with new tokens."""
    anonymous = Client(http, "", NOBODY)
    clients = {}
    for role in people:
        where = ORASEAS if role == SUPER_ADMIN else name
        body = {"username": f"{role}@{where}", "password": PASSWORD}
        token = (await anonymous.done("/auth/token", body))["access_token"]
        me = (await Client(http, token, NOBODY).get("/users/me")).json()
        clients[role] = Client(http, token, UUID(me["id"]))
    return Company(organization, name, warehouse_id(organization, "MAIN"), clients)


@asynccontextmanager
async def running(app_url: str, nats_url: str, home: Path) -> AsyncIterator[System]:
    """Everything that `tallybook run` runs, in this loop."""
    configuration = Configuration(
        home=home,
        database_url=app_url,
        nats_url=nats_url,
        allowed_hosts="testserver",
        trusted_proxies=PROXY,
    )
    metrics = Metrics(CollectorRegistry())
    clock = Clock()
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(services(configuration, metrics, QUICK, UNLIMITED))
        watch((home / "secret").read_text("utf-8"))
        app = application(parts, configuration, clock)
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # Litestar's own types
        http = httpx.AsyncClient(transport=transport, base_url="http://testserver", timeout=30)
        await stack.enter_async_context(http)
        works = [
            asyncio.ensure_future(work)
            for work in (
                Relay(app_url, parts.nats, metrics).run(),
                project(parts),
                Timers(parts).run(),
            )
        ]
        try:
            yield System(parts, http, app, clock, works)
        finally:
            await ended(works)
