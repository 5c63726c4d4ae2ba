"""Stock by what had physically happened, whenever that was recorded: B(t) of domain.md 1.6."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from projections.sql import statements
from projections.stock import STOCK_LEVELS

LEVELS = re.compile(rf"\b{re.escape(STOCK_LEVELS.table)}\b")
COLUMNS = STOCK_LEVELS.row.__struct_fields__
_KEPT = [f'e."{name}"' for name in COLUMNS if name not in {"on_hand", "quarantine"}]
_LINES = statements(__file__)["levels"].splitlines()
TEXT = " ".join(line.strip() for line in _LINES if not line.startswith("--"))


def happened(
    by: datetime, organization: UUID, sql: str, arguments: Sequence[object]
) -> tuple[str, tuple[object, ...]]:
    """The statement and its arguments with stock as it was by the instant; all else as it is."""
    number = len(arguments) + 1
    levels = TEXT.format(
        columns=", ".join(_KEPT),
        all_columns=", ".join(f'"{name}"' for name in COLUMNS),
        instant=number,
        organization=number + 1,
    )
    swapped = LEVELS.sub(lambda _: levels, sql)
    return swapped, (*arguments, *((by, organization) if swapped != sql else ()))
