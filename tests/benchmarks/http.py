"""The whole product over HTTP, beside two servers that keep the balance as a row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from adapters.embedded.child import Child
from tests.benchmarks import load
from tests.benchmarks.command import WORKING_SET
from tests.benchmarks.harness import Bench, Figure, Side
from tests.benchmarks.peers import crud
from tests.benchmarks.running import Running, peer_server, product

Requests = Callable[[], bytes]


async def http(bench: Bench) -> dict[str, Figure]:
    """POST issue and GET of a stock entry, 64 connections, and what our processes keep in memory.

    All servers are up at the same time; only one of them has work.
    """
    async with bench.database(projected=True) as database:
        await crud.make(database.admin_url)
        async with (
            product(bench, database) as ours,
            peer_server(database, "orm") as orm,
            peer_server(database, "raw") as raw,
        ):
            pools, member = database.world.pools, database.world.member
            at_rest = _memory(bench, ours, "rest")
            issues = {one.port: one.issues(pools[:WORKING_SET], member) for one in (ours, orm, raw)}
            reads = {one.port: one.reads(pools) for one in (ours, orm)}
            figures = {
                "http_read_vs_orm_crud": await _paired(bench, ours, orm, reads),
                "http_command_vs_orm_crud": await _paired(bench, ours, orm, issues),
                "http_command_vs_raw_crud": await _paired(bench, ours, raw, issues),
            }
            return figures | at_rest | _memory(bench, ours, "load")


async def _paired(
    bench: Bench, ours: Running, peer: Running, requests: dict[int, Requests]
) -> Figure:
    """Both servers' answers per second."""

    def side(port: int) -> Side:
        async def measure() -> float:
            size = bench.size
            return await load.rate(port, requests[port], size.callers, size.seconds)

        return measure

    sides = [side(ours.port), side(peer.port)]
    for measure in sides:
        await measure()  # connections, caches and plans
    return await bench.pairs(sides[0], sides[1], "requests/s")


def _memory(bench: Bench, running: Running, when: str) -> dict[str, Figure]:
    return {
        f"memory_{child.name}_{when}": Figure(
            value=_resident(child), unit="MiB", n=1, data=bench.data
        )
        for child in running.children
    }


def _resident(child: Child) -> float:
    assert child.process is not None
    status = Path(f"/proc/{child.process.pid}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
