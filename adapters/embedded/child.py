"""A process that we start, watch and end."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.01
READY_SECONDS = 60.0
STOP_SECONDS = 10.0

_libc = ctypes.CDLL(None, use_errno=True)


class NotReady(Exception):
    """A server ended, or did not answer in time; the message holds the end of its log."""


class Child:
    """A command in a process group of its own; on Linux it ends with us, however we end."""

    def __init__(  # noqa: PLR0913 - most have a default
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path | None = None,
        user: str | None = None,
        environment: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        """Without a `log`, a `user` or an `environment` it shares ours."""
        self.name = name
        self.command = tuple(command)
        self.log = log
        self.user = user
        self.environment = environment
        self.stop_signal = stop_signal
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:
        """Whether the process runs at this moment."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Starts it; the former log is kept as `.old`. What it prints is for our eyes only."""
        output = None
        if self.log is not None:
            if self.log.exists():
                self.log.replace(self.log.with_suffix(".old"))
            self.log.touch(0o600)
            output = self.log.open("wb")
        self.process = subprocess.Popen(  # noqa: S603 - the command is ours
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output and subprocess.STDOUT,
            cwd="/" if self.user else None,
            env=self.environment,
            user=self.user,
            group=_group(self.user),
            extra_groups=[] if self.user else None,
            start_new_session=True,
            preexec_fn=self._tie_to_parent(),  # noqa: PLW1509 - one system call, no thread is awaited
        )
        if output is not None:
            output.close()

    def send(self, number: signal.Signals) -> None:
        """Signals the process, if it runs."""
        if self.process is not None and self.alive:
            self.process.send_signal(number)

    def stop(self, timeout_seconds: float = STOP_SECONDS) -> None:
        """Asks it to end; kills its whole group when the time is over."""
        if self.process is None:
            return
        self.send(self.stop_signal)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout_seconds)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def await_ready(self, ready: Callable[[], bool]) -> None:
        """Returns once `ready` says so; raises NotReady when it has ended or takes too long."""
        deadline = time.monotonic() + READY_SECONDS
        while not ready():
            if not self.alive or time.monotonic() > deadline:
                raise NotReady(f"{self.name} did not start:\n{self._log_tail()}")
            time.sleep(POLL_SECONDS)

    def _log_tail(self) -> str:
        if self.log is None or not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    def _tie_to_parent(self) -> Callable[[], None] | None:
        if sys.platform != "linux":
            return None
        parent, number = os.getpid(), int(self.stop_signal)

        def tie() -> None:
            _libc.prctl(PR_SET_PDEATHSIG, number)
            if os.getppid() != parent:
                os._exit(1)

        return tie


def _group(user: str | None) -> int | None:
    if user is None:
        return None
    import pwd  # noqa: PLC0415 - Unix only, and needed by root only

    return pwd.getpwnam(user).pw_gid


def end_leftover(pid_file: Path, marker: str) -> None:
    """Ends the server that a killed run left; a pid that now is another's just loses its file.

    `marker` is a part of the server's command line that no other process has.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return
    if marker not in _command_line(pid):
        if _runs(pid):
            pid_file.unlink()
        return
    for number in (signal.SIGINT, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + STOP_SECONDS
        while marker in _command_line(pid) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _command_line(pid: int) -> str:
    """The command with its arguments, empty when there is no such process."""
    if Path("/proc/self/cmdline").exists():
        with suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
        return ""
    ps = ("ps", "-p", str(pid), "-o", "command=")
    return subprocess.run(ps, check=False, capture_output=True, text=True).stdout  # noqa: S603
