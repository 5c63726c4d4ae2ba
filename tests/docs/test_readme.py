"""The README's first screen, performed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.ports import free_port

PROJECT = Path(__file__).parents[2]
PASSWORD = "correct horse"  # noqa: S105 - of a system that lives for one test
PATIENCE_SECONDS = 60


@contextmanager
def tallybook_run(home: Path, port: int) -> Iterator[str]:
    """`tallybook run` in a fresh home, until it answers; Ctrl-C at the end."""
    environment = {
        **os.environ,
        "TALLYBOOK_HOME": str(home),
        "TALLYBOOK_PORT": str(port),
        "TALLYBOOK_DEMO_PASSWORD": PASSWORD,
    }
    command = [sys.executable, "-m", "api.cli", "run"]
    with subprocess.Popen(command, cwd=PROJECT, env=environment) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            _await_ready(address, process)
            yield address
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0


def _await_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{address}/health/ready").json()["status"] == "ok":
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    pytest.fail("tallybook run did not become ready")


def blocks() -> list[str]:
    """The README's shell blocks."""
    text = (PROJECT / "README.md").read_text("utf-8")
    return re.findall(r"```sh\n(.*?)```", text, re.DOTALL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
def test_a_newcomer_counts_a_product_in_six_calls(home: Path) -> None:
    """Runs the block as it stands, but for the port, and reads what the last call answers."""
    calls = blocks()[1]
    assert calls.count("curl -sS $API") + calls.count("\ncall $API") + calls.count("$(call") == 6
    port = free_port()
    with tallybook_run(home, port) as address:
        script = f"set -euo pipefail\nPASSWORD='{PASSWORD}'\n{calls}"
        script = script.replace("http://127.0.0.1:8000", address)
        ran = subprocess.run(
            ["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True
        )
        replay = json.loads("{" + ran.stdout.rpartition('{"items":[')[2].join(['"items":[', ""]))
    types = [entry["type"] for entry in replay["items"]]
    assert types[0] == "stock_take_session.created"
    assert "item_count.recorded" in types
    assert types[-1] == "stock_take_session.completed"
