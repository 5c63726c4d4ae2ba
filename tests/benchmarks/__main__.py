"""Runs benchmarks: prints a line for each figure and writes build/bench.json."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec
import rich_click as click
import structlog
import uvloop

from adapters import embedded
from adapters.embedded.postgres import SETTINGS
from api.startup import collect_seldom
from tests.benchmarks import append, command, flat, http, lag, project, rebuild
from tests.benchmarks.harness import RESULTS, Bench, Figure, Size

HOME = Path(tempfile.gettempdir(), "tallybook-benchmarks")

Benchmark = Callable[[Bench], Awaitable[dict[str, Figure]]]
BENCHMARKS: tuple[Benchmark, ...] = (
    append.append_vs_unnest,
    command.command_vs_eventsourcing,
    command.hot_stream_vs_crud,
    http.http,
    project.project_vs_upsert,
    rebuild.rebuild_vs_read,
    lag.lag,
    flat.flat_cost,
)


def _names() -> list[str]:
    return [benchmark.__name__ for benchmark in BENCHMARKS]


@click.command()
@click.argument("only", nargs=-1, type=click.Choice(_names()))
@click.option("--rounds", default=Size().rounds, show_default=True, help="Pairs per benchmark.")
@click.option("--seconds", default=Size().seconds, show_default=True, help="Per side and round.")
@click.option("--events", default=Size().events, show_default=True, help="In the log beforehand.")
@click.option("--pools", default=Size().pools, show_default=True, help="Stock entries.")
def main(only: Sequence[str], rounds: int, seconds: float, events: int, pools: int) -> None:
    """Measure Tallybook beside its peers, in turn, on servers of their own.

    The logs that are measured on are made once and kept in a folder for temporary files. What was
    measured replaces the same names in build/bench.json; the others stay.
    """
    collect_seldom()  # as our processes do; for the peers within this process it holds as well
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    size = Size(events=events, pools=pools, rounds=rounds, seconds=seconds)
    chosen = [one for one in BENCHMARKS if not only or one.__name__ in only]
    with embedded.servers(HOME, SETTINGS) as servers:
        uvloop.run(_run(Bench(servers, size), chosen))


async def _run(bench: Bench, chosen: Sequence[Benchmark]) -> None:
    for benchmark in chosen:
        found = await benchmark(bench)
        for name, figure in found.items():
            click.echo(_line(name, figure))
        _keep(found)
        await asyncio.sleep(0)


def _line(name: str, figure: Figure) -> str:
    peer = "" if figure.peer is None else f"peer {figure.peer:>10,.1f}  ratio {figure.ratio:.2f}"
    return f"{name:28} {figure.value:>12,.1f} {figure.unit:12} {peer}  n={figure.n}, {figure.data}"


def _keep(found: dict[str, Figure]) -> None:
    known = msgspec.json.decode(RESULTS.read_bytes()) if RESULTS.exists() else {}
    RESULTS.parent.mkdir(exist_ok=True)
    known |= msgspec.to_builtins(found)
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(known, order="sorted")) + b"\n")


if __name__ == "__main__":
    main()
