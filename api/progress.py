"""The progress bar of a long command."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn


class Rate(TextColumn):
    """How many of them a second."""

    def __init__(self, what: str) -> None:
        super().__init__("")
        self._what = what

    def render(self, task: Task) -> str:  # type: ignore[override]  # a str is a renderable too
        return f"{task.speed or 0:,.0f} {self._what}/s"


def bar(*figures: ProgressColumn) -> Progress:
    """On a terminal, and on stderr: what a command prints is its result and nothing else."""
    console = Console(stderr=True, highlight=False)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), *figures)
    return Progress(*columns, console=console, disable=not console.is_terminal)
