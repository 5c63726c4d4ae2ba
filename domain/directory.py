"""What the domain asks about who people are; that stands outside the log, to be forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from domain.people.account import EndReason


class Person(msgspec.Struct, frozen=True):
    """Who a member is: all that may have to be forgotten; who has no username cannot log in."""

    id: UUID
    organization: UUID
    name: str
    username: str | None = None
    has_password: bool = False
    """Whether he can log in: this is told, and never kept."""


class Directory(Protocol):
    """Who people are."""

    async def register(self, person: Person, now: datetime) -> None:
        """Keeps who a member is, before the event that follows from it; raises UsernameTaken."""
        ...

    async def known(self, username: str) -> Person | None:
        """Whose username it is, in whatever organization."""
        ...

    async def person(self, organization: UUID, member: UUID) -> Person | None:
        """Who he is now, if he is one of that organization's."""
        ...

    async def rename(self, organization: UUID, member: UUID, name: str) -> None:
        """He is called that, if he is still there."""
        ...

    async def readdress(self, person: Person) -> None:
        """Another name and username for one who has no password; raises UsernameTaken."""
        ...

    async def want_username(self, organization: UUID, member: UUID, username: str) -> None:
        """Keeps an address that he says is his."""
        ...

    async def logged_in(self, session: UUID, organization: UUID, now: datetime) -> UUID | None:
        """Whose live log-in session of that organization it is."""
        ...

    async def end_session(self, session: UUID, now: datetime) -> None:
        """Voids its tokens: before it is said that they are."""
        ...

    async def end_sessions(self, member: UUID, reason: EndReason, now: datetime) -> None:
        """Ends what log-in sessions he has."""
        ...
