"""Passwords under argon2id, off the event loop and a few at a time."""

from __future__ import annotations

import asyncio
import re
import secrets
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # it has no types

from domain.base import InvalidValue, Refused

R = TypeVar("R")

THREADS = 2
SHORTEST, LONGEST = 8, 1_000
"""Characters of a password, none of which has to be of any kind (NIST SP 800-63B, 5.1.1.2)."""
ESTIMATED = 72
"""So many of its characters are looked at: what these do not make strong, no others need to."""
HARD = 2
"""zxcvbn's score of what takes a million guesses; an account allows five in fifteen minutes."""
LONGEST_QUEUE = 64


class TooManyLogIns(Refused, code="TOO_MANY_LOG_INS"):
    """Too many log-ins are being checked; try again shortly."""


class WeakPassword(InvalidValue, code="WEAK_PASSWORD"):
    """Choose a password that is harder to guess: some words that nobody would expect together."""


class Passwords:
    """Hashes and verifies; each takes tens of milliseconds and 64 MiB, whatever the outcome."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody = unmatched(self._hasher)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._queued = 0

    async def hash(self, password: str) -> str:
        """The hash to keep, with its salt and its cost."""
        return await self._run(self._hasher.hash, password)

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; without a kept hash the same work ends in no."""
        return await self._run(self._matches, kept or self._nobody, password)

    def _matches(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (InvalidHashError, VerificationError):
            return False

    async def _run(self, work: Callable[..., R], *arguments: str) -> R:
        if self._queued >= LONGEST_QUEUE:
            raise TooManyLogIns(retry_after=1)
        self._queued += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, work, *arguments)
        finally:
            self._queued -= 1


def refuse_weak(password: str, username: str, pointer: str = "/password") -> None:
    """Raises WeakPassword for one that is short, common, or made of what everybody knows of him.

    To be asked wherever a password is set, and nowhere else: older ones still open their accounts.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        detail = f"A password has {SHORTEST} to {LONGEST} characters."
        raise WeakPassword(detail, pointer=pointer)
    known = [username, username.partition("@")[0], *re.split(r"\W+", username)]
    if zxcvbn(password[:ESTIMATED], user_inputs=known)["score"] < HARD:
        raise WeakPassword(pointer=pointer)


def unmatched(hasher: PasswordHasher) -> str:
    """A hash of the same cost that nobody knows a password for."""
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    salt, tag = (
        b64encode(secrets.token_bytes(size)).rstrip(b"=").decode()
        for size in (hasher.salt_len, hasher.hash_len)
    )
    return f"$argon2id$v=19${cost}${salt}${tag}"
