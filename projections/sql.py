"""Named statements: the SQL that a module sends, in the .sql file beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncpg
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection | PoolConnectionProxy


def statements(module: str | Path) -> dict[str, str]:
    """By the name in the `-- name:` line above each; `module` is the asker's `__file__`."""
    text = Path(module).with_suffix(".sql").read_text(encoding="utf-8")
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], (sql.strip() for sql in parts[1::2]), strict=True))
