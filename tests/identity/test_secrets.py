"""Passwords and the signing secret."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from adapters.passwords import LONGEST_QUEUE, Passwords, TooManyLogIns, unmatched
from adapters.secret import signing_secret

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


async def test_a_password_is_kept_as_argon2id_and_found_again() -> None:
    """With a salt of its own each time."""
    passwords = Passwords(CHEAP)
    kept = await passwords.hash("correct horse")
    assert kept.startswith("$argon2id$")
    assert kept != await passwords.hash("correct horse")
    assert await passwords.verify(kept, "correct horse")
    assert not await passwords.verify(kept, "correct horsf")
    assert not await passwords.verify("no hash at all", "correct horse")


async def test_nobodys_password_is_checked_as_thoroughly_as_anybodys() -> None:
    """The stand-in costs the same and is computed to the end, only to differ."""
    hasher = PasswordHasher()
    stand_in = unmatched(hasher)
    assert not hasher.check_needs_rehash(stand_in)
    with pytest.raises(VerifyMismatchError):
        hasher.verify(stand_in, "")
    assert not await Passwords(CHEAP).verify(None, "")


async def test_log_ins_wait_in_a_bounded_queue() -> None:
    """One more than it holds is refused and told when to come back; then there is room again."""
    passwords = Passwords(CHEAP)
    waiting = [passwords.verify(None, "x") for _ in range(LONGEST_QUEUE + 1)]
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, TooManyLogIns)]
    assert [refusal.facts for refusal in refused] == [{"retry_after": 1}]
    assert answers.count(False) == LONGEST_QUEUE
    assert not await passwords.verify(None, "x")


def test_a_secret_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    """Processes that start together agree on one."""
    home = tmp_path / "home"
    with ThreadPoolExecutor(4) as processes:
        secrets = set(processes.map(signing_secret, [home] * 8))
    assert len(secrets) == 1
    assert [(file.name, file.stat().st_mode & 0o777) for file in home.iterdir()] == [
        ("secret", 0o600)
    ]


def test_a_configured_secret_comes_first(tmp_path: Path) -> None:
    """And then nothing is written."""
    assert signing_secret(tmp_path, "x" * 32) == b"x" * 32
    assert not list(tmp_path.iterdir())


def test_a_short_secret_is_refused(tmp_path: Path) -> None:
    """It would be easier to guess than to break."""
    with pytest.raises(ValueError, match="32 bytes"):
        signing_secret(tmp_path, "x" * 31)
