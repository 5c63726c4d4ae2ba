"""Offer: what a token that came by mail opens, once: a log-in, a new password, an address."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from domain.base import Context, InvalidValue

OfferUse = Literal["invitation", "password_reset", "email_check"]


class OfferVoid(InvalidValue, code="OFFER_VOID"):
    """This was used, replaced or withdrawn, or its time is over: ask for another mail."""


class Offer(NamedTuple):
    """Good until then, and as long as no newer one takes its place."""

    id: UUID
    until: datetime


def check(newest: Offer | None, offer: UUID, context: Context) -> None:
    """Raises OfferVoid unless that is the newest, and not too old."""
    if newest is None or newest.id != offer or context.now >= newest.until:
        raise OfferVoid(pointer="/token")
