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
from domain.directory import Person
from domain.people.account import EndReason
from domain.people.member import UsernameTaken
from projections.sql import statements

SQL = statements(__file__)

NAME_SECONDS = 30.0
"""So long a name may be shown after it was changed or erased."""
NAMES = 10_000
OVER = timedelta(days=30)
"""So long an ended session is kept."""
ERASED = 1_000
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
        self._names: Fresh[tuple[UUID, UUID], tuple[UUID, str]] = Fresh(NAMES, NAME_SECONDS)

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
        """Keeps who a member is, before the event that follows from it; raises UsernameTaken.

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
        self._drop(person.id)

    async def rename(self, organization: UUID, member: UUID, name: str) -> None:
        """He is called that, if he is still there."""
        await self._rows("rename", organization, member, name)
        self._drop(member)

    async def readdress(self, person: Person) -> None:
        """Another name and username for one who is still there and has no password.

        Raises UsernameTaken.
        """
        username = person.username and normal(person.username)
        values = (person.organization, person.id, person.name, username)
        try:
            await self._rows("readdress", *values)
        except asyncpg.UniqueViolationError:
            raise UsernameTaken(pointer="/username") from None
        self._drop(person.id)

    async def forget_unborn(self, now: datetime) -> int:
        """Forgets who was registered and never had an event; says how many."""
        return len(await self._rows("forget_unborn", now - UNBORN, None))

    async def set_password(self, member: UUID, password: str) -> None:
        """From now on he logs in with this one."""
        await self._rows("set_password", member, await self._passwords.hash(password))

    async def set_first_password(
        self, member: UUID, username: str, password: str, now: datetime
    ) -> bool:
        """He logs in with this one, unless he has one: of all who try, one succeeds.

        The mail that brought him here has reached him at that username.
        """
        hashed = await self._passwords.hash(password)
        return bool(await self._rows("set_first_password", member, username, hashed, now))

    async def hashed(self, password: str) -> str:
        """What is kept of it; raises TooManyLogIns, so it comes before whatever stays."""
        return await self._passwords.hash(password)

    async def replace_password(
        self, member: UUID, hashed: str, now: datetime, spared: UUID | None = None
    ) -> None:
        """He logs in with that one, and his sessions end but for one, both or neither."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(SQL["replace_password"], member, hashed)
            # A statement of its own: it sees the sessions that the first one waited for.
            ended = (member, now, "password_changed", spared)
            await connection.execute(SQL["end_sessions"], *ended)

    async def want_username(self, organization: UUID, member: UUID, username: str) -> None:
        """Keeps an address that he says is his, also one that is somebody's: nobody is told."""
        await self._rows("want_username", organization, member, normal(username))

    async def wanted_username(self, organization: UUID, member: UUID) -> str | None:
        """The address that is to be confirmed, else that which he has."""
        rows = await self._rows("wanted_username", organization, member)
        return rows[0][0] if rows else None

    async def confirm_username(self, member: UUID, wanted: str, now: datetime) -> bool:
        """Whether he logs in with that address now: if he wants it still; raises UsernameTaken."""
        try:
            return bool(await self._rows("confirm_username", member, wanted, now))
        except asyncpg.UniqueViolationError:
            raise UsernameTaken(pointer="/token") from None

    async def logged_in(self, session: UUID, organization: UUID, now: datetime) -> UUID | None:
        """Whose live session of that organization it is."""
        rows = await self._rows("logged_in", session, organization, now)
        return rows[0]["id"] if rows else None

    async def end_session(self, session: UUID, now: datetime) -> None:
        """Voids the session's tokens."""
        await self._rows("end_session", session, now)

    async def forget_sessions(self, now: datetime, most: int) -> None:
        """Forgets at most so many sessions that have been over for a while."""
        await self._rows("forget_sessions", now - OVER, most)

    async def end_sessions(
        self, member: UUID, reason: EndReason, now: datetime, spared: UUID | None = None
    ) -> None:
        """Ends all log-in sessions of a member but the one to be spared."""
        await self._rows("end_sessions", member, now, reason, spared)

    async def forget(self, member: UUID) -> None:
        """Erases who he is: here at once, in other processes within half a minute."""
        await self._rows("forget", member)
        self._drop(member)

    async def forget_erased(self) -> None:
        """Forgets those of whom that was not done when they were erased, some at a time."""
        for row in await self._rows("erased", ERASED):
            await self.forget(row["id"])

    async def person(self, organization: UUID, member: UUID) -> Person | None:
        """Who he is now, if he is one of that organization's."""
        rows = await self._rows("person", organization, member)
        return Person(*rows[0]) if rows else None

    async def names(self, organization: UUID, ids: Iterable[UUID]) -> dict[UUID, str]:
        """The names of those that are members of the organization."""
        at = asyncio.get_running_loop().time()
        kept = {member: self._names.get((organization, member), at) for member in set(ids)}
        found = dict(one for one in kept.values() if one is not None)
        if missing := [member for member in kept if member not in found]:
            for member, name in await self._rows("members", organization, missing):
                self._names.put((organization, member), (member, name), at)
                found[member] = name
        return found

    def _drop(self, member: UUID) -> None:
        self._names.drop(lambda kept: kept[0] == member)

    async def _rows(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        return await self._pool.fetch(SQL[statement], *arguments)


def normal(username: str) -> str:
    """A username as it is kept: people type their address as they please."""
    return username.strip().lower()
