"""The embedded nats-server: JetStream on, loopback only, always on the same port if it is free."""

from __future__ import annotations

import shutil
import socket
import sysconfig
from pathlib import Path

from adapters.embedded.child import Child, NotReady, end_leftover

LOOPBACK = "127.0.0.1"


def free_port(home: Path) -> int:
    """The port of the last run; another one when somebody else took it meanwhile."""
    end_leftover(home / "nats.pid", str(home / "nats"))
    remembered = home / "nats.port"
    wanted = int(remembered.read_text()) if remembered.exists() else 0
    port = _bindable(wanted) or _bindable(0)
    remembered.write_text(f"{port}\n")
    return port


def _bindable(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return 0
        return int(probe.getsockname()[1])


def server(home: Path, port: int) -> Child:
    """The server's process, not yet started."""
    command = (
        *(_program(), "--addr", LOOPBACK, "--port", str(port)),
        *("--jetstream", "--store_dir", str(home / "nats"), "--pid", str(home / "nats.pid")),
    )
    return Child("nats", command, log=home / "nats.log")


def start(home: Path, port: int, child: Child) -> None:
    """Starts it and returns once it greets."""
    (home / "nats").mkdir(exist_ok=True)
    child.start()
    child.await_ready(lambda: _greets(port))


def _greets(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            return connection.recv(4) == b"INFO"
    except OSError:
        return False


def _program() -> str:
    """The wheel puts it beside the interpreter; one on the PATH will do as well."""
    scripts = sysconfig.get_path("scripts")
    program = shutil.which("nats-server", path=scripts) or shutil.which("nats-server")
    if program is None:
        raise NotReady(f"nats-server is not installed in {scripts}")
    return program
