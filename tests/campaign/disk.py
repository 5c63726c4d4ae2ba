"""A small file system for the database alone, so that it can be full."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE_BYTES = 6 * 2**30
CHUNK_BYTES = 2**20


class Disk:
    """A mounted file system; only root may have one."""

    def __init__(self, mounted: Path) -> None:
        self.mounted, self._filler = mounted, mounted / "filler"

    def fill(self) -> int:
        """Takes all the space that is left; says how many bytes."""
        free = os.statvfs(self.mounted)
        taken = 0
        with self._filler.open("wb") as file:
            try:
                os.posix_fallocate(file.fileno(), 0, max(1, free.f_bavail * free.f_frsize))
            except OSError:
                taken = 0
            for size in (CHUNK_BYTES, 4096, 1):
                taken += _until_full(file.fileno(), size)
        return max(taken, self._filler.stat().st_size)

    def free(self) -> None:
        """Gives it back."""
        self._filler.unlink(missing_ok=True)


def _until_full(file: int, size: int) -> int:
    os.lseek(file, 0, os.SEEK_END)
    taken = 0
    try:
        while True:
            taken += os.write(file, b"\0" * size)
    except OSError:
        return taken


@contextmanager
def disk(home: Path) -> Iterator[Disk | None]:
    """An ext4 file system in a sparse file, which stays; none where mounting is not permitted."""
    image, mounted = home / "disk.img", home / "disk"
    mounted.mkdir()
    with image.open("wb") as file:
        file.truncate(SIZE_BYTES)
    made = _run("mkfs.ext4", "-q", "-m", "0", "-F", str(image))
    if not (made and _run("mount", "-o", "loop", str(image), str(mounted))):
        image.unlink()
        yield None
        return
    try:
        mounted.chmod(0o711)
        yield Disk(mounted)
    finally:
        _run("umount", str(mounted)) or _run("umount", "--lazy", str(mounted))


def _run(*command: str) -> bool:
    try:
        return not subprocess.run(command, check=False, capture_output=True).returncode
    except FileNotFoundError:
        return False
