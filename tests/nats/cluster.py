"""Three NATS servers that are one cluster, each to be killed by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from nats.aio.client import Client
from nats.errors import Error

from adapters.nats.stream import NAME, Offline, Stream
from tests.nats.conftest import MortalNats
from tests.ports import free_ports

MEMBERS = ("a", "b", "c")


def members(home: Path) -> dict[str, MortalNats]:
    """The servers by name, not yet started: on loopback ports, each with its own folder."""
    ports = dict(zip(MEMBERS, free_ports(len(MEMBERS)), strict=True))
    routes = ",".join(f"nats://127.0.0.1:{port}" for port in ports.values())
    found = {}
    for name, port in ports.items():
        (home / name).mkdir(parents=True, exist_ok=True)
        cluster = ("--cluster", f"nats://127.0.0.1:{port}", "--routes", routes)
        options = ("--name", name, "--cluster_name", "tallybook", *cluster)
        found[name] = MortalNats(home / name, options)
    return found


@contextmanager
def cluster(home: Path) -> Iterator[dict[str, MortalNats]]:
    """The servers, all of them running."""
    with ExitStack() as stack:
        found = members(home)
        for member in found.values():
            stack.callback(member.kill)
            member.start()
        yield found


async def leader(client: Client) -> str | None:
    """The member that leads the stream; none while they elect one, or while there is no stream."""
    try:
        info = await Stream(client).jetstream.stream_info(NAME)
    except (Offline, Error, OSError):
        return None
    return info.cluster.leader if info.cluster else None
