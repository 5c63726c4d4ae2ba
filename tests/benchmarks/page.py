"""Puts what was measured into docs/benchmarks.md, between two marks."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import msgspec

from tests.benchmarks.harness import RESULTS, Figure

PAGE = Path("docs", "benchmarks.md")
FROM, TO = "<!-- measured -->\n", "<!-- end -->"
REACH = {
    "append_vs_unnest": 0.6,
    "command_vs_eventsourcing": 15,
    "hot_stream_vs_crud": 8,
    "http_command_vs_orm_crud": 10,
    "http_command_vs_raw_crud": 2.5,
    "http_read_vs_orm_crud": 8,
    "rebuild_vs_read": 0.8,
    "project_vs_upsert": 15,
    "lag_5000_p99": 15,
}
"""What we aim at: a ratio, or milliseconds where there is no peer."""
PACKAGES = ("asyncpg", "uvicorn", "litestar", "eventsourcing", "fastapi", "sqlalchemy", "psycopg")


def main() -> None:
    """Replaces what stands between the marks."""
    figures = msgspec.json.decode(RESULTS.read_bytes(), type=dict[str, Figure])
    before, rest = PAGE.read_text(encoding="utf-8").split(FROM)
    after = rest.split(TO)[1]
    written = "\n".join([*_machine(), "", *_table(figures)])
    PAGE.write_text(f"{before}{FROM}\n{written}\n\n{TO}{after}", encoding="utf-8")


def _machine() -> Iterator[str]:
    processor = next(
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    )
    cores = Path("/proc/cpuinfo").read_text().count("processor\t")
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 2**20
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    yield f"{processor}, {cores} cores, {memory} GiB, Linux {platform.release()};"
    yield f"Python {sys.version.split()[0]}, PostgreSQL 18, {versions}."


def _table(figures: dict[str, Figure]) -> Iterator[str]:
    yield "| figure | Tallybook | peer | unit | ratio | aim | n | data |"
    yield "|---|--:|--:|---|--:|--:|--:|---|"
    for name, one in figures.items():
        peer = "" if one.peer is None else f"{one.peer:,.0f}"
        ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
        aim = f"{REACH[name]:g}" if name in REACH else ""
        value = f"{one.value:,.1f}" if one.value < 1_000 else f"{one.value:,.0f}"
        cells = (name, value, peer, one.unit, ratio, aim, one.n, one.data)
        yield f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    main()
