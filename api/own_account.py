"""What somebody does to his own account: a first password, another, a forgotten one, an address."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from adapters.identity import Identity
from adapters.nats.news import News
from adapters.passwords import refuse_weak
from adapters.tokens import Signer, Unauthenticated
from api.commands import Commands, Task
from api.door import Door, Principal
from api.log_ins import LogIns
from api.unit_of_work import Unit
from domain.base import NOBODY, Context
from domain.directory import Person
from domain.effects import MailChange, MailOffer
from domain.people.account import Account, account_id, unknown_account_id
from domain.people.member import Member
from domain.people.offer import OfferUse, OfferVoid


class Opened(msgspec.Struct, frozen=True):
    """What a token that came by mail opens: the offer `id` to `person`, who acts in `context`."""

    id: UUID
    person: Person
    address: str
    """Whereto it was mailed."""
    context: Context


class OwnAccount:
    """Sets and changes passwords, and confirms addresses.

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

        whose = (principal.organization, principal.member)
        context = Context(*whose, now, uuid7(), settings=principal.settings)
        await self._commands.run(Task(decide, Account, context))
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
        context = Context(organization, member or NOBODY, now, uuid7(), settings=settings)
        await self._commands.run(Task(decide, Account, context))

    async def accept_invitation(self, token: str, password: str, now: datetime) -> None:
        """Sets his first password; raises OfferVoid, whatever is wrong, or WeakPassword.

        Killed behind the event, he sends the same again, as long as there is no password. Of all
        who send it at once, one gets in.
        """
        opened = await self._opened(token, "invitation", now)
        person = opened.person
        if person.has_password:
            raise OfferVoid(pointer="/token")
        refuse_weak(password, opened.address)

        async def decide(unit: Unit) -> Member:
            member = await unit.load(Member, person.id)
            member.accept(opened.id, unit.context)
            return member

        await self._commands.run(Task(decide, Member, opened.context))
        if not await self._identity.set_first_password(person.id, opened.address, password, now):
            raise OfferVoid(pointer="/token")

    async def reset_password(self, token: str, new: str, now: datetime) -> None:
        """Sets another one and ends all sessions; raises OfferVoid or WeakPassword."""
        opened = await self._opened(token, "password_reset", now)
        person = opened.person
        if not person.has_password:
            raise OfferVoid(pointer="/token")
        hashed = ""

        async def decide(unit: Unit) -> Account:
            nonlocal hashed
            account = await unit.load(Account, account_id(person.id))
            account.check_offer("password_reset", opened.id, unit.context)
            refuse_weak(new, opened.address, "/password")
            hashed = hashed or await self._identity.hashed(new)
            account.reset_password(person.id, opened.id, unit.context)
            unit.then(MailChange(what="password", to=opened.address))
            return account

        await self._commands.run(Task(decide, Account, opened.context))
        await self._replace(person.id, hashed, now)

    async def verify_email(self, token: str, now: datetime) -> None:
        """The address that this came to is his username from now on.

        Raises OfferVoid, or UsernameTaken where it is somebody else's.
        """
        opened = await self._opened(token, "email_check", now)
        person = opened.person

        async def decide(unit: Unit) -> Account:
            account = await unit.load(Account, account_id(person.id))
            account.check_offer("email_check", opened.id, unit.context)
            if not await self._identity.confirm_username(person.id, opened.address, now):
                raise OfferVoid(pointer="/token")
            account.verify_email(person.id, opened.id, unit.context)
            if person.username not in {None, opened.address}:
                unit.then(MailChange(what="mail address", to=str(person.username)))
            return account

        await self._commands.run(Task(decide, Account, opened.context))

    async def _replace(
        self, member: UUID, hashed: str, now: datetime, spared: UUID | None = None
    ) -> None:
        await self._identity.replace_password(member, hashed, now, spared)
        self._door.forget(News(member))

    async def _opened(self, token: str, use: OfferUse, now: datetime) -> Opened:
        """Raises OfferVoid for what is no token of ours, or not for who may act at its address."""
        try:
            claims = self._signer.read(token, use, now)
        except Unauthenticated:
            raise OfferVoid(pointer="/token") from None
        person = await self._identity.person(claims.org, claims.sub)
        standing = await self._door.standing(claims.sub, claims.org)
        if person is None or not standing.good:
            raise OfferVoid(pointer="/token")
        to = person.username
        if use == "email_check":
            to = await self._identity.wanted_username(claims.org, claims.sub)
        if to is None or claims.to != self._signer.address(to):
            raise OfferVoid(pointer="/token")
        settings = standing.organization.settings
        context = Context(claims.org, claims.sub, now, uuid7(), settings=settings)
        return Opened(claims.sid, person, to, context)
