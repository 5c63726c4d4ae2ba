"""The search for secrets finds them, wherever they are written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.leaks import watch

PROJECT = Path(__file__).parents[1]
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2UiOiJhY2Nlc3MifQ.c2lnbmF0dXJlLW9mLWl0"  # noqa: S105 - nobody's
HEAD = "import logging, os\nfrom tests.leaks import watch\nwatch('correct zebra')\n"
WRITTEN = [
    (f"print('bearer {TOKEN}')", "a token"),
    ("logging.getLogger('x').warning('tried correct zebra')", "a secret of the tests"),
    ("assert os.system('echo \\'$argon2id$v=19$m=8\\' >&2') == 0", "a hashed password"),
    ("(tmp_path / 'api.log').write_text('BEGIN RSA PRIVATE KEY')", "a key"),
    ("print('correct', 'horses', 'eyJhbGciOiJIUzI1NiJ9')", ""),
]


def test_a_secret_that_is_written_fails_the_test(tmp_path: Path) -> None:
    """Printed, logged, by a child process, or in a log file; and what is none does not."""
    tests = [
        f"def test_{number}(tmp_path):\n    {statement}\n"
        for number, (statement, _) in enumerate(WRITTEN)
    ]
    test = tmp_path / "test_it.py"
    test.write_text(HEAD + "".join(tests), "utf-8")
    ended = subprocess.run(
        (sys.executable, "-m", "pytest", "-p", "tests.leaks", "-c", "/dev/null", "-q", test),
        cwd=PROJECT,
        check=False,
        capture_output=True,
        text=True,
    )
    for number, (_, found) in enumerate(WRITTEN):
        assert (f"::test_{number}: {found} was written" in ended.stdout) == bool(found)
    failing = sum(bool(found) for _, found in WRITTEN)
    assert f"{failing} failed, {len(WRITTEN) - failing} passed" in ended.stdout, ended.stdout


def test_a_short_word_is_no_secret() -> None:
    """It would be found where nobody wrote it."""
    with pytest.raises(ValueError, match="short"):
        watch("horse")
