"""The house's budgets, which no linter knows: sizes, and what no tracked file may name."""

from __future__ import annotations

import ast
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

FILE_LINES = 300
FUNCTION_LINES = 70
MEDIAN_FUNCTION_LINES = 10
CODE = ("domain", "projections", "api", "adapters", "eventstore_schema", "tests")
REGISTRY = re.compile(
    r"\b(pypi|pythonhosted|npmjs|proxy\.golang|crates|anaconda|conda-forge)\.(org|io|com)\b"
)
MACHINE = re.compile(r"(?<![\w.$})-])/(work|root|Users|home/\w+|opt)/")
DOMAIN_IMPORTS = sys.stdlib_module_names | {"domain", "msgspec", "eventsourcing"}
BINARY = {".pdf", ".png", ".jpg", ".gz", ".parquet", ".xlsx"}


def main() -> int:
    """Prints each breach and the median function length; 1 if there was a breach."""
    root = Path(__file__).resolve().parent.parent
    tracked = [root / name for name in _tracked(root)]
    python = [path for path in tracked if path.suffix == ".py" and _is_code(path, root)]
    lengths = {path: list(_functions(path)) for path in python}
    median = statistics.median(lines for found in lengths.values() for _, lines in found)
    breaches = [
        *_sizes(lengths),
        *_foreign(root / "domain"),
        *(breach for path in tracked for breach in _names(path)),
    ]
    if median >= MEDIAN_FUNCTION_LINES:
        breaches.append(f"the median function has {median:g} lines")
    for breach in breaches:
        print(breach.replace(f"{root}/", ""))  # noqa: T201 - this is a command
    print(f"house: {len(python)} files, the median function has {median:g} lines")  # noqa: T201
    return 1 if breaches else 0


def _tracked(root: Path) -> list[str]:
    git = shutil.which("git") or "git"
    listed = subprocess.run(
        (git, "ls-files", "-z"), cwd=root, check=True, capture_output=True, text=True
    )
    return [name for name in listed.stdout.split("\0") if name and (root / name).is_file()]


def _is_code(path: Path, root: Path) -> bool:
    return path.relative_to(root).parts[0] in CODE


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{path}:{node.lineno} {node.name}", _length(node)


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines from `def` to the end; decorators are no part of it."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _sizes(lengths: dict[Path, list[tuple[str, int]]]) -> Iterator[str]:
    for path, functions in lengths.items():
        lines = len(path.read_bytes().splitlines())
        if lines > FILE_LINES:
            yield f"{path}: {lines} lines, {FILE_LINES} allowed"
        for name, length in functions:
            if length > FUNCTION_LINES:
                yield f"{name}: {length} lines, {FUNCTION_LINES} allowed"


def _foreign(domain: Path) -> Iterator[str]:
    """What the domain imports beyond its short list; import-linter can forbid but not allow."""
    for path in domain.rglob("*.py"):
        for name, line in _imports(ast.parse(path.read_bytes())):
            if name.partition(".")[0] not in DOMAIN_IMPORTS:
                yield f"{path}:{line}: imports {name}"


def _imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", node.lineno


def _names(path: Path) -> Iterator[str]:
    if path.suffix in BINARY or path == Path(__file__).resolve():
        return
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        for pattern in (REGISTRY, MACHINE):
            if found := pattern.search(line):
                yield f"{path}:{number}: names {found.group()}"


if __name__ == "__main__":
    sys.exit(main())
