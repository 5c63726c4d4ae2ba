"""What a command leads to outside the log, once its events are in it.

Nothing may depend on it: it is lost if a process dies in between, and it may come twice.
"""

from __future__ import annotations

from uuid import UUID

import msgspec

from domain.people.account import EndReason


class EndSessions(msgspec.Struct, frozen=True, kw_only=True):
    """A member's log-in sessions are over, but for one that is spared."""

    member: UUID
    reason: EndReason
    spared: UUID | None = None


Effect = EndSessions
