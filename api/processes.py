"""The supervisor: keeps processes running, and leaves none behind."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Coroutine, Sequence
from typing import Self

import structlog

from adapters.embedded.child import Child

BACKOFF_SECONDS = 0.2
LONGEST_BACKOFF_SECONDS = 5.0
STEADY_SECONDS = 30.0
"""A process that was up this long starts over with the shortest backoff."""
STOP_SECONDS = 10.0
STOP_AGAIN_SECONDS = 2.0
TEND_SECONDS = 0.1


_heeded = threading.Event()
"""A signal has asked for the end."""
_undisturbed = threading.Event()
"""While it is set a signal is only noted: a child that is half started would be forgotten."""


class Kept:
    """A child with its next start: at once at first, later after each death."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.ours = not child.alive
        self.backoff_seconds = BACKOFF_SECONDS
        self.started_at = 0.0
        self.due_at: float | None = 0.0 if self.ours else None

    def tend(self, now: float) -> None:
        """Starts it when that is due; notices its death and sets the next start."""
        if self.child.alive:
            return
        if self.due_at is None:
            self._bury(now)
        elif self.due_at <= now:
            self.child.start()
            self.started_at, self.due_at = now, None

    def _bury(self, now: float) -> None:
        if now - self.started_at >= STEADY_SECONDS:
            self.backoff_seconds = BACKOFF_SECONDS
        self.due_at = now + self.backoff_seconds
        structlog.get_logger().warning(
            "process_died",
            name=self.child.name,
            exit_code=self.child.process and self.child.process.returncode,
            restart_in_seconds=self.backoff_seconds,
        )
        self.backoff_seconds = min(2 * self.backoff_seconds, LONGEST_BACKOFF_SECONDS)
        self.child.stop()


class Supervisor:
    """Keeps its children running; on leaving it stops those that it started, the last one first."""

    def __init__(self, children: Sequence[Child]) -> None:
        self.kept = [Kept(child) for child in children]

    def __enter__(self) -> Self:
        self.tend(time.monotonic())
        if _heeded.is_set():
            self.__exit__()
            raise KeyboardInterrupt
        return self

    def __exit__(self, *_: object) -> None:
        heed_no_signal()
        deadline = time.monotonic() + STOP_SECONDS
        for kept in reversed(self.kept):
            if kept.ours:
                kept.child.stop(max(0.0, deadline - time.monotonic()))

    def tend(self, now: float) -> None:
        """Looks after each child once."""
        _undisturbed.set()
        try:
            for kept in self.kept:
                kept.tend(now)
        finally:
            _undisturbed.clear()

    def run(self) -> None:
        """Tends them until a signal interrupts."""
        while not _heeded.is_set():
            self.tend(time.monotonic())
            time.sleep(TEND_SECONDS)
        raise KeyboardInterrupt


async def until_stopped(work: Coroutine[object, object, None]) -> None:
    """Runs the work; SIGTERM cancels it, so that its clean-up is done.

    It is cancelled again and again: `asyncio.wait_for`, which libraries use, may swallow it once.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)

    def stop() -> None:
        if not task.done():
            task.cancel()
            loop.call_later(STOP_AGAIN_SECONDS, stop)

    loop.add_signal_handler(signal.SIGTERM, stop)
    await task


def heed_signals() -> None:
    """Makes SIGTERM and a closed terminal end the program the way Ctrl-C does.

    SIGINT is set as well: a shell starts what runs in its background with SIGINT ignored.
    """
    _heeded.clear()
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _interrupt)


def _interrupt(*_: object) -> None:
    """Interrupts whatever runs now.

    Some code lets no exception out (what the logging module does after a fork), and some must not
    be interrupted: the supervisor looks at `_heeded` as well, so that no signal is lost.
    """
    _heeded.set()
    if not _undisturbed.is_set():
        raise KeyboardInterrupt


def heed_no_signal() -> None:
    """Lets nothing interrupt the stopping, which is bounded by itself."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
