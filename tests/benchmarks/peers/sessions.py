"""Whose token a request has: what both HTTP peers ask first, and keep for two seconds."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple
from uuid import UUID

TOKEN = "a token of the peers, opaque and as long as one is"  # noqa: S105 - of a measurement
KEPT_SECONDS = 2.0


class Member(NamedTuple):
    """Who asks."""

    id: UUID
    organization: UUID
    permissions: frozenset[str]


class Sessions:
    """Looks a token up, and keeps what it found as long as Tallybook does."""

    def __init__(self, look_up: Callable[[str], Awaitable[Member | None]]) -> None:
        self._look_up = look_up
        self._kept: dict[str, tuple[float, Member]] = {}

    async def member(self, authorization: str | None, permission: str) -> Member | None:
        """Whose token it is, if he may."""
        token = (authorization or "").removeprefix("Bearer ")
        at, member = self._kept.get(token, (0.0, None))
        if time.monotonic() - at > KEPT_SECONDS:
            member = await self._look_up(token)
            if member:
                self._kept[token] = (time.monotonic(), member)
        return member if member and permission in member.permissions else None
