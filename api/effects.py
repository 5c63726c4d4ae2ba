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
from adapters.tokens import Claims, Signer
from api.door import Door
from api.mails import Mails
from domain.base import Aggregate, Context
from domain.effects import Effect, EndSession, EndSessions, ForgetPerson, MailChange, MailOffer
from domain.people.member import Member
from domain.people.offer import OfferUse
from domain.people.organization import Organization

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

    def notice(self, touched: Iterable[Aggregate]) -> None:
        """What the door knows of them is old: here at once, elsewhere by the news."""
        for one in touched:
            if isinstance(one, (Member, Organization)):
                self._door.forget(News(one.id))

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

    async def _offer(self, effect: MailOffer, context: Context) -> None:
        offer, into = effect.offer, effect.organization or context.organization
        to = await self._recipient(effect, into)
        if to is None or not is_address(to):
            return
        await self._limit(effect.use, to, context.within(into))
        until = int(offer.until.timestamp())
        whose = self._signer.address(to)  # for another address it is of no use
        claims = Claims(effect.use, offer.id, until, sub=effect.member, org=into, to=whose)
        token = self._signer.sign(claims)
        house = await self._door.organization(into)
        match effect.use:
            case "invitation":
                names = await self._identity.names(context.organization, [context.actor])
                inviting = names.get(context.actor, "Somebody")
                mail = self._mails.invitation(to, house, inviting, token, offer.until)
            case "password_reset":
                mail = self._mails.password_reset(to, house, token, offer.until)
            case "email_check":
                mail = self._mails.email_check(to, house, token, offer.until)
        await self._put(mail, offer.id, context)

    async def _recipient(self, effect: MailOffer, organization: UUID) -> str | None:
        """A check goes to the address that he wants, all else to that which he has."""
        if effect.use == "email_check":
            return await self._identity.wanted_username(organization, effect.member)
        person = await self._identity.person(organization, effect.member)
        return None if person is None else person.username

    async def _tell(self, what: str, to: str, context: Context) -> None:
        if is_address(to):
            house = await self._door.organization(context.organization)
            mail = self._mails.changed(what, to, house, context.now)
            await self._put(mail, context.id("told"), context)

    async def _limit(self, use: OfferUse, to: str, context: Context) -> None:
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

    async def _put(self, mail: Mail, id_: UUID, context: Context) -> None:
        """Under the id of what it offers: it is sent once."""
        await self._outbox.put(msgspec.structs.replace(mail, id=id_), context.now)
