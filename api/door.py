"""Who is asking: a session of identity, and what the log says of its member and organization.

No permission waits for a projection. What is kept is at most some seconds old, and on the news that
NATS brings it is asked for again at once.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import UUID

import msgspec

from adapters.fresh import Fresh
from adapters.identity import Identity
from adapters.log_in_sessions import Sessions
from adapters.nats.news import News
from adapters.tokens import Unauthenticated
from api.aggregates import Aggregates
from domain.base import NOBODY
from domain.people.account import Account, account_id
from domain.people.member import Member
from domain.people.organization import Organization
from domain.permissions import Permission, permissions
from domain.ports import NEWEST
from domain.settings import Settings

FRESH_SECONDS = 2.0
"""So long a token may outlive its session, its member's deactivation or a role, without NATS."""
PRINCIPALS = 10_000
TENANTS = 1_000
CONCERNING = (
    f"{Member.name}.*",
    f"{Organization.name}.*",
    f"{Account.name}.session_ended",
    f"{Account.name}.password_changed",
)
"""The events that may change who may do what."""


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking: an authenticated member with all that his roles allow."""

    organization: UUID
    member: UUID
    session: UUID
    roles: tuple[str, ...]
    permissions: frozenset[Permission]
    warehouses: tuple[UUID, ...]
    settings: Settings
    organization_name: str
    organization_type: str


class Standing(msgspec.Struct, frozen=True):
    """A member and his organization, as the log has them."""

    member: Member
    organization: Organization

    @property
    def good(self) -> bool:
        """Whether he may act at all."""
        known = self.member.version and self.organization.version
        return bool(known) and self.member.active and self.organization.active


class Door:
    """Lets callers in; the moment of each call is passed in as `now`."""

    def __init__(self, identity: Identity, sessions: Sessions, aggregates: Aggregates) -> None:
        self._identity, self._sessions = identity, sessions
        self._aggregates = aggregates
        self._principals: Fresh[str, tuple[Principal, datetime]] = Fresh(PRINCIPALS, FRESH_SECONDS)
        self._tenants: Fresh[UUID, Organization] = Fresh(TENANTS, FRESH_SECONDS)

    async def authenticate(self, access_token: str, now: datetime) -> Principal:
        """Whose token it is; raises Unauthenticated if it, its session or its member has ended."""
        at = now.timestamp()
        if (kept := self._principals.get(access_token, at)) and now < kept[1]:
            return kept[0]
        claims, live = await self._sessions.accessing(access_token, now)
        standing = await self.standing(live.member, live.organization)
        if not standing.good:
            raise Unauthenticated
        principal = _principal(live.session, standing)
        expires_at = min(claims.expires_at, live.expires_at)
        self._principals.put(access_token, (principal, expires_at), at)
        return principal

    async def standing(self, member: UUID, organization: UUID) -> Standing:
        """What the log says of them now."""
        found = await self._aggregates.as_of(Member, member, NEWEST)
        assert isinstance(found, Member)  # noqa: S101 - as asked
        return Standing(found, await self._organization(organization))

    async def locked(self, member: UUID, now: datetime) -> bool:
        """Whether the member's account takes no password."""
        found = await self._aggregates.as_of(Account, account_id(member), NEWEST)
        assert isinstance(found, Account)  # noqa: S101 - as asked
        return found.locked(now)

    async def organization(self, id_: UUID) -> Organization:
        """An organization, blank if there is none; at most some seconds old."""
        at = asyncio.get_running_loop().time()
        if (kept := self._tenants.get(id_, at)) is not None:
            return kept
        found = await self._organization(id_)
        if found.version:
            self._tenants.put(id_, found, at)
        return found

    async def _organization(self, id_: UUID) -> Organization:
        found = await self._aggregates.as_of(Organization, id_, NEWEST)
        assert isinstance(found, Organization)  # noqa: S101 - as asked
        return found

    async def settings(self, organization: UUID) -> Settings:
        """How the organization wants to work; the defaults where it does not say."""
        return (await self.organization(organization)).settings

    async def names(self, organization: UUID, ids: list[UUID]) -> dict[UUID, str]:
        """What members are called."""
        return await self._identity.names(organization, ids)

    def forget(self, news: News) -> None:
        """Asks anew whoever that is about."""
        about = {news.stream, news.member or NOBODY}
        self._tenants.drop(lambda kept: kept.id in about)
        self._principals.drop(lambda kept: bool(about & {kept[0].member, kept[0].organization}))


def _principal(session: UUID, standing: Standing) -> Principal:
    member, organization = standing.member, standing.organization
    return Principal(
        organization=organization.id,
        member=member.id,
        session=session,
        roles=member.roles,
        permissions=permissions(member.roles),
        warehouses=member.warehouses,
        settings=organization.settings,
        organization_name=organization.title,
        organization_type=organization.type,
    )
