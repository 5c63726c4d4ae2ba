"""The secret that signs tokens: configured, or made once and kept in the home folder."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

SHORTEST_BYTES = 32
"""A shorter key would be weaker than the SHA-256 that signs with it."""


def signing_secret(home: Path, configured: str | None = None) -> bytes:
    """TALLYBOOK_SECRET if `configured`, else the one in `home`; raises ValueError if short."""
    secret = configured.encode() if configured else _kept(home / "secret")
    if len(secret) < SHORTEST_BYTES:
        raise ValueError(f"The signing secret has to have at least {SHORTEST_BYTES} bytes")
    return secret


def _kept(file: Path) -> bytes:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        _make(file)
    return file.read_bytes()


def _make(file: Path) -> None:
    """Appears whole, with mode 0600; of two processes starting together the first wins."""
    descriptor, name = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as draft:
            draft.write(secrets.token_hex(SHORTEST_BYTES).encode())
        os.link(name, file)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()
