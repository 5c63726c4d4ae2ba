"""Session codes ST-{MON}{DAY}{SUFFIX} (domain.md 1.2)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def prefix(now: datetime, timezone: str) -> str:
    """The part before the suffix: the branch's own date, in English whatever the locale."""
    local = now.astimezone(ZoneInfo(timezone))
    return f"ST-{MONTHS[local.month - 1]}{local.day:02d}"


def suffix(taken: int) -> str:
    """The first free suffix behind that many taken ones: A..Z, AA, AB and so on."""
    letters = ""
    number = taken + 1
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters
