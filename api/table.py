"""A page of views as CSV, for those who ask for text/csv."""

from __future__ import annotations

import csv as writer
import io
from collections.abc import Sequence
from typing import Any

import msgspec

from api import http

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv(items: Sequence[msgspec.Struct]) -> bytes:
    """A line of column names, then a line per item; what is not a scalar is JSON."""
    text = io.StringIO()
    table = writer.writer(text, lineterminator="\r\n")
    if items:
        table.writerow(items[0].__struct_fields__)
    for item in items:
        table.writerow([_cell(value) for value in msgspec.structs.astuple(item)])
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    """A text that a spreadsheet would run as a formula is quoted; numbers stay as they are."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    encoded = http.encode(value).decode()
    return encoded.strip('"')
