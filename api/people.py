"""Organizations and members made by the product itself: at the command line, for a demonstration.

They go through the same rules as those that are made over HTTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from api.commands import Task
from api.unit_of_work import Unit
from domain.base import Context
from domain.directory import Person
from domain.people.founding import (
    NAME,
    TYPE,
    Founding,
    Newcomer,
    found,
    invitation,
    name_claim,
    planned,
)
from domain.people.member import Member, UsernameTaken, grantable
from domain.people.organization import Organization
from domain.people.organization_commands import CreateOrganization, OrganizationType
from domain.ports import GLOBAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.identity import Identity
    from api.commands import Commands
    from api.unit_of_work import EventStore


class Recruit(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may log in at once, with that password, if he has a username."""

    name: str
    username: str | None = None
    password: str | None = None
    roles: tuple[str, ...] = ("member",)
    warehouses: tuple[UUID, ...] = ()


class People:
    """Makes organizations and members in the product's own name."""

    def __init__(
        self,
        commands: Commands,
        identity: Identity,
        store: EventStore,
        acting: Callable[[UUID], Context],
    ) -> None:
        """`acting` is the product itself in an organization."""
        self._commands, self._identity, self._store = commands, identity, store
        self._acting = acting

    async def named(self, named: str) -> UUID | None:
        """The organization of that name or id, whatever its state."""
        held = await self._store.holder(GLOBAL, NAME, name_claim(named))
        if held is not None:
            return held
        try:
            known = await self._store.load([UUID(named)], up_to=1)
        except ValueError:
            return None
        return known[0].stream if known and known[0].stream == known[0].organization else None

    async def found(  # noqa: PLR0913 - an organization's fields
        self,
        name: str,
        people: Sequence[Recruit] = (),
        *,
        kind: OrganizationType = "independent",
        parent: UUID | None = None,
        settings: dict[str, Any] | None = None,
        id_: UUID | None = None,
    ) -> UUID:
        """The organization of that name: founded with these people, unless it is there."""
        if (known := await self.named(name)) is not None:
            return known
        plan = Founding(
            id=id_ or uuid7(),
            name=name,
            type=kind,
            parent=parent,
            settings=settings or {},
            people=tuple(_newcomer(recruit) for recruit in people),
        )
        await self._found(plan, [recruit.password for recruit in people])
        return plan.id

    async def create(self, command: CreateOrganization, password: str | None) -> UUID:
        """Founds it just as it is founded over HTTP; with a password its admin may log in at once.

        Raises what the rules refuse.
        """
        plan = planned(command, uuid7(), uuid7(), invited=password is None)
        await self._found(plan, [password] * len(plan.people))
        return plan.id

    async def welcome(self, organization: UUID, username: str, password: str | None) -> bool:
        """Lets in who was never let in: with that password, or by another invitation."""
        person = await self._identity.known(username)
        if person is None or person.organization != organization or person.has_password:
            return False

        async def decide(unit: Unit) -> Member:
            at = await unit.read(Organization, organization)
            member = await unit.load(Member, person.id)
            offer = invitation(member, at, unit.context)
            if password is None:
                unit.then(offer)
            else:
                member.accept(offer.offer.id, unit.context)
            return member

        await self._commands.run(Task(decide, Member, self._acting(organization)))
        await self.let_in(person.id, password)
        return True

    async def singleton(self, kind: OrganizationType) -> UUID | None:
        """The one organization of that type, if it is there."""
        return await self._store.holder(GLOBAL, TYPE, kind)

    async def _found(self, plan: Founding, passwords: Sequence[str | None]) -> None:
        task = Task(lambda unit: found(plan, unit), Organization, self._acting(plan.id))
        await self._commands.run(task)
        pairs = zip(plan.people, passwords, strict=True)
        await asyncio.gather(*(self.let_in(one.id, password) for one, password in pairs))

    async def add(self, organization: UUID, recruit: Recruit) -> UUID:
        """The member of that username, new if there is none; raises UsernameTaken, UnknownRole."""
        if recruit.username and (known := await self._identity.known(recruit.username)):
            if known.organization != organization:
                raise UsernameTaken(pointer="/username")
            return known.id
        newcomer = _newcomer(recruit)

        async def decide(unit: Unit) -> Member:
            member = await unit.load(Member, newcomer.id)
            grantable(recruit.roles)  # before anything is kept
            person = Person(newcomer.id, organization, recruit.name, recruit.username)
            await unit.directory.register(person, unit.context.now)
            member.add(recruit.roles, recruit.warehouses, unit.context)
            return member

        await self._commands.run(Task(decide, Member, self._acting(organization)))
        await self.let_in(newcomer.id, recruit.password)
        return newcomer.id

    async def let_in(self, member: UUID, password: str | None) -> None:
        """He logs in with that password from now on."""
        if password is not None:
            await self._identity.set_password(member, password)


def _newcomer(recruit: Recruit) -> Newcomer:
    return Newcomer(
        id=uuid7(),
        name=recruit.name,
        username=recruit.username,
        roles=recruit.roles,
        warehouses=recruit.warehouses,
    )
