"""Does what commands lead to outside the log: at once, and never instead of an answer."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import structlog

from adapters.identity import Identity
from adapters.mail import Outbox
from adapters.nats.news import News
from adapters.tokens import Claims, Signer
from api.door import Door
from api.mails import Mails, Organization
from domain.base import Context
from domain.effects import Effect, EndSessions, ForgetPerson, SendInvitation

logger = structlog.get_logger()


class Effects:
    """Where effects go."""

    def __init__(
        self, identity: Identity, door: Door, signer: Signer, outbox: Outbox, mails: Mails
    ) -> None:
        self._identity, self._door = identity, door
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
            case SendInvitation():
                await self._invite(effect, context)

    async def _invite(self, effect: SendInvitation, context: Context) -> None:
        """Mails the token, under the id of the invitation: it is sent once."""
        member, invitation = effect.member, effect.invitation
        person = await self._identity.person(context.organization, member)
        if person is None or person.username is None:
            return
        claims = Claims(
            "invitation",
            invitation.id,
            int(invitation.until.timestamp()),
            sub=member,
            org=context.organization,
        )
        names = await self._identity.names(context.organization, [context.actor])
        mail = self._mails.invitation(
            person.username,
            Organization(context.organization, context.organization_name),
            names.get(context.actor, "Somebody"),
            self._signer.sign(claims),
            invitation.until,
        )
        await self._outbox.put(msgspec.structs.replace(mail, id=invitation.id), context.now)
