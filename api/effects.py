"""Does what commands lead to outside the log: at once, and never instead of an answer."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import msgspec
import structlog

from adapters.identity import Identity
from adapters.mail import Mail, Outbox, is_address
from adapters.nats.news import News
from adapters.rate_limits import Limit, RateLimits
from adapters.tokens import Claims, Signer, Use
from api.door import Door
from api.mails import Mails, Organization
from domain.base import Context
from domain.effects import (
    Effect,
    EndSession,
    EndSessions,
    ForgetPerson,
    MailChange,
    MailOffer,
    SendInvitation,
)
from domain.people.account import Offer
from domain.people.member_events import Invitation

CHECKS_PER_HOUR = 10
"""So many addresses one member has checked: each may be anybody's."""
MAILS_PER_HOUR = 20
"""Of one kind, from one organization to one address."""
logger = structlog.get_logger()


class Effects:
    """Where effects go."""

    def __init__(  # noqa: PLR0913 - all that effects are had on
        self,
        identity: Identity,
        door: Door,
        signer: Signer,
        outbox: Outbox,
        mails: Mails,
        rates: RateLimits,
    ) -> None:
        self._identity, self._door, self._rates = identity, door, rates
        self._signer, self._outbox, self._mails = signer, outbox, mails

    async def perform(self, effects: Iterable[Effect], context: Context) -> None:
        """All of them; one that fails is logged, because what it follows from has happened."""
        for effect in effects:
            try:
                await self._perform(effect, context)
            except Exception as error:  # noqa: BLE001 - whatever it was, the command is done
                logger.warning(
                    "effect_failed", effect=type(effect).__name__, error=type(error).__name__
                )

    async def _perform(self, effect: Effect, context: Context) -> None:
        match effect:
            case EndSessions(member=member, reason=reason, spared=spared):
                await self._identity.end_sessions(member, reason, context.now, spared)
                self._door.forget(News(member))
            case ForgetPerson(member=member):
                await self._identity.forget(member)
                self._door.forget(News(member))
            case EndSession(member=member):
                self._door.forget(News(member))
            case MailOffer():
                await self._offer(effect, context)
            case MailChange(what=what, to=to):
                await self._tell(what, to, context)
            case SendInvitation():
                await self._invite(effect, context)

    async def _invite(self, effect: SendInvitation, context: Context) -> None:
        member, invitation = effect.member, effect.invitation
        into = context.within(effect.organization or context.organization)
        person = await self._identity.person(into.organization, member)
        if person is None or person.username is None:
            return
        await self._limit("invitation", person.username, into)
        token = self._token("invitation", (member, person.username), invitation, into)
        names = await self._identity.names(context.organization, [context.actor])
        mail = self._mails.invitation(
            person.username,
            await self._organization(into),
            names.get(context.actor, "Somebody"),
            token,
            invitation.until,
        )
        await self._put(mail, invitation.id, context)

    async def _offer(self, effect: MailOffer, context: Context) -> None:
        """A reset goes to the address that he has, a check to that which he wants."""
        member, offer = effect.member, effect.offer
        if effect.use == "email_check":
            write = self._mails.email_check
            to = await self._identity.wanted_username(context.organization, member)
        else:
            write = self._mails.password_reset
            person = await self._identity.person(context.organization, member)
            to = None if person is None else person.username
        if to is None or not is_address(to):
            return
        await self._limit(effect.use, to, context)
        token = self._token(effect.use, (member, to), offer, context)
        mail = write(to, await self._organization(context), token, offer.until)
        await self._put(mail, offer.id, context)

    async def _tell(self, what: str, to: str, context: Context) -> None:
        if is_address(to):
            mail = self._mails.changed(what, to, await self._organization(context), context.now)
            await self._put(mail, context.id("told"), context)

    async def _limit(self, use: Use, to: str, context: Context) -> None:
        """Raises RateLimited: nobody makes us flood anybody."""
        limits = [
            Limit(
                f"mail/{use}/{context.organization}/{self._signer.address(to)}",
                MAILS_PER_HOUR,
                3600,
            )
        ]
        if use == "email_check":
            limits.append(Limit(f"mail/{use}/by/{context.actor}", CHECKS_PER_HOUR, 3600))
        await self._rates.check(limits, context.now)

    def _token(
        self, use: Use, whom: tuple[UUID, str], offered: Invitation | Offer, context: Context
    ) -> str:
        """`whom` is a member with the address that it is mailed to: for another it is of no use."""
        (member, to), until = whom, int(offered.until.timestamp())
        address, organization = self._signer.address(to), context.organization
        claims = Claims(use, offered.id, until, sub=member, org=organization, to=address)
        return self._signer.sign(claims)

    async def _organization(self, context: Context) -> Organization:
        known = await self._door.organization(context.organization)
        return Organization(known.id, known.title)

    async def _put(self, mail: Mail, id_: UUID, context: Context) -> None:
        """Under the id of what it offers: it is sent once."""
        await self._outbox.put(msgspec.structs.replace(mail, id=id_), context.now)
