"""The composition root: the application, and what each process runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
import uvicorn
from litestar import Litestar, asgi
from litestar import Response as Answered
from litestar.handlers import ASGIRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send
from prometheus_client import REGISTRY

from adapters.configuration import Configuration
from adapters.metrics import Metrics
from adapters.nats.feed import Feed
from adapters.nats.relay import Relay
from adapters.nats.stream import Stream, connected
from adapters.postgres.epochs import EpochChanged
from api import account_doors, auth, health
from api.dispatch import Dispatch
from api.docs import docs
from api.endpoint import Endpoint, Entrance, Handler, command, query
from api.execute import Executor
from api.gate import gated
from api.openapi import document, encode
from api.postman import Postman
from api.problems import problem
from api.routes.catalogue import CATALOGUE
from api.routes.organizations import ORGANIZATIONS
from api.routes.people import PEOPLE
from api.routes.reads import READS
from api.routes.route import PREFIX, Route
from api.routes.stock import STOCK
from api.routes.stock_take import STOCK_TAKE
from api.services import Services, now, services
from api.timers import Timers
from api.wire import served
from projections.all import PROJECTIONS
from projections.engine.checkpoints import Fenced
from projections.engine.crew import Crew
from projections.engine.projector import Projector
from projections.engine.shard import WHOLE, Shard

GENERIC: tuple[Route, ...] = (*CATALOGUE, *ORGANIZATIONS, *PEOPLE, *STOCK, *STOCK_TAKE, *READS)
ROUTES: tuple[Route, ...] = (
    *GENERIC,
    *auth.ROUTES,
    *account_doors.ROUTES,
    *health.ROUTES,
)
TITLE = "Tallybook"
VERSION = "0.1.0"


def openapi() -> bytes:
    """The OpenAPI document of all routes."""
    return encode(document(ROUTES, TITLE, VERSION))


def application(
    services: Services, configuration: Configuration, clock: Callable[[], datetime] = now
) -> ASGIApp:
    """The ASGI application over running services."""
    requests = health.Requests(REGISTRY)
    executor = Executor(services)
    paths: dict[str, dict[str, tuple[Route, Handler]]] = {}
    for route in GENERIC:
        handler = (
            query(route, executor.query)
            if route.kind == "query"
            else command(route, executor.command, lambda: services.epochs.current)
        )
        paths.setdefault(route.path, {})[route.method] = (route, handler)
    nats = services.nats
    standing = health.Standing(services.checkpoints, Stream(nats), lambda: nats.is_connected)
    door, log_ins, credentials = services.door, services.log_ins, services.credentials
    entrance = Entrance(door, log_ins, credentials, clock, requests)
    endpoints = [Endpoint(rows, entrance) for rows in paths.values()]
    app = Litestar(
        route_handlers=[
            _mounted(Dispatch(PREFIX, endpoints)),
            *auth.auth(door, log_ins, credentials, clock),
            *account_doors.account_doors(services.own_account, log_ins, door, credentials, clock),
            *health.health(standing, REGISTRY, requests),
            *docs(openapi()),
        ],
        exception_handlers={Exception: _answer_error},
        openapi_config=None,
        logging_config=None,
        request_max_body_size=1024 * 1024,
    )
    return gated(app, configuration)


def _mounted(dispatch: Dispatch) -> ASGIRouteHandler:
    """The generic endpoints, below their prefix."""

    @asgi(PREFIX, is_mount=True, copy_scope=False)
    async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
        await dispatch(scope, receive, send)

    return mounted


def _answer_error(_: Any, error: Exception) -> Answered[bytes]:
    status, headers, body = problem(error)
    return Answered(
        body, status_code=status, headers=headers, media_type="application/problem+json"
    )


async def serve_api(configuration: Configuration) -> None:
    """Serves until it is told to stop."""
    async with services(configuration, Metrics()) as running:
        app = application(running, configuration)
        settings = served(app, configuration.host, configuration.port)
        await uvicorn.Server(settings).serve()


async def run_relay(configuration: Configuration) -> None:
    """Copies the log to JetStream."""
    async with connected(configuration.nats_url) as client:
        url, replicas = configuration.database_url, configuration.nats_replicas
        await Relay(url, client, Metrics(), replicas=replicas).run()


async def run_projector(configuration: Configuration) -> None:
    """Drives every projection, for its shard's organizations."""
    shard = configuration.projector_shard
    async with services(configuration, Metrics(shard=shard)) as running:
        await project(running, Shard.parse(shard))


async def project(running: Services, shard: Shard = WHOLE) -> None:
    """Never returns: whoever is fenced begins again, from what the checkpoints are now.

    So does a projector whose log or server became another one.
    """
    while True:
        try:
            await running.epochs.unless_changed(_projector(running, shard).run())
        except (Fenced, EpochChanged) as error:
            structlog.get_logger().warning("projector_restarted", error=repr(error))


def _projector(running: Services, shard: Shard) -> Projector:
    return Projector(
        PROJECTIONS,
        log=running.log,
        feed=Feed(running.log, running.nats, running.registry),
        pool=running.pool,
        hints=running.hints,
        metrics=running.metrics,
        shard=shard,
    )


async def run_timers(configuration: Configuration) -> None:
    """Does what is due, and delivers mails beside it: a mail server may be slow."""
    async with services(configuration, Metrics()) as running:
        crew = Crew()
        crew.add(Timers(running).run())
        crew.add(Postman(running).run())
        await crew.run()
