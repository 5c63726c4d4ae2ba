"""Log-in sessions and their tokens (domain.md 11)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec

from adapters.identity import Checked
from adapters.tokens import Claims, Signer, Unauthenticated
from domain.people.account import EndReason
from domain.settings import Settings
from projections.sql import statements

SQL = statements(__file__)

LONGEST_AGENT = 200
REUSE_GRACE = timedelta(seconds=10)
"""Two tabs may refresh with the same token; the second one gets the first one's answer."""


class RefreshReused(Unauthenticated, code="REFRESH_REUSED"):
    """This refresh token was used before, so its session has been ended; log in again."""


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a log-in and to a refresh, in the form of OAuth 2 (RFC 6749, 5.1)."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - the kind of token, no secret
    expires_in: int
    """Seconds."""
    refresh_token: str
    refresh_expires_in: int
    """Seconds; a refresh does not extend it."""


class Live(msgspec.Struct, frozen=True):
    """A session that has not ended, and whose it is."""

    session: UUID
    generation: int
    rotated_at: datetime
    expires_at: datetime
    member: UUID
    organization: UUID


class Sessions:
    """Every log-in session of the installation."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record], secret: bytes) -> None:
        self._pool, self._signer = pool, Signer(secret)

    async def start(
        self,
        checked: Checked,
        session: UUID,
        settings: Settings,
        now: datetime,
        agent: str | None = None,
    ) -> Tokens:
        """The first tokens of a new session; raises Unauthenticated if the password changed."""
        expires_at = now + timedelta(days=settings.refresh_token_days)
        agent = agent and printable(agent)
        values = (session, checked.member, now, expires_at, checked.password_hash, agent)
        if not await self._row("start", *values):
            raise Unauthenticated
        return self._tokens(session, 1, now, expires_at, settings)

    async def refreshing(self, token: str, now: datetime) -> tuple[Claims, Live]:
        """What a refresh token says, and its session; raises Unauthenticated."""
        claims = self._signer.read(token, "refresh", now)
        return claims, await self.live(claims.sid, now)

    async def refresh(
        self, claims: Claims, live: Live, settings: Settings, now: datetime
    ) -> Tokens:
        """Replaces a refresh token; an older one is of no use and raises RefreshReused."""
        row = await self._row("rotate", claims.sid, claims.gen, now)
        generation = row["generation"] if row else await self._refreshed_already(claims, now)
        return self._tokens(claims.sid, generation, now, live.expires_at, settings)

    async def _refreshed_already(self, claims: Claims, now: datetime) -> int:
        live = await self.live(claims.sid, now)
        if claims.gen >= live.generation:
            raise Unauthenticated
        if claims.gen < live.generation - 1 or now >= live.rotated_at + REUSE_GRACE:
            raise RefreshReused
        return live.generation

    async def accessing(self, token: str, now: datetime) -> tuple[Claims, Live]:
        """What an access token says, and its session; raises Unauthenticated."""
        claims = self._signer.read(token, "access", now)
        return claims, await self.live(claims.sid, now)

    async def live(self, session: UUID, now: datetime) -> Live:
        """The session; raises Unauthenticated if it has ended."""
        row = await self._row("live", session, now)
        if row is None:
            raise Unauthenticated
        return Live(*row)

    async def end(self, session: UUID, reason: EndReason, now: datetime) -> None:
        """Voids the session's tokens."""
        await self._row("end", session, now, reason)

    def _tokens(
        self, session: UUID, generation: int, now: datetime, ends: datetime, settings: Settings
    ) -> Tokens:
        until = min(now + timedelta(hours=settings.access_token_hours), ends)
        access = Claims("access", session, int(until.timestamp()), iat=int(now.timestamp()))
        refresh = Claims("refresh", session, int(ends.timestamp()), gen=generation)
        return Tokens(
            access_token=self._signer.sign(access),
            expires_in=int((until - now).total_seconds()),
            refresh_token=self._signer.sign(refresh),
            refresh_expires_in=int((ends - now).total_seconds()),
        )

    async def _row(self, statement: str, *arguments: object) -> asyncpg.Record | None:
        rows = await self._pool.fetch(SQL[statement], *arguments)
        return rows[0] if rows else None


def printable(agent: str) -> str:
    """What a browser says of itself, without what nobody can read, and not too long."""
    return "".join(sign for sign in agent if sign.isprintable())[:LONGEST_AGENT]
