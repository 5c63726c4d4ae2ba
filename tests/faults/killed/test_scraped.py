"""The figures of each process can be asked of itself."""

from __future__ import annotations

import os
import sys

import httpx
import pytest

from adapters.embedded.child import Child
from api.services import Services
from tests.faults.killed.site import Site
from tests.faults.killed.stock import Warehouse
from tests.nats.conftest import eventually
from tests.ports import free_port


@pytest.mark.parametrize(
    ("process", "figure"),
    [
        ("relay", "tallybook_relay_position {head}.0"),
        ("projector", 'tallybook_projection_lag{{projection="places_v2",shard="1/1"}} 0.0'),
        ("timers", "process_cpu_seconds_total"),
    ],
)
async def test_a_process_shows_its_figures_at_its_metrics_port(
    site: Site, hand: Services, process: str, figure: str
) -> None:
    """As Prometheus reads them."""
    await Warehouse.filled(hand, [5] * 3)
    head = await hand.log.head()
    port = free_port()
    environment = {**os.environ, **site.configuration.environment()}
    environment["TALLYBOOK_METRICS_PORT"] = str(port)
    command = (sys.executable, "-m", "api.cli", process)
    child = Child(process, command, log=site.configuration.home / "log", environment=environment)

    async def shown() -> bool:
        async with httpx.AsyncClient() as http:
            try:
                answer = await http.get(f"http://127.0.0.1:{port}/metrics")
            except httpx.TransportError:
                return False
        return figure.format(head=head) in answer.text

    child.start()
    try:
        await eventually(shown)
    finally:
        child.stop()
