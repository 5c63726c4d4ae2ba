"""Analysts: people with SQL of their own, who see one organization's read models only."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import msgspec

from domain.people.founding import name_claim
from projections.sql import statements

if TYPE_CHECKING:
    from collections.abc import Sequence

SQL = statements(__file__)
LONGEST_STATEMENT = "60s"
"""A query that goes on for longer keeps the server from tidying up."""


class AnalystExists(Exception):
    """There is such a role in the database already (its name)."""


class NoSuchAnalyst(Exception):
    """No analyst has that role (its name)."""


class Analyst(msgspec.Struct, frozen=True):
    """A log-in role, and the name of the organization that it sees."""

    role: str
    organization: str


class Analysts:
    """Needs the administrator's connection."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def add(self, role: str, password: str, organization: UUID) -> None:
        """Makes the role; raises AnalystExists."""
        async with self._connection.transaction():
            try:
                await self._connection.execute(
                    await self._connection.fetchval(SQL["create"], role, password)
                )
            except asyncpg.DuplicateObjectError:
                raise AnalystExists(role) from None
            bound = await self._connection.fetchval(SQL["bound"], role, LONGEST_STATEMENT)
            await self._connection.execute(bound)
            await self._connection.execute(SQL["bind"], role, organization)

    async def organization(self, named: str) -> UUID | None:
        """The organization of that name or id."""
        found = await self._connection.fetch(SQL["organization"], name_claim(named), named)
        return found[0][0] if found else None

    async def all(self) -> Sequence[Analyst]:
        """Every analyst of the installation."""
        return [Analyst(*row) for row in await self._connection.fetch(SQL["analysts"])]

    async def remove(self, role: str) -> None:
        """Takes the role away; connections that it has end with their next statement."""
        async with self._connection.transaction():
            if not await self._connection.fetch(SQL["unbind"], role):
                raise NoSuchAnalyst(role)
            await self._connection.execute(await self._connection.fetchval(SQL["remove"], role))
