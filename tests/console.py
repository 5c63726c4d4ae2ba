"""The command line, as somebody uses it."""

from __future__ import annotations

import os
import subprocess
import sys


def tallybook(
    *arguments: str, typed: str | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Runs the command with these variables only, and answers its questions with what is typed."""
    return subprocess.run(
        (sys.executable, "-m", "api.cli", *arguments),
        check=False,
        capture_output=True,
        text=True,
        input=typed,
        env={"PATH": os.environ["PATH"], "NO_COLOR": "1", "COLUMNS": "200", **variables},
    )
