"""What somebody sees who watches the demonstration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

SHOWN = 12


class Bars:
    """The live bars: each counter's, the whole as the system sees it, and the trade."""

    def __init__(self, progress: Progress, counters: Sequence[str], lines: int, items: int) -> None:
        self._progress = progress
        self._lines = {name: progress.add_task(name, total=lines) for name in counters}
        self._items = progress.add_task("items counted, by the API", total=items)
        self._trade = progress.add_task("sales and receipts", total=None)

    def counted(self, name: str) -> None:
        """A counter has counted a shelf."""
        self._progress.advance(self._lines[name])

    def moved(self) -> None:
        """Stock was sold or received."""
        self._progress.advance(self._trade)

    def known(self, items: int) -> None:
        """So many items are counted by what the API says."""
        self._progress.update(self._items, completed=items)

    def closed(self) -> None:
        """There is no more trade."""
        done = self._progress.tasks[self._trade].completed
        self._progress.update(self._trade, total=done)


class Screen:
    """The console, and the words for it."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def say(self, text: str) -> None:
        """A line."""
        self.console.print(text, highlight=False)

    @contextmanager
    def bars(self, counters: Sequence[str], lines: int, items: int) -> Iterator[Bars]:
        """Shows the bars while the block runs."""
        columns = (
            TextColumn("{task.description:<26}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console) as progress:
            yield Bars(progress, counters, lines, items)

    def variances(self, rows: Sequence[Mapping[str, Any]], planted: Mapping[str, Any]) -> None:
        """The variances of most value; `planted` is the true error by item."""
        largest = sorted(rows, key=lambda row: abs(Decimal(row["value"] or 0)), reverse=True)
        table = Table(
            title=f"Variances: {min(SHOWN, len(rows))} of {len(rows)}",
            box=SIMPLE,
            padding=(0, 1, 0, 0),
        )
        table.add_column("SKU", no_wrap=True)
        table.add_column("product", no_wrap=True, overflow="ellipsis", max_width=20)
        for name in ("counted", "book", "variance", "planted", "value"):
            table.add_column(name, justify="right", no_wrap=True)
        for row in largest[:SHOWN]:
            figures = (row["counted"], row["book"], row["variance"], planted.get(row["item"], 0))
            told = map(_plain, figures)
            table.add_row(row["sku"], row["name"], *told, row["value"] or "")
        self.console.print(table)

    def replay(self, sku: str, entries: Sequence[Mapping[str, Any]]) -> None:
        """The history of one item in order, with its variance as it stood."""
        table = Table(title=f"Replay of {sku}", box=SIMPLE, padding=(0, 1, 0, 0))
        for name in ("at", "time", "who", "what"):
            table.add_column(name, no_wrap=True)
        table.add_column("details", no_wrap=True, overflow="ellipsis", max_width=20)
        table.add_column("variance", justify="right", no_wrap=True)
        for entry in entries:
            stood = entry["variance"]["variance"] if entry["variance"] else None
            table.add_row(
                str(entry["position"]),
                entry["recorded_at"][11:19],
                entry["actor"]["name"] or "the system",
                entry["type"].partition(".")[2],
                _details(entry["payload"]),
                "" if stood is None else _plain(stood),
            )
        self.console.print(table)

    def verdict(self, *, holds: bool, what: str) -> None:
        """One check."""
        mark = "[bold green]PASS[/]" if holds else "[bold red]FAIL[/]"
        self.console.print(f"{mark} {what}", highlight=False)


def _details(payload: Mapping[str, Any]) -> str:
    """What changed, in a few words."""
    if "delta" in payload:
        told = f"{_signed(payload['delta'])} = {_plain(payload['on_hand'])}"
        return f"{told} {payload.get('reason', '')}"
    if "variance" in payload:
        return f"variance {_plain(payload['variance'])}"
    if "quantity" in payload:
        return f"{payload.get('shelf', 'was')} {_plain(payload['quantity'])}"
    return ""


def _signed(number: str) -> str:
    return f"{'' if number.startswith('-') else '+'}{_plain(number)}"


def _plain(number: object) -> str:
    """Without the places that say nothing."""
    text = str(number)
    return text.rstrip("0").rstrip(".") if "." in text else text
