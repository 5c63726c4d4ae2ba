"""What somebody does to his own account: another password, a forgotten one, another address."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from adapters.identity import Identity
from adapters.nats.news import News
from adapters.passwords import refuse_weak
from adapters.tokens import Claims, Signer, Unauthenticated
from api.commands import Commands, Decide, Task
from api.door import Door, Principal
from api.log_ins import LogIns
from api.unit_of_work import Unit
from domain.base import NOBODY, Context
from domain.effects import MailChange, MailOffer
from domain.people.account import (
    Account,
    OfferUse,
    OfferVoid,
    account_id,
    unknown_account_id,
)
from domain.settings import Settings


class OwnAccount:
    """Changes passwords and confirms addresses.

    Whatever concerns a password is in the log before it is in force: what was acknowledged has its
    event, and who is killed in between does it again.
    """

    def __init__(
        self,
        identity: Identity,
        door: Door,
        log_ins: LogIns,
        commands: Commands,
        signer: Signer,
    ) -> None:
        self._identity, self._door, self._log_ins = identity, door, log_ins
        self._commands, self._signer = commands, signer

    async def change_password(
        self, principal: Principal, current: str, new: str, address: str, now: datetime
    ) -> None:
        """Sets another one and ends his other sessions.

        Raises BadCredentials, which counts as a failed log-in, RateLimited or WeakPassword.
        """
        username = await self._log_ins.prove(principal, current, address, now)
        refuse_weak(new, username, "/new")
        hashed = await self._identity.hashed(new)

        async def decide(unit: Unit) -> Account:
            account = await unit.load(Account, account_id(principal.member))
            account.change_password(principal.member, principal.session, unit.context)
            unit.then(MailChange(what="password", to=username))
            return account

        await self._run(decide, principal.organization, principal.member, now, principal.settings)
        await self._replace(principal.member, hashed, now, principal.session)

    async def ask_reset(self, username: str, now: datetime) -> None:
        """Mails a token to whoever logs in with that username; for others' as much is written.

        Who was invited gets in by his invitation, as long as that is good.
        """
        known = await self._identity.known(username)
        member, organization = (known.id, known.organization) if known else (None, NOBODY)
        standing = await self._door.standing(member or NOBODY, organization)
        stream = account_id(member) if member else unknown_account_id(username)

        async def decide(unit: Unit) -> Account:
            account = await unit.load(Account, stream)
            offer = account.offer("password_reset", member, unit.context)
            if known is not None and known.has_password and standing.good:
                unit.then(MailOffer(member=known.id, use="password_reset", offer=offer))
            return account

        settings = standing.organization.settings
        await self._run(decide, organization, member or NOBODY, now, settings)

    async def reset_password(self, token: str, new: str, now: datetime) -> None:
        """Sets another one and ends all sessions; raises OfferVoid or WeakPassword."""
        claims = self._read(token, "password_reset", now)
        person = await self._identity.person(claims.org, claims.sub)
        standing = await self._door.standing(claims.sub, claims.org)
        if person is None or not person.has_password or not standing.good:
            raise OfferVoid(pointer="/token")
        if claims.to != self._signer.address(str(person.username)):
            raise OfferVoid(pointer="/token")
        hashed = ""

        async def decide(unit: Unit) -> Account:
            nonlocal hashed
            account = await unit.load(Account, account_id(claims.sub))
            account.check_offer("password_reset", claims.sid, unit.context)
            refuse_weak(new, str(person.username), "/password")
            hashed = hashed or await self._identity.hashed(new)
            account.reset_password(claims.sub, claims.sid, unit.context)
            unit.then(MailChange(what="password", to=str(person.username)))
            return account

        await self._run(decide, claims.org, claims.sub, now, standing.organization.settings)
        await self._replace(claims.sub, hashed, now)

    async def verify_email(self, token: str, now: datetime) -> None:
        """The address that this came to is his username from now on.

        Raises OfferVoid, or UsernameTaken where it is somebody else's.
        """
        claims = self._read(token, "email_check", now)
        person = await self._identity.person(claims.org, claims.sub)
        wanted = await self._identity.wanted_username(claims.org, claims.sub)
        standing = await self._door.standing(claims.sub, claims.org)
        if person is None or wanted is None or not standing.good:
            raise OfferVoid(pointer="/token")
        if claims.to != self._signer.address(wanted):
            raise OfferVoid(pointer="/token")

        async def decide(unit: Unit) -> Account:
            account = await unit.load(Account, account_id(claims.sub))
            account.check_offer("email_check", claims.sid, unit.context)
            if not await self._identity.confirm_username(claims.sub, wanted, now):
                raise OfferVoid(pointer="/token")
            account.verify_email(claims.sub, claims.sid, unit.context)
            if person.username not in {None, wanted}:
                unit.then(MailChange(what="mail address", to=str(person.username)))
            return account

        await self._run(decide, claims.org, claims.sub, now, standing.organization.settings)

    async def _replace(
        self, member: UUID, hashed: str, now: datetime, spared: UUID | None = None
    ) -> None:
        await self._identity.replace_password(member, hashed, now, spared)
        self._door.forget(News(member))

    async def _run(
        self, decide: Decide, organization: UUID, actor: UUID, now: datetime, settings: Settings
    ) -> None:
        context = Context(organization, actor, now, uuid7(), settings=settings)
        await self._commands.run(Task(decide, Account, context))

    def _read(self, token: str, use: OfferUse, now: datetime) -> Claims:
        try:
            return self._signer.read(token, use, now)
        except Unauthenticated:
            raise OfferVoid(pointer="/token") from None
