"""The engine's SQL, one statement per file of this folder."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncpg
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection | PoolConnectionProxy

FOLDER = Path(__file__).parent


@cache
def statement(name: str) -> str:
    """The statement of that name; braces stand for a projection's own names."""
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
