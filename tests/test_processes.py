"""The supervisor: what dies comes back, and what ends leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.embedded.child import Child
from api.processes import LONGEST_BACKOFF_SECONDS, STEADY_SECONDS, Kept, until_stopped

PATIENCE_SECONDS = 30.0
STUBBORN = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
inner = subprocess.Popen(("sleep", "600"))
open(sys.argv[1], "w").write(f"{inner.pid}\\n")
inner.wait()
"""
SUPERVISING = """
import sys
from adapters.embedded.child import Child
from api.processes import Supervisor, heed_signals

heed_signals()
folder = sys.argv[1]
children = [
    Child(name, ["sh", "-c", f"echo $$ >> {folder}/{name}; trap 'echo {name} >> {folder}/ended; "
    "exit 0' TERM; while true; do sleep 0.05; done"])
    for name in ("first", "second")
]
try:
    with Supervisor(children) as supervisor:
        supervisor.run()
except KeyboardInterrupt:
    pass
"""

SWALLOWING = """
import os, signal
from api.processes import Supervisor, heed_signals

heed_signals()
os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), signal.SIGTERM))
if os.fork() == 0:
    os._exit(0)
print("the interruption was swallowed", flush=True)
try:
    Supervisor([]).run()
except KeyboardInterrupt:
    print("and heeded", flush=True)
"""


def until(condition: Callable[[], bool]) -> None:
    """Waits for a condition, and fails when it does not come."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


def pids(folder: Path, name: str) -> list[int]:
    """The process ids that a toy child has written down, one per start."""
    path = folder / name
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def runs(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    state = subprocess.run(
        ("ps", "-p", str(pid), "-o", "stat="), check=False, capture_output=True, text=True
    )
    return bool(state.stdout.strip()) and not state.stdout.startswith("Z")


@pytest.fixture
def supervising(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A supervisor in a process of its own with two toy children, both up."""
    with subprocess.Popen((sys.executable, "-c", SUPERVISING, str(tmp_path))) as process:
        until(lambda: all(pids(tmp_path, name) for name in ("first", "second")))
        yield process
        process.kill()


def test_a_killed_child_comes_back(supervising: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """Another process takes its place, and the supervisor goes on."""
    os.kill(pids(tmp_path, "first")[0], signal.SIGKILL)

    until(lambda: len(pids(tmp_path, "first")) > 1)

    assert runs(pids(tmp_path, "first")[1])
    assert supervising.poll() is None
    assert len(pids(tmp_path, "second")) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_the_last_one_first(
    supervising: subprocess.Popen[bytes], tmp_path: Path, number: signal.Signals
) -> None:
    """Ctrl-C, a polite kill and a closed terminal mean the same."""
    supervising.send_signal(number)

    assert supervising.wait(PATIENCE_SECONDS) == 0
    assert (tmp_path / "ended").read_text().split() == ["second", "first"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of the death")
def test_a_killed_supervisor_leaves_no_orphan(
    supervising: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """Its children end although it had no time to tell them."""
    supervising.kill()

    until(lambda: not any(runs(pids(tmp_path, name)[0]) for name in ("first", "second")))


def test_a_child_that_will_not_end_is_killed_with_its_children(tmp_path: Path) -> None:
    """The grace is bounded, and the whole group goes."""
    child = Child("stubborn", [sys.executable, "-c", STUBBORN, str(tmp_path / "inner")])
    child.start()
    until(lambda: bool(pids(tmp_path, "inner")))

    child.stop(timeout_seconds=0.2)

    assert child.process is not None
    assert child.process.returncode == -signal.SIGKILL
    until(lambda: not runs(pids(tmp_path, "inner")[0]))


def test_what_a_child_prints_is_for_our_eyes_only(tmp_path: Path) -> None:
    """A demonstration's password is among it, in the log of before too."""
    child = Child("talkative", ["echo", "the password"], log=tmp_path / "child.log")
    for _ in range(2):
        child.start()
        assert child.process is not None
        child.process.wait()
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"child.log": 0o600, "child.old": 0o600}
    assert (tmp_path / "child.log").read_text() == "the password\n"


def test_each_death_waits_twice_as_long_up_to_a_limit() -> None:
    """The waits grow from 0.2 s to 5 s, and start over after half a minute up."""
    child = Child("brief", [sys.executable, "-c", ""])
    kept, waits, now = Kept(child), [], 0.0
    for _ in range(7):
        waits.append(round(_die(kept, now, up_for=1.0), 3))
        now += 100.0
    waits.append(round(_die(kept, now, up_for=STEADY_SECONDS), 3))

    assert waits == [0.2, 0.4, 0.8, 1.6, 3.2, LONGEST_BACKOFF_SECONDS, LONGEST_BACKOFF_SECONDS, 0.2]


def _die(kept: Kept, now: float, up_for: float) -> float:
    """Starts the child, lets it end, and says how long its next start will wait."""
    kept.tend(now)
    assert kept.child.process is not None
    kept.child.process.wait()
    kept.tend(now + up_for)
    assert kept.due_at is not None
    return kept.due_at - (now + up_for)


async def test_work_that_swallows_a_cancellation_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else it would be killed in the end, without its clean-up."""
    monkeypatch.setattr("api.processes.STOP_AGAIN_SECONDS", 0.01)
    cancellations = 0

    async def stubborn() -> None:
        nonlocal cancellations
        os.kill(os.getpid(), signal.SIGTERM)
        while cancellations < 3:
            try:
                await asyncio.sleep(PATIENCE_SECONDS)
            except asyncio.CancelledError:
                cancellations += 1

    await until_stopped(stubborn())
    asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
    assert cancellations == 3


def test_a_signal_is_heeded_where_its_interruption_is_swallowed() -> None:
    """Python lets no exception out of what runs after a fork."""
    command = [sys.executable, "-c", SWALLOWING]
    ended = subprocess.run(
        command, timeout=PATIENCE_SECONDS, capture_output=True, text=True, check=False
    )
    assert ended.stdout.splitlines() == ["the interruption was swallowed", "and heeded"]


EARLY = """
import os, signal, sys
from adapters.embedded.child import Child
from api.processes import Supervisor, heed_signals

class Hasty(Child):
    def start(self):
        super().start()
        os.kill(os.getpid(), signal.SIGTERM)

heed_signals()
child = Hasty("hasty", ["sleep", "600"])
try:
    with Supervisor([child]):
        pass
except KeyboardInterrupt:
    print(child.process.returncode, flush=True)
"""


def test_a_signal_while_a_child_is_started_leaves_none_behind() -> None:
    """It is noted, and heeded as soon as the child is known."""
    command = [sys.executable, "-c", EARLY]
    ended = subprocess.run(
        command, timeout=PATIENCE_SECONDS, capture_output=True, text=True, check=False
    )
    assert ended.stdout.split() == [str(-signal.SIGTERM)]
