"""Who people are: log-in, sessions, and the names that the log leaves out (domain.md 11)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from adapters.fresh import Fresh
from adapters.passwords import Passwords
from adapters.tokens import Claims, Signer, Unauthenticated
from domain.base import NOBODY, Conflicting, InvalidValue
from domain.permissions import ROLES, Permission, permissions
from domain.settings import Settings
from projections.sql import statements

SQL = statements(__file__)

REUSE_GRACE = timedelta(seconds=10)
"""Two tabs may refresh with the same token; the second one gets the first one's answer."""
PRINCIPAL_SECONDS = 2.0
"""So long a token may outlive its session or its member's deactivation."""
PRINCIPALS = 10_000
NAME_SECONDS = 30.0
"""So long a name may be shown after it was changed or erased."""
NAMES = 10_000


class RefreshReused(Unauthenticated, code="REFRESH_REUSED"):
    """This refresh token was used before, so its session has been ended; log in again."""

    ended: Ended | None = None


class UsernameTaken(Conflicting, code="USERNAME_TAKEN"):
    """Somebody else has that username."""


class UnknownRole(InvalidValue, code="UNKNOWN_ROLE"):
    """There is no such role to be granted."""


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a log-in and to a refresh, in the form of OAuth 2 (RFC 6749, 5.1)."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - the kind of token, no secret
    expires_in: int
    """Seconds."""
    refresh_token: str
    refresh_expires_in: int
    """Seconds; a refresh does not extend it."""


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking: an authenticated member with all that his roles allow."""

    organization: UUID
    member: UUID
    session: UUID
    name: str
    roles: tuple[str, ...]
    permissions: frozenset[Permission]
    warehouses: tuple[UUID, ...]
    settings: Settings


class Checked(msgspec.Struct, frozen=True):
    """A username with a password: whose it is, if anybody's, and whether he may come in by it."""

    member: UUID | None
    organization: UUID
    right: bool
    settings: Settings


