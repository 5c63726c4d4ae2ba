"""Passwords and the signing secret."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from adapters.configuration import BadConfiguration
from adapters.passwords import (
    LONGEST_QUEUE,
    Passwords,
    TooManyLogIns,
    WeakPassword,
    refuse_weak,
    unmatched,
)
from adapters.secret import signing_secret
from tests.console import tallybook

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
    """It would be easier to guess than to break; the line says which one it is."""
    with pytest.raises(BadConfiguration, match=r"TALLYBOOK_SECRET: .* 32 bytes"):
        signing_secret(tmp_path, "x" * 31)
    file = tmp_path / "secret"
    file.touch(mode=0o600)
    with pytest.raises(BadConfiguration, match=r"/secret: .* 32 bytes"):
        signing_secret(tmp_path)


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o602, 0o660])
def test_a_secret_that_others_may_read_is_none(tmp_path: Path, mode: int) -> None:
    """Nor one that others may write."""
    signing_secret(tmp_path)
    (tmp_path / "secret").chmod(mode)
    with pytest.raises(BadConfiguration, match="others may read it"):
        signing_secret(tmp_path)


def test_whoever_starts_the_product_is_told_of_such_a_secret(tmp_path: Path) -> None:
    """And what to do, in one line."""
    (tmp_path / "home").mkdir()
    file = tmp_path / "home" / "secret"
    signing_secret(tmp_path / "home")
    file.chmod(0o604)
    nowhere = {"DATABASE_URL": "postgresql://x@127.0.0.1:1/x", "NATS_URL": "nats://127.0.0.1:1"}
    variables = {f"TALLYBOOK_{name}": url for name, url in nowhere.items()}
    ended = tallybook("api", TALLYBOOK_HOME=str(tmp_path / "home"), **variables)
    assert ended.returncode == 1
    assert f"{file}: others may read it; make a new one, with mode 600" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("password", "username"),
    [
        ("2short7", ""),
        ("", ""),
        ("x" * 1001, ""),
        ("password", ""),
        ("password1234", ""),
        ("Passw0rd!", ""),
        ("qwertyuiop12", ""),
        ("123456789012", ""),
        ("aaaaaaaaaaaaaaaa", ""),
        ("hunter2hunter2", ""),
        ("ann.lee@example.org", "ann.lee@example.org"),
        ("ANN.LEE@example.org1", "ann.lee@example.org"),
        ("ann.lee1", "ann.lee@example.org"),
    ],
)
def test_a_password_that_is_soon_guessed_is_refused(password: str, username: str) -> None:
    """Common, short, repeated, or the username with something behind it."""
    with pytest.raises(WeakPassword) as refusal:
        refuse_weak(password, username)
    assert refusal.value.pointer == "/password"


@pytest.mark.parametrize(
    "password",
    [
        "correct horse",
        "k8Xp-2_q",
        "a sparrow in the rain",
        "passw\u00f6rter sind",
        "7" * 3 + "dXkq&" * 190,
    ],
)
def test_a_password_may_be_made_of_anything(password: str) -> None:
    """Words, spaces, letters of any alphabet, as long as it is hard to guess."""
    refuse_weak(password, "ann.lee@example.org")
