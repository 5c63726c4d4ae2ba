"""What the project says of itself is true."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from tests.conftest import RULES

ROOT = Path(__file__).resolve().parent.parent


def _project() -> dict[str, list[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"run": project["dependencies"], **project["optional-dependencies"]}


def test_every_dependency_is_explained_and_no_other() -> None:
    """The page on dependencies has one row for each package that we ask for."""
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    asked = {re.split(r"[\[<>=]", name)[0] for names in _project().values() for name in names}

    assert set(re.findall(r"^\| ([a-z0-9-]+) \| (?!why)", page, re.MULTILINE)) == asked


def test_every_dependency_is_locked_with_its_hashes() -> None:
    """The lock has each package in one exact version, and names no place to get it from."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    asked = {re.split(r"[\[<>=]", name)[0] for names in _project().values() for name in names}

    assert asked <= set(re.findall(r"^([a-z0-9-]+)==\S+ .*\\$", lock, re.MULTILINE))
    assert "://" not in lock


def test_every_dependency_has_an_upper_bound() -> None:
    """A new major release waits until we have tried it; tzdata only ever gains zones."""
    open_ended = [
        name for names in _project().values() for name in names if not re.search(r"<\d", name)
    ]

    assert open_ended == ["tzdata>=2025.2"]


def test_each_rule_has_one_line() -> None:
    """No id stands twice in the list of rules."""
    listed = (ROOT / "tests" / "rules.txt").read_text(encoding="utf-8").split()

    assert sorted(listed) == sorted(RULES)
