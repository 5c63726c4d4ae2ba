"""Separation of duties: whoever did one part of a thing may not do the other (domain.md 1.1).

An admin may override a rule with a reason where nobody else can, which only he can know. The event
that follows carries the `Override`; so it is in the stream for good, and a security event.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal
from uuid import UUID

import msgspec

from domain.base import Context, Forbidden
from domain.permissions import Permission

Rule = Literal["completer_is_not_the_only_counter"]
"""Each rule by what it asks for; a new one is added here."""


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that was broken knowingly: by whom, and why nobody else could do it."""

    rule: Rule
    by: UUID
    reason: str


class DutiesNotSeparated(Forbidden, code="DUTIES_NOT_SEPARATED"):
    """Somebody else has to do this; where nobody else can, an admin may override it."""


class OverridingNeedsAdmin(Forbidden, code="OVERRIDING_NEEDS_ADMIN"):
    """Only an admin may override the separation of duties."""


def granted(reason: str | None, context: Context) -> str | None:
    """The actor's reason to override; refuses one from who may not."""
    if reason is not None and not context.may(Permission.DUTIES_OVERRIDE):
        raise OverridingNeedsAdmin(pointer="/override")
    return reason


def separate(
    rule: Rule, actor: UUID, others: Collection[UUID], reason: str | None
) -> Override | None:
    """Refuses an actor who is one of the others, unless there is a granted reason.

    What comes back belongs into the event: the override, or None where none was needed.
    """
    if actor not in others:
        return None
    if reason is None:
        raise DutiesNotSeparated(rule=rule)
    return Override(rule=rule, by=actor, reason=reason)
