"""docs/operations.md against the code: what a process can say, count and be told is on the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from adapters.configuration import PREFIX, Configuration
from adapters.metrics import Metrics
from api.health import Requests

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "operations.md").read_text("utf-8")
LOGGED = re.compile(r"""(?:logger|get_logger\(\))\.(?:\w+)\(\s*"([^"]+)\"""")


def log_events() -> set[str]:
    """The name of every log line of ours."""
    packages = ("adapters", "api", "projections", "eventstore_schema")
    files = [path for package in packages for path in (PROJECT / package).rglob("*.py")]
    return {name for path in files for name in LOGGED.findall(path.read_text("utf-8"))}


def metrics() -> set[str]:
    """The name of every metric of ours, as Prometheus shows it."""
    registry = CollectorRegistry()
    Metrics(registry)
    Requests(registry)
    return {metric.name for metric in registry.collect()}


def test_the_searches_find_something() -> None:
    """Else the tests below would prove nothing."""
    assert "stream_parked" in log_events()
    assert "tallybook_requests" in metrics()


@pytest.mark.parametrize("name", sorted(log_events()))
def test_a_log_line_is_explained(name: str) -> None:
    """Whoever reads it finds it on the page, and it is one word to search for."""
    assert re.fullmatch("[a-z_]+", name)
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("name", Configuration.__struct_fields__)
def test_a_setting_is_explained(name: str) -> None:
    """Also one that a later release adds."""
    assert f"`{PREFIX}{name.upper()}`" in PAGE


@pytest.mark.parametrize("name", sorted(metrics()))
def test_a_metric_is_explained(name: str) -> None:
    """Its name, its labels, what it tells."""
    assert f"`{name}" in PAGE
