"""Whether the process is up and what it stands on, and what it measures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from adapters.postgres.checkpoints import Checkpoints, Health
from api.routes.route import Route, door
from domain.base import View

MOST_BEHIND = 10_000
READY, NOT_READY = 200, 503


class Live(View):
    """The process answers."""

    status: str = "ok"


class Ready(View):
    """`status` is ok, degraded (something lags or is parked) or unavailable (the log is away)."""

    status: str
    store: bool
    broker: bool
    projections: list[Health]


ROUTES: tuple[Route, ...] = (
    door("GET", "/health/live", "The process is up", answer=Live),
    door("GET", "/health/ready", "Store, broker and projection lag", answer=Ready),
    door("GET", "/metrics", "Figures for Prometheus"),
)


class Requests:
    """Counts requests by route, never by address."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("path", "method")
        self._seconds = Histogram(
            "tallybook_request_seconds", "Time to answer", labels, registry=registry
        )
        self._answers = Counter(
            "tallybook_requests", "Requests answered", (*labels, "status"), registry=registry
        )
        self.lag = Gauge(
            "tallybook_projection_behind",
            "Positions behind the log",
            ("projection",),
            registry=registry,
        )

    def answered(self, path: str, method: str, status: int, seconds: float) -> None:
        """One request was answered."""
        self._seconds.labels(path, method).observe(seconds)
        self._answers.labels(path, method, str(status)).inc()


def health(
    checkpoints: Checkpoints,
    connected: Callable[[], bool],
    registry: CollectorRegistry,
    requests: Requests,
) -> list[HTTPRouteHandler]:
    """The handlers of the rows above."""

    @get("/health/live", include_in_schema=False, sync_to_thread=False)
    def live() -> Response[bytes]:
        return _json(Live(), READY)

    @get("/health/ready", include_in_schema=False)
    async def ready() -> Response[bytes]:
        state = await _ready(checkpoints.health, connected())
        return _json(state, NOT_READY if state.status == "unavailable" else READY)

    @get("/metrics", include_in_schema=False)
    async def metrics() -> Response[bytes]:
        for one in (await _ready(checkpoints.health, connected())).projections:
            requests.lag.labels(one.projection).set(one.behind)
        text = generate_latest(registry)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    return [live, ready, metrics]


async def _ready(ask: Callable[[], Awaitable[list[Health]]], broker: bool) -> Ready:  # noqa: FBT001
    try:
        projections = await ask()
    except Exception:  # noqa: BLE001 - whatever it is, the store cannot be asked
        return Ready(status="unavailable", store=False, broker=broker, projections=[])
    sound = broker and all(p.behind < MOST_BEHIND and not p.parked for p in projections)
    status = "ok" if sound else "degraded"
    return Ready(status=status, store=True, broker=broker, projections=projections)


def _json(answer: Any, status: int) -> Response[bytes]:
    return Response(msgspec.json.encode(answer), status_code=status, media_type="application/json")
