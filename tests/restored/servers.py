"""A PostgreSQL whose data a test copies and puts back, as one does with a file system."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

from adapters import embedded
from tests.conftest import SMALL


class MortalPostgres:
    """A server with its own data."""

    def __init__(self, home: Path) -> None:
        self._database = embedded.postgres.Database.at(home)
        self._child = self._database.server(SMALL, log=home / "postgres.log")
        self.admin_url = self._database.url("postgres")
        self.app_url = self._database.url("tallybook_app")

    def start(self) -> None:
        """Starts it on the data that it has."""
        self._database.start(self._child)

    def stop(self) -> None:
        """Ends it in order."""
        self._child.stop()

    def crash(self) -> None:
        """Ends it as a power cut would."""
        self._child.send(signal.SIGKILL)
        self._child.stop()

    def crash_backend(self, pid: int) -> None:
        """Ends one of its processes so: the server goes on, with what was on the disk."""
        os.kill(pid, signal.SIGKILL)

    def leave(self) -> None:
        """Ends it for good."""
        self.stop()
        self._database.leave()

    def copy(self) -> Path:
        """A copy of the data of the stopped server."""
        copy = self._database.data.with_name("copy")
        _copied(self._database.data, copy)
        return copy

    def put_back(self, copy: Path) -> None:
        """The copy takes the place of the data."""
        shutil.rmtree(self._database.data)
        _copied(copy, self._database.data)

    def recover(self) -> None:
        """Its next start is the end of a point-in-time recovery, on a timeline of its own."""
        with (self._database.data / "postgresql.auto.conf").open("a", encoding="utf-8") as settings:
            settings.write("restore_command = 'false'\n")
        (self._database.data / "recovery.signal").touch()


def _copied(source: Path, target: Path) -> None:
    """With its owner, which shutil leaves behind."""
    subprocess.run(("cp", "-a", str(source), str(target)), check=True)
