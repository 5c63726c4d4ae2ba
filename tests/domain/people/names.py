"""A directory in memory: who people are, and whose log-in sessions were ended."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from domain.base import NEVER
from domain.directory import Person
from domain.people.account import EndReason
from domain.people.member import UsernameTaken


class Names:
    """Everybody by id."""

    def __init__(self) -> None:
        self.people: dict[UUID, Person] = {}
        self.ended: list[UUID] = []

    async def register(self, person: Person, _: datetime) -> None:
        """Keeps him."""
        for other in self.people.values():
            if person.username and other.username == person.username and other.id != person.id:
                raise UsernameTaken(pointer="/username")
        self.people[person.id] = person

    async def known(self, username: str) -> Person | None:
        """Whose username it is."""
        return next((one for one in self.people.values() if one.username == username), None)

    async def person(self, organization: UUID, member: UUID) -> Person | None:
        """Who he is."""
        found = self.people.get(member)
        return found if found and found.organization == organization else None

    async def rename(self, _: UUID, member: UUID, name: str) -> None:
        """Keeps it."""
        self.people[member] = replace(self.people[member], name=name)

    async def readdress(self, person: Person) -> None:
        """Keeps him."""
        await self.register(person, NEVER)

    async def end_session(self, _: UUID, __: datetime) -> None:
        """Nobody has one."""

    async def end_sessions(self, member: UUID, _: EndReason, __: datetime) -> None:
        """Notes it."""
        self.ended.append(member)

    async def want_username(self, _: UUID, __: UUID, ___: str) -> None:
        """Nothing here asks for it."""

    async def logged_in(self, _: UUID, __: UUID, ___: datetime) -> UUID | None:
        """Nobody is."""
        return None
