"""The secret that signs tokens: configured, or made once and kept in the home folder."""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from pathlib import Path

from adapters.configuration import BadConfiguration

OTHERS = stat.S_IRWXG | stat.S_IRWXO
SHORTEST_BYTES = 32
"""A shorter key would be weaker than the SHA-256 that signs with it."""


def signing_secret(home: Path, configured: str | None = None) -> bytes:
    """TALLYBOOK_SECRET if `configured`, else the one in `home`.

    Raises BadConfiguration if it is short, or if others may read the file.
    """
    file = home / "secret"
    secret = configured.encode() if configured else _kept(file)
    if len(secret) < SHORTEST_BYTES:
        where = "TALLYBOOK_SECRET" if configured else str(file)
        raise BadConfiguration(f"{where}: it has to have at least {SHORTEST_BYTES} bytes")
    return secret


def _kept(file: Path) -> bytes:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        _make(file)
    with file.open("rb") as opened:
        if os.fstat(opened.fileno()).st_mode & OTHERS:
            raise BadConfiguration(f"{file}: others may read it; make a new one, with mode 600")
        return opened.read()


def _make(file: Path) -> None:
    """Appears whole, with mode 0600; of two processes starting together the first wins."""
    descriptor, name = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as draft:
            draft.write(secrets.token_hex(SHORTEST_BYTES).encode())
            draft.flush()
            os.fsync(descriptor)
        os.link(name, file)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()
