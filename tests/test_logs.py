"""Log lines: what a process writes when something goes wrong."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

FAILING = """
import logging, structlog
from adapters import logs

def log_in(password):
    raise KeyError("no such member")

logs.configure("info", "api")
try:
    log_in("correct horse")
except KeyError as error:
    structlog.get_logger().error("internal_error", exc_info=error)
    logging.getLogger("uvicorn.error").exception("in a library")
"""


@pytest.mark.parametrize("terminal", [True, False])
def test_a_traceback_shows_no_values_of_variables(terminal: bool) -> None:
    """Passwords, tokens and names are among them."""
    ours, theirs = pty.openpty() if terminal else os.pipe()
    subprocess.run((sys.executable, "-c", FAILING), stderr=theirs, check=True)
    written = os.read(ours, 65_536).decode()
    os.close(ours)
    os.close(theirs)
    assert written.count("log_in") >= 2
    assert written.count("no such member") >= 2
    assert "correct horse" not in written
