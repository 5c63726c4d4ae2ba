"""What a command leads to outside the log, once its events are in it.

Nothing may depend on it: it is lost if a process dies in between, and it may come twice.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec

from domain.people.account import EndReason
from domain.people.offer import Offer, OfferUse


class EndSessions(msgspec.Struct, frozen=True, kw_only=True):
    """A member's log-in sessions are over, but for one that is spared."""

    member: UUID
    reason: EndReason
    spared: UUID | None = None


class EndSession(msgspec.Struct, frozen=True, kw_only=True):
    """One log-in session of a member is over: its tokens are asked about anew."""

    member: UUID


class MailOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A member is sent what he was offered; who lost it is offered another one.

    He is of the actor's organization, unless another one is named.
    """

    member: UUID
    use: OfferUse
    offer: Offer
    organization: UUID | None = None


class MailChange(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever reads mail at `to` is told that something that opens his account is another now."""

    what: Literal["password", "mail address"]
    to: str

    def __repr__(self) -> str:
        return type(self).__name__


class ForgetPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Who a member was goes from the directory, and his log-in with it."""

    member: UUID


Effect = EndSessions | EndSession | MailOffer | MailChange | ForgetPerson
