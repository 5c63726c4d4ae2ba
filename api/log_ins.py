"""Logging in: limited, counted, and locked after too many failures (domain.md 11)."""

from __future__ import annotations

import hmac
from datetime import datetime
from ipaddress import IPv4Address, IPv6Network, ip_address
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from adapters.fresh import Fresh
from adapters.identity import Identity
from adapters.log_in_sessions import RefreshReused, Sessions, Tokens
from adapters.nats.news import News
from adapters.rate_limits import Limit, RateLimits
from adapters.tokens import Unauthenticated
from api.commands import Commands, Decide, Task
from api.door import Door, Principal, Standing
from api.unit_of_work import Unit
from domain.base import NOBODY, Context
from domain.people.account import (
    Account,
    Attempt,
    EndReason,
    account_id,
    unknown_account_id,
)
from domain.permissions import Permission
from domain.settings import Settings

NOTED = 10_000
NOTED_SECONDS = 60.0
DEFAULTS = Settings()


def source(address: str) -> str:
    """What counts as one: of an IPv6 address its network, of which a subscriber has all of it."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, IPv4Address):
        return str(ip)
    return str(ip.ipv4_mapped or IPv6Network((int(ip), 64), strict=False))


class BadCredentials(Unauthenticated, code="BAD_CREDENTIALS"):
    """Username or password is wrong, or the account is locked for a while."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How often may be tried."""

    account_per_minute: int = 10
    source_per_minute: int = 300
    """Fifty counters share one router."""
    resets_per_hour: int = 5
    """Of one account."""
    suspected_per_hour: int = 10
    """So many failures from one source are a security event."""