class Ended(msgspec.Struct, frozen=True):
    """A session that is over, and whose it was."""

    organization: UUID
    member: UUID
    session: UUID


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person of an organization; without a username he cannot log in."""

    id: UUID
    organization: UUID
    name: str
    username: str | None
    roles: tuple[str, ...]
    warehouses: tuple[UUID, ...]
    active: bool


async def organization_named(
    database: asyncpg.Pool[asyncpg.Record] | asyncpg.Connection, named: str
) -> UUID | None:
    """The organization of that name or id."""
    rows = await database.fetch(SQL["organization"], named)
    return rows[0]["id"] if rows else None


class Identity:
    """Organizations, members and their sessions; the moment of each call is passed in as `now`."""

    def __init__(
        self,
        pool: asyncpg.Pool[asyncpg.Record],
        secret: bytes,
        passwords: Passwords | None = None,
    ) -> None:
        self._pool, self._signer = pool, Signer(secret)
        self._passwords = passwords or Passwords()
        self._principals: Fresh[str, tuple[Principal, datetime]] = Fresh(
            PRINCIPALS, PRINCIPAL_SECONDS
        )
        self._members: Fresh[tuple[UUID, UUID], Member] = Fresh(NAMES, NAME_SECONDS)

    async def check(self, username: str, password: str) -> Checked:
        """Whose username it is and whether the password is his; it takes as long for nobody's."""
        row = await self._row("log_in", username.strip().lower())
        known = await self._passwords.verify(row["password_hash"] if row else None, password)
        if row is None:
            return Checked(None, NOBODY, right=False, settings=Settings())
        right = known and bool(row["active"])
        return Checked(row["id"], row["organization_id"], right=right, settings=_settings(row))

    async def start_session(
        self, member: UUID, session: UUID, settings: Settings, now: datetime
    ) -> Tokens:
        """The first tokens of a member's new session."""
        expires_at = now + timedelta(days=settings.refresh_token_days)
        await self._row("start_session", session, member, now, expires_at)
        return self._tokens(session, 1, now, expires_at, settings)

    async def refresh(self, token: str, now: datetime) -> Tokens:
        """Replaces a refresh token; an older one ends its session and raises RefreshReused."""
        claims = self._signer.read(token, "refresh", now)
        row = await self._row("rotate", claims.sid, claims.gen, now)
        if row is None:
            row = await self._refreshed_already(claims, now)
        generation, expires_at = row["generation"], row["expires_at"]
        return self._tokens(claims.sid, generation, now, expires_at, _settings(row))

    async def _refreshed_already(self, claims: Claims, now: datetime) -> asyncpg.Record:
        row = await self._row("live_session", claims.sid, now)
        if row is None or claims.gen >= row["generation"]:
            raise Unauthenticated
        if claims.gen == row["generation"] - 1 and now < row["rotated_at"] + REUSE_GRACE:
            return row
        await self.end_session(claims.sid, "refresh_reused", now)
        reused = RefreshReused()
        reused.ended = Ended(row["organization_id"], row["id"], claims.sid)
        raise reused

    async def authenticate(self, access_token: str, now: datetime) -> Principal:
        """Whose token it is; raises Unauthenticated if it, its session or its member has ended."""
        at = now.timestamp()
        if (kept := self._principals.get(access_token, at)) and now < kept[1]:
            return kept[0]
        claims = self._signer.read(access_token, "access", now)
        row = await self._row("live_session", claims.sid, now)
        if row is None:
            raise Unauthenticated
        principal = _principal(claims.sid, row)
        expires_at = min(claims.expires_at, row["expires_at"])
        self._principals.put(access_token, (principal, expires_at), at)
        return principal

    async def end_session(self, session: UUID, reason: str, now: datetime) -> None:
        """Voids the session's tokens: here at once, in other processes within seconds."""
        await self._row("end_session", session, now, reason)
        self._principals.drop(lambda kept: kept[0].session == session)

    async def member(self, organization: UUID, member: UUID) -> Member | None:
        """The member, if he is one of that organization's."""
        return (await self._find(organization, [member])).get(member)

    async def names(self, organization: UUID, ids: Iterable[UUID]) -> dict[UUID, str]:
        """The names of those that are members of the organization."""
        return {one.id: one.name for one in (await self._find(organization, ids)).values()}

    async def _find(self, organization: UUID, ids: Iterable[UUID]) -> dict[UUID, Member]:
        at = asyncio.get_running_loop().time()
        wanted = {member: self._members.get((organization, member), at) for member in set(ids)}
        if missing := [member for member, kept in wanted.items() if kept is None]:
            for row in await self._rows("members", organization, missing):
                wanted[row["id"]] = member = _member(row)
                self._members.put((organization, member.id), member, at)
        return {key: member for key, member in wanted.items() if member is not None}

    async def organization(self, named: str) -> UUID | None:
        """The organization of that name or id."""
        return await organization_named(self._pool, named)

    async def settings(self, organization: UUID) -> Settings:
        """How the organization wants to work; the defaults where it does not say."""
        row = await self._row("settings", organization)
        return _settings(row) if row else Settings()

    async def create_organization(
        self,
        name: str,
        kind: str = "independent",
        settings: dict[str, Any] | None = None,
        id_: UUID | None = None,
    ) -> UUID:
        """The organization of that name, made if need be, with the settings off their defaults."""
        msgspec.convert(settings or {}, Settings)  # refuses what nobody could read back
        text = msgspec.json.encode(settings or {}).decode()
        return UUID(str((await self._made("create_organization", name, kind, text, id_))["id"]))

    async def create_member(  # noqa: PLR0913 - a member's columns
        self,
        organization: UUID,
        name: str,
        username: str | None = None,
        password: str | None = None,
        roles: tuple[str, ...] = ("member",),
        warehouses: tuple[UUID, ...] = (),
    ) -> UUID:
        """The member of that username, made if there is none; raises UsernameTaken, UnknownRole."""
        if not ROLES.keys() - {"system"} >= set(roles):
            raise UnknownRole(pointer="/roles")
        username = username and username.strip().lower()
        kept = password and await self._passwords.hash(password)
        values = (name, username, kept, list(roles), list(warehouses))
        row = await self._made("create_member", organization, *values)
        if row["organization_id"] != organization:
            raise UsernameTaken(pointer="/username")
        return UUID(str(row["id"]))

    async def change_password(self, member: UUID, password: str) -> None:
        """From now on he logs in with this one; his sessions go on."""
        await self._row("change_password", member, await self._passwords.hash(password))

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

    async def _rows(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        return await self._pool.fetch(SQL[statement], *arguments)

    async def _row(self, statement: str, *arguments: object) -> asyncpg.Record | None:
        rows = await self._rows(statement, *arguments)
        return rows[0] if rows else None

    async def _made(self, statement: str, *arguments: object) -> asyncpg.Record:
        return (await self._rows(statement, *arguments))[0]


def _settings(row: asyncpg.Record) -> Settings:
    return msgspec.json.decode(row["settings"], type=Settings)


def _principal(session: UUID, row: asyncpg.Record) -> Principal:
    roles = tuple(row["roles"])
    return Principal(
        organization=row["organization_id"],
        member=row["id"],
        session=session,
        name=row["name"],
        roles=roles,
        permissions=permissions(roles),
        warehouses=tuple(row["warehouses"]),
        settings=_settings(row),
    )


def _member(row: asyncpg.Record) -> Member:
    return Member(
        id=row["id"],
        organization=row["organization_id"],
        name=row["name"],
        username=row["username"],
        roles=tuple(row["roles"]),
        warehouses=tuple(row["warehouses"]),
        active=row["active"],
    )
