"""Whether the process is up and what it stands on, and what it measures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from nats.errors import Error
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from adapters.nats.stream import Offline, Stream
from adapters.postgres.checkpoints import Checkpoints, Health, Lag
from api.routes.route import Route, door
from domain.base import View
from projections.all import PROJECTIONS

MOST_BEHIND = 10_000
MOST_SECONDS = 10.0
ASK_SECONDS = 3.0
READY, NOT_READY = 200, 503
NAMES = frozenset(projection.id for projection in PROJECTIONS)


class Live(View):
    """The process answers."""

    status: str = "ok"


class Ready(View):
    """`status` is ok, degraded (something lags or is parked) or unavailable (the log is away).

    `relay` is what JetStream lacks of the log; null if it cannot be asked.
    """

    status: str
    store: bool
    broker: bool
    relay: Lag | None
    projections: list[Health]


ROUTES: tuple[Route, ...] = (
    door("GET", "/health/live", "The process is up", answer=Live),
    door("GET", "/health/ready", "Store, broker and projection lag", answer=Ready),
    door("GET", "/metrics", "Figures for Prometheus", text=True),
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
            "Positions behind the log, also of the relay",
            ("projection", "shard"),
            registry=registry,
        )

    def answered(self, path: str, method: str, status: int, seconds: float) -> None:
        """One request was answered."""
        self._seconds.labels(path, method).observe(seconds)
        self._answers.labels(path, method, str(status)).inc()


class Standing:
    """Asks the log and the broker how it goes, for a few seconds at most."""

    def __init__(
        self, checkpoints: Checkpoints, stream: Stream, connected: Callable[[], bool]
    ) -> None:
        self._checkpoints, self._stream, self._connected = checkpoints, stream, connected

    async def ready(self) -> Ready:
        """The whole picture."""
        broker = self._connected()
        try:
            async with asyncio.timeout(ASK_SECONDS):
                projections = [p for p in await self._checkpoints.health() if p.projection in NAMES]
                relay = await self._relay()
        except Exception:  # noqa: BLE001 - whatever it is, the store cannot be asked
            return Ready(
                status="unavailable", store=False, broker=broker, relay=None, projections=[]
            )
        sound = broker and relay is not None and not _late(relay)
        sound = sound and not any(p.parked or _late(p) for p in projections)
        status = "ok" if sound else "degraded"
        return Ready(status=status, store=True, broker=broker, relay=relay, projections=projections)

    async def _relay(self) -> Lag | None:
        position = None
        with suppress(Offline, Error, OSError):
            position = await self._stream.last()
        return None if position is None else await self._checkpoints.lag(position)


def _late(lag: Lag | Health) -> bool:
    return lag.behind >= MOST_BEHIND or lag.seconds >= MOST_SECONDS


def health(
    standing: Standing, registry: CollectorRegistry, requests: Requests
) -> list[HTTPRouteHandler]:
    """The handlers of the rows above."""

    @get("/health/live", include_in_schema=False, sync_to_thread=False)
    def live() -> Response[bytes]:
        return _json(Live(), READY)

    @get("/health/ready", include_in_schema=False)
    async def ready() -> Response[bytes]:
        state = await standing.ready()
        return _json(state, NOT_READY if state.status == "unavailable" else READY)

    @get("/metrics", include_in_schema=False)
    async def metrics() -> Response[bytes]:
        state = await standing.ready()
        for one in state.projections:
            requests.lag.labels(one.projection, one.shard).set(one.behind)
        if state.relay:
            requests.lag.labels("relay", "").set(state.relay.behind)
        text = generate_latest(registry)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    return [live, ready, metrics]


def _json(answer: Any, status: int) -> Response[bytes]:
    return Response(msgspec.json.encode(answer), status_code=status, media_type="application/json")
