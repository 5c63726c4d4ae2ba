"""What the relay and the projectors count, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, start_http_server

from adapters.configuration import BadConfiguration, Configuration


@contextmanager
def shown(configuration: Configuration) -> Iterator[None]:
    """Shows the process's figures at its metrics port meanwhile, if it has one."""
    if configuration.metrics_port is None:
        yield
        return
    try:
        server, thread = start_http_server(configuration.metrics_port, configuration.host)
    except OSError as error:
        port = configuration.metrics_port
        raise BadConfiguration(f"TALLYBOOK_METRICS_PORT: {port} cannot be used: {error}") from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Metrics:
    """One process's metrics; made once, in the composition root."""

    def __init__(self, registry: CollectorRegistry = REGISTRY, shard: str = "1/1") -> None:
        by = ("projection", "shard")
        self._shard = shard
        self._events = Counter(
            "tallybook_projected_events", "Events in a projection's rows", by, registry=registry
        )
        self._lag = Gauge(
            "tallybook_projection_lag", "Positions behind the log", by, registry=registry
        )
        self._parked = Gauge(
            "tallybook_parked_streams", "Streams that it gave up on", by, registry=registry
        )
        self._relayed = Gauge(
            "tallybook_relay_position", "The last position in JetStream", registry=registry
        )
        self._retries = Counter(
            "tallybook_retries", "Failures that are tried again", ("what",), registry=registry
        )

        self._mails = Gauge(
            "tallybook_mails", "Mails that are not sent", ("state",), registry=registry
        )

    def projected(self, projection: str, events: int) -> None:
        """So many more events are in the rows."""
        self._events.labels(projection, self._shard).inc(events)

    def lag(self, projection: str, positions: int) -> None:
        """So far is it behind the log."""
        self._lag.labels(projection, self._shard).set(positions)

    def parked(self, projection: str, streams: int) -> None:
        """So many streams are given up."""
        self._parked.labels(projection, self._shard).set(streams)

    def relayed(self, position: int) -> None:
        """JetStream has the log up to here."""
        self._relayed.set(position)

    def retried(self, what: str) -> None:
        """Something failed and is tried again."""
        self._retries.labels(what).inc()

    def mails(self, waiting: int, given_up: int) -> None:
        """So many are to be sent, and so many will not be."""
        self._mails.labels("waiting").set(waiting)
        self._mails.labels("given_up").set(given_up)
