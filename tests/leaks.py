"""No secret comes out of a process: all that is written while tests run is searched for one.

What pytest captured of a test (printed, logged, or written by a child process) and the log files in
its folders must not have a token, the hash of a password, or what `watch` was told of.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from pathlib import Path

import pytest

SHAPES = {
    "a token": re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+"),
    "a hashed password": re.compile(r"\$argon2"),
    "a key": re.compile(r"BEGIN [A-Z ]*PRIVATE KEY"),
}
WATCHED: set[str] = set()
SHORTEST = 8
"""A shorter word may be there by chance."""
FOLDERS = ("home", "tmp_path")
"""Fixtures whose folder may have log files."""


def watch(secret: str) -> str:
    """Nobody may write this any more."""
    if len(secret) < SHORTEST:
        raise ValueError("too short to be told from an accident")
    WATCHED.add(secret)
    return secret


def leaked(text: str) -> set[str]:
    """What kinds of secrets are in the text."""
    found = {kind for kind, shape in SHAPES.items() if shape.search(text)}
    if any(secret in text for secret in WATCHED):
        found.add("a secret of the tests")
    return found


def leaked_files(folder: Path) -> set[str]:
    """What kinds of secrets are in the log files somewhere in the folder."""
    logs = [path for path in folder.rglob("*.log") if path.is_file()]
    return {kind for path in logs for kind in leaked(path.read_text("utf-8", "replace"))}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fails the test during which a secret was written."""
    report = yield
    written = [text for title, text in report.sections if title.endswith(report.when)]
    found = {kind for text in written for kind in leaked(text)}
    if report.when == "call":
        values = getattr(item, "funcargs", {})
        folders = [values[name] for name in FOLDERS if isinstance(values.get(name), Path)]
        found |= {kind for folder in folders for kind in leaked_files(folder)}
    if found:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: {', '.join(sorted(found))} was written"
    return report
