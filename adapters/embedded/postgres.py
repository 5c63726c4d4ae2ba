"""The embedded PostgreSQL: reached through a Unix socket, data kept, started as an ordinary user.

The wheel's own start-up code is passed by: as root it makes a system user and opens up every folder
above the data, and it knows neither restarts nor settings.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self
from urllib.parse import quote

import msgspec
import structlog

from adapters.embedded import places
from adapters.embedded.child import Child, NotReady, end_leftover

SETTINGS = {
    "min_wal_size": "1GB",
    "max_wal_size": "4GB",
    "shared_buffers": "256MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
UNPRIVILEGED = "nobody"
"""Who runs the server when we are root, which PostgreSQL refuses to be."""

SOCKET_PATH_BYTES = 107
"""The kernel takes no longer path for a socket."""


class Database(msgspec.Struct, frozen=True):
    """Where the data, the socket and the programs are, and who runs the server."""

    data: Path
    socket: Path
    programs: Path
    user: str | None

    @classmethod
    def at(cls, home: Path) -> Self:
        """Settles the places for a home: its own folder wherever the server can reach it."""
        user = UNPRIVILEGED if os.geteuid() == 0 else None
        folder = home
        if user and not places.reachable(home):
            folder = places.outside(home)
            structlog.get_logger().info("database_elsewhere", folder=str(folder), home=str(home))
        fits = len(os.fsencode(folder / ".s.PGSQL.5432")) + len("/socket") <= SOCKET_PATH_BYTES
        socket = (folder if fits else places.outside(home)) / "socket"
        return cls(folder / "postgres", socket, places.programs(user), user)

    def url(self, role: str) -> str:
        """How to connect as that role."""
        return f"postgresql://{role}@/tallybook?host={quote(str(self.socket), safe='/')}"

    def server(self, settings: Mapping[str, str], log: Path) -> Child:
        """The server's process, not yet started."""
        places = {
            "listen_addresses": "",
            "unix_socket_directories": f'"{self.socket}"',
            "unix_socket_permissions": "0700",
        }
        options = [f"--{name}={value}" for name, value in {**settings, **places}.items()]
        command = (str(self.programs / "postgres"), "-D", str(self.data), *options)
        return Child("postgres", command, log=log, user=self.user, stop_signal=signal.SIGINT)

    def start(self, child: Child) -> None:
        """Starts it and returns once it serves; the first time it makes the data."""
        end_leftover(self.data / "postmaster.pid", str(self.data))
        self._own(self.socket)
        if not self.data.exists():
            self._initialize()
        child.start()
        child.await_ready(lambda: self._serves(child))

    def leave(self) -> None:
        """Removes the socket's folder, and the one above when nothing else is in it."""
        with suppress(OSError):
            self.socket.rmdir()
            self.socket.parent.rmdir()

    def _serves(self, child: Child) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().split()
        except FileNotFoundError:
            return False
        return child.process is not None and lines[:1] + lines[-1:] == [
            str(child.process.pid),
            "ready",
        ]

    def _initialize(self) -> None:
        """Makes the cluster under another name, so that a kill half-way leaves nothing behind."""
        unfinished = self.data.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        self._own(unfinished)
        self._run(
            *("initdb", "-D", str(unfinished), "-U", "postgres", "--auth=trust"),
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin"),
            "--builtin-locale=C.UTF-8",
        )
        single = ("postgres", "--single", "-D", str(unfinished), "postgres")
        self._run(*single, stdin="CREATE DATABASE tallybook;\n")
        unfinished.rename(self.data)

    def _own(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.user:
            entry = pwd.getpwnam(self.user)
            os.chown(folder, entry.pw_uid, entry.pw_gid)

    def _run(self, program: str, *arguments: str, stdin: str = "") -> None:
        done = subprocess.run(  # noqa: S603 - our own program
            (str(self.programs / program), *arguments),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            user=self.user,
            group=pwd.getpwnam(self.user).pw_gid if self.user else None,
            extra_groups=[] if self.user else None,
        )
        if done.returncode:
            raise NotReady(f"{program} failed:\n{done.stderr}")
