"""Who people are: their names and passwords, which the log leaves out (domain.md 11)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec

from adapters.fresh import Fresh
from adapters.passwords import Passwords
from domain.people.member import UsernameTaken
from domain.ports import Person
from projections.sql import statements

SQL = statements(__file__)

NAME_SECONDS = 30.0
"""So long a name may be shown after it was changed or erased."""
NAMES = 10_000
UNBORN = timedelta(minutes=1)
"""So long after he was registered a member may still be without an event."""


class Checked(msgspec.Struct, frozen=True):
    """A username with a password: whose it is, if anybody's, and whether it is his.

    `password_hash` is what it was compared with.
    """

    member: UUID | None
    organization: UUID | None
    right: bool
    password_hash: str


class Identity:
    """People by their ids; the moment of each call is passed in as `now`."""

    def __init__(
        self, pool: asyncpg.Pool[asyncpg.Record], passwords: Passwords | None = None
    ) -> None:
        self._pool = pool
        self._passwords = passwords or Passwords()
        self._people: Fresh[tuple[UUID, UUID], Person] = Fresh(NAMES, NAME_SECONDS)

    async def check(self, username: str, password: str) -> Checked:
        """Whose username it is and whether the password is his; it takes as long for nobody's."""
        rows = await self._rows("credentials", normal(username))
        kept = rows[0]["password_hash"] if rows else None
        right = await self._passwords.verify(kept, password)
        if not rows:
            return Checked(None, None, right=False, password_hash="")
        row = rows[0]
        return Checked(row["id"], row["organization_id"], right, kept or "")

    async def known(self, username: str) -> Person | None:
        """Whose username it is, in whatever organization."""
        rows = await self._rows("known", normal(username))
        return Person(*rows[0]) if rows else None

    async def register(self, person: Person, now: datetime) -> None:
        """Keeps who a member is, before his first event; raises UsernameTaken.

        A second time it is put right. A username that somebody was registered with who never had
        an event is free.
        """
        username = person.username and normal(person.username)
        values = (person.id, person.organization, person.name, username, now)
        try:
            await self._rows("register", *values)
        except asyncpg.UniqueViolationError:
            if not await self._rows("forget_unborn", now - UNBORN, username):
                raise UsernameTaken(pointer="/username") from None
            await self.register(person, now)
        self._people.drop(lambda known: known.id == person.id)

    async def forget_unborn(self, now: datetime) -> int:
        """Forgets who was registered and never had an event; says how many."""
        return len(await self._rows("forget_unborn", now - UNBORN, None))

    async def set_password(self, member: UUID, password: str) -> None:
        """From now on he logs in with this one."""
        await self._rows("set_password", member, await self._passwords.hash(password))

    async def forget(self, member: UUID) -> None:
        """Erases who he is: here at once, in other processes within half a minute."""
        await self._rows("forget", member)
        self._people.drop(lambda known: known.id == member)

    async def person(self, organization: UUID, member: UUID) -> Person | None:
        """Who he is, if he is one of that organization's."""
        return (await self._find(organization, [member])).get(member)

    async def names(self, organization: UUID, ids: Iterable[UUID]) -> dict[UUID, str]:
        """The names of those that are members of the organization."""
        return {one.id: one.name for one in (await self._find(organization, ids)).values()}

    async def _find(self, organization: UUID, ids: Iterable[UUID]) -> dict[UUID, Person]:
        at = asyncio.get_running_loop().time()
        wanted = {member: self._people.get((organization, member), at) for member in set(ids)}
        if missing := [member for member, kept in wanted.items() if kept is None]:
            for row in await self._rows("members", organization, missing):
                wanted[row["id"]] = person = Person(*row)
                self._people.put((organization, person.id), person, at)
        return {key: person for key, person in wanted.items() if person is not None}

    async def _rows(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        return await self._pool.fetch(SQL[statement], *arguments)


def normal(username: str) -> str:
    """A username as it is kept: people type their address as they please."""
    return username.strip().lower()
