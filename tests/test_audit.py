"""The audit of what the lock names: what it says, and of what."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest

from tests import audit

HASH = "    --hash=sha256:" + "0" * 64
GOOD = f"anyio==4.16.0 \\\n{HASH} \\\n{HASH}\n    # via httpx\n"
MARKED = f'colorama==0.4.6 ; sys_platform == "win32" \\\n{HASH}\n'
BAD = ("click==8.3.1\n", "click>=8\n", "click @ https://example.org/click.whl\n", "-e .\n")


def test_every_entry_of_the_lock_has_its_hashes() -> None:
    """And there are some."""
    lock = audit.LOCK.read_text("utf-8")
    assert len(audit.ENTRY.findall(lock)) == lock.count("\n    # via") > 50
    assert not list(audit.unhashed(lock))


@pytest.mark.parametrize("bare", BAD)
def test_an_entry_without_a_hash_is_named(bare: str) -> None:
    """Among others that have one; any file could be passed off as it."""
    assert not list(audit.unhashed(GOOD + MARKED))
    assert list(audit.unhashed(GOOD + bare + MARKED)) == [bare.strip()]


SOUND = {"name": "anyio", "version": "4.16.0", "vulns": []}
SKIPPED = {"name": "asyncpg", "skip_reason": "Dependency not found"}
VULNERABLE = {
    "name": "click",
    "version": "8.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["8.1", "9.0"], "aliases": []}, {"id": "PYSEC-2"}],
}
TWO = [
    "audit: click 8.0: PYSEC-1, mended in 8.1 or 9.0",
    "audit: click 8.0: PYSEC-2, mended in no release",
]
VERDICTS = [
    ([], [audit.UNASKED], False),
    ([SKIPPED], [audit.UNASKED], False),
    ([SOUND], ["audit: 1 packages without a known vulnerability"], False),
    (
        [SOUND, SKIPPED],
        ["audit: 1 packages without a known vulnerability; not audited: asyncpg"],
        False,
    ),
    ([SOUND, VULNERABLE, SKIPPED], TWO, True),
]


@pytest.mark.parametrize(("packages", "said", "failed"), VERDICTS)
def test_what_was_not_asked_is_not_called_sound(
    tmp_path: Path, packages: list[object], said: list[str], failed: bool
) -> None:
    """pip-audit itself calls it so when it knew none of the packages."""
    script = tmp_path / "pip_audit.py"
    answer = msgspec.json.encode({"dependencies": packages, "fixes": []}).decode()
    script.write_text(f"print({answer!r})\nraise SystemExit({int(failed)})\n", "utf-8")
    verdict = audit.judged(audit.asked((sys.executable, str(script))))
    assert (verdict.said.splitlines(), verdict.failed) == (said, failed)


def test_where_nobody_can_be_asked_it_says_so(tmp_path: Path) -> None:
    """Whether the program is not there, or has nothing to say but an error."""
    for command in ((str(tmp_path / "none"),), (sys.executable, str(tmp_path / "none"))):
        assert audit.judged(audit.asked(command)) == audit.Verdict(audit.UNASKED)


def test_a_verdict_is_kept_for_the_day_and_the_lock(tmp_path: Path) -> None:
    """Another day, or another lock, is asked anew; so is what cannot be read."""
    file = tmp_path / "audited"
    assert audit.kept(file, "lock day") is None
    file.write_bytes(b"{")
    assert audit.kept(file, "lock day") is None
    verdict = audit.Verdict("audit: bad", failed=True, of="lock day")
    file.write_bytes(msgspec.json.encode(verdict))
    assert audit.kept(file, "lock day") == verdict
    assert audit.kept(file, "lock tomorrow") is None
