"""docs/adding-a-command.md, performed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "adding-a-command.md"
PACKAGES = ("domain", "projections", "api", "adapters", "eventstore_schema")


def blocks(language: str) -> list[str]:
    """The page's code blocks of that language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def test_the_three_edits_of_the_page_make_a_working_command(tmp_path: Path) -> None:
    """Applies them to a copy and runs the page's own test there."""
    for package in PACKAGES:
        shutil.copytree(PROJECT / package, tmp_path / package)
    (tmp_path / "tests").mkdir()
    shutil.copy(PROJECT / "tests" / "specification.py", tmp_path / "tests")
    edits = blocks("diff")
    assert len(edits) == 3
    for edit in edits:
        subprocess.run(["git", "apply", "-"], input=edit.encode(), cwd=tmp_path, check=True)
    (test,) = blocks("python")
    (tmp_path / "tests" / "test_page.py").write_text(test, "utf-8")
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio"]
    command = [*pytest, "-c", "/dev/null", "--rootdir", str(tmp_path), "tests/test_page.py"]
    environment = {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1", "PATH": "/bin"}
    ran = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "2 passed" in ran.stdout