class LogIns:
    """The one way in."""

    def __init__(  # noqa: PLR0913 - all that a log-in touches
        self,
        identity: Identity,
        sessions: Sessions,
        door: Door,
        commands: Commands,
        rates: RateLimits,
        secret: bytes,
        limits: Limits,
    ) -> None:
        self._identity, self._sessions, self._door = identity, sessions, door
        self._commands, self._rates = commands, rates
        self._secret, self._limits = secret, limits
        self._noted: Fresh[tuple[UUID, Permission], bool] = Fresh(NOTED, NOTED_SECONDS)

    async def log_in(
        self, username: str, password: str, address: str, now: datetime, agent: str | None = None
    ) -> Tokens:
        """Starts a session on what calls itself `agent`.

        Raises BadCredentials, whatever is wrong, or RateLimited.

        Whether somebody has the username is told neither by the answer nor by the work done for it.
        """
        source = await self._limit(username, address, now)
        checked = await self._identity.check(username, password)
        stream = account_id(checked.member) if checked.member else unknown_account_id(username)
        whose = (checked.member or NOBODY, checked.organization or NOBODY)
        standing = await self._door.standing(*whose)
        right = checked.right and standing.good
        attempt = await self._tried(checked.member, source, now, right=right)
        if not await self._attempt(stream, attempt, standing, now):
            raise BadCredentials
        settings = standing.organization.settings
        return await self._sessions.start(checked, attempt.session, settings, now, agent)

    async def prove(self, principal: Principal, password: str, address: str, now: datetime) -> str:
        """The username of the caller, whose password that is; raises BadCredentials.

        A wrong one is a failed log-in like any other.
        """
        person = await self._identity.person(principal.organization, principal.member)
        if person is None or person.username is None:
            raise BadCredentials
        source = await self._limit(person.username, address, now)
        checked = await self._identity.check(person.username, password)
        if not checked.right or await self._door.locked(principal.member, now):
            attempt = await self._tried(principal.member, source, now, right=False)
            standing = await self._door.standing(principal.member, principal.organization)
            await self._attempt(account_id(principal.member), attempt, standing, now)
            raise BadCredentials
        return person.username

    async def limit_resets(self, username: str, address: str, now: datetime) -> None:
        """Raises RateLimited if too many mails are asked for."""
        account = self._fingerprint(username.strip().lower())
        origin, limits = self._fingerprint(source(address)), self._limits
        await self._rates.check(
            [
                Limit(f"password_reset/account/{account}", limits.resets_per_hour, 3600),
                Limit(f"password_reset/source/{origin}", limits.source_per_minute, 60),
            ],
            now,
        )

    async def refresh(self, token: str, now: datetime) -> Tokens:
        """Replaces a refresh token; one that was used before ends its session (RefreshReused)."""
        claims, live = await self._sessions.refreshing(token, now)
        standing = await self._door.standing(live.member, live.organization)
        if not standing.good:
            raise Unauthenticated
        settings = standing.organization.settings
        try:
            return await self._sessions.refresh(claims, live, settings, now)
        except RefreshReused:
            await self.end(live.organization, live.member, live.session, "refresh_reused", now)
            raise

    async def end(
        self, organization: UUID, member: UUID, session: UUID, reason: EndReason, now: datetime
    ) -> None:
        """Ends a session: here at once, in other processes with the news or within seconds."""
        await self._sessions.end(session, reason, now)
        self._door.forget(News(member))

        async def decide(unit: Unit) -> Account:
            account = await unit.load(Account, account_id(member))
            account.end_session(member, session, reason, unit.context)
            return account

        await self._run(decide, organization, member, now)

    async def log_out(self, principal: Principal, now: datetime) -> None:
        """Ends the caller's session."""
        whose = (principal.organization, principal.member, principal.session)
        await self.end(*whose, "logged_out", now)

    async def refused(self, principal: Principal, permission: Permission, now: datetime) -> None:
        """Notes a refused permission; of the same one again within a minute nothing is noted."""
        key, at = (principal.member, permission), now.timestamp()
        if self._noted.get(key, at):
            return
        self._noted.put(key, value=True, at=at)

        async def decide(unit: Unit) -> Account:
            account = await unit.load(Account, account_id(principal.member))
            account.refuse(principal.member, permission, unit.context)
            return account

        await self._run(decide, principal.organization, principal.member, now)

    async def _run(
        self,
        decide: Decide,
        organization: UUID,
        actor: UUID,
        now: datetime,
        settings: Settings = DEFAULTS,
    ) -> None:
        context = Context(organization, actor, now, uuid7(), settings=settings)
        await self._commands.run(Task(decide, Account, context))

    async def _attempt(
        self, stream: UUID, attempt: Attempt, standing: Standing, now: datetime
    ) -> bool:
        entered = False

        async def decide(unit: Unit) -> Account:
            nonlocal entered
            account = await unit.load(Account, stream)
            entered = account.attempt(attempt, unit.context)
            return account

        actor, organization = attempt.member or NOBODY, standing.organization
        await self._run(decide, organization.id, actor, now, organization.settings)
        return entered

    async def _limit(self, username: str, address: str, now: datetime) -> str:
        """Counts a try; returns what stands for where it comes from, or raises RateLimited."""
        origin, limits = self._fingerprint(source(address)), self._limits
        account = self._fingerprint(username.strip().lower())
        await self._rates.check(
            [
                Limit(f"log_in/account/{account}", limits.account_per_minute, 60),
                Limit(f"log_in/source/{origin}", limits.source_per_minute, 60),
            ],
            now,
        )
        return origin

    async def _tried(
        self, member: UUID | None, source: str, now: datetime, *, right: bool
    ) -> Attempt:
        suspected = 0 if right else await self._failures(source, now)
        return Attempt(
            member=member, right=right, session=uuid7(), source=source, suspected=suspected
        )

    async def _failures(self, source: str, now: datetime) -> int:
        """The failures from there within the hour, when this one makes them suspicious."""
        most = self._limits.suspected_per_hour
        (found,) = await self._rates.hit([Limit(f"log_in/failed/{source}", most, 3600)], now)
        return found if found == most else 0

    def _fingerprint(self, text: str) -> str:
        """What tells two of them apart and nothing else: neither addresses nor names are kept."""
        return hmac.digest(self._secret, text.encode(), "sha256").hex()[:16]
