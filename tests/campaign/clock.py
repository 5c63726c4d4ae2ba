"""Clocks that step: libfaketime shifts the time of day of a process, and of nothing else."""

from __future__ import annotations

from pathlib import Path

LIBRARIES = (
    Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"),
    Path("/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"),
    Path("/usr/lib/faketime/libfaketimeMT.so.1"),
)
CACHE_SECONDS = 1
"""So long a process may believe its old clock."""


class Clocks:
    """A file per process, which says how many seconds its clock is off."""

    def __init__(self, home: Path, library: Path) -> None:
        self._folder, self._library = home / "clocks", library
        self._folder.mkdir(exist_ok=True)
        self._folder.chmod(0o755)

    @classmethod
    def found(cls, home: Path) -> Clocks | None:
        """None where libfaketime is not installed."""
        library = next((one for one in LIBRARIES if one.exists()), None)
        return None if library is None else cls(home, library)

    def environment(self, name: str) -> dict[str, str]:
        """What a process of that name is started with; monotonic clocks are left alone."""
        if not name.startswith(("api", "postgres", "timers")):
            return {}
        self.step(name, 0)
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._folder / name),
            "FAKETIME_CACHE_DURATION": str(CACHE_SECONDS),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def step(self, name: str, seconds: float) -> None:
        """From now on that process is so many seconds ahead, or behind if negative."""
        unfinished = self._folder / f"{name}.new"
        unfinished.write_text(f"{seconds:+g}\n")
        unfinished.chmod(0o644)
        unfinished.replace(self._folder / name)
