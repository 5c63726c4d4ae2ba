"""Member: a person of an organization, by id; who he is stands outside the log (domain.md 11).

Invariant: who is inactive or erased may do nothing; roles are those of `permissions.ROLES`.
"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from domain.base import (
    Aggregate,
    Command,
    Conflicting,
    Context,
    Event,
    InvalidValue,
    NotFound,
    View,
)
from domain.effects import EndSessions
from domain.ids import MemberId, Name, WarehouseId
from domain.permissions import ROLES, Permission
from domain.ports import Person, UnitOfWork

GRANTED = ROLES.keys() - {"system"}
"""The roles that people may have."""
Roles = Annotated[tuple[str, ...], Meta(max_length=len(ROLES))]
Warehouses = Annotated[tuple[WarehouseId, ...], Meta(max_length=100)]
Status = Literal["active", "inactive", "erased"]


class AddMember(Command):
    """Adds a person who cannot log in."""

    permission = Permission.MEMBERS_MANAGE
    name: Name
    roles: Roles = ("member",)
    warehouses: Warehouses = ()


class ChangeUser(Command):
    """Changes the named ones."""

    permission = Permission.MEMBERS_MANAGE
    roles: Roles | UnsetType = UNSET
    warehouses: Warehouses | UnsetType = UNSET


class DeactivateUser(Command):
    """Shuts a member out; his log-in sessions end."""

    permission = Permission.MEMBERS_MANAGE


class MemberEvent(Event):
    """Anything that happens to a member."""


class MemberAdded(MemberEvent, tag="member.added"):
    """A person belongs to the organization; `warehouses` are his own, first choice first."""

    roles: tuple[str, ...]
    warehouses: tuple[UUID, ...]

    def apply(self, member: Member, /) -> None:
        """Gives him what he is."""
        member.roles, member.warehouses = self.roles, self.warehouses


class RolesChanged(MemberEvent, tag="member.roles_changed"):
    """He has these roles from now on."""

    roles: tuple[str, ...]

    def apply(self, member: Member, /) -> None:
        """Changes them."""
        member.roles = self.roles


class WarehousesChanged(MemberEvent, tag="member.warehouses_changed"):
    """These warehouses are his own from now on."""

    warehouses: tuple[UUID, ...]

    def apply(self, member: Member, /) -> None:
        """Changes them."""
        member.warehouses = self.warehouses


class MemberDeactivated(MemberEvent, tag="member.deactivated"):
    """He cannot do anything any more."""

    def apply(self, member: Member, /) -> None:
        """Shuts him out."""
        member.active = False


class MemberActivated(MemberEvent, tag="member.activated"):
    """He may come in again."""

    def apply(self, member: Member, /) -> None:
        """Lets him in."""
        member.active = True


class MemberErased(MemberEvent, tag="member.erased"):
    """Who he was is forgotten for good; what he did stays, by his id."""

    def apply(self, member: Member, /) -> None:
        """Shuts him out for ever."""
        member.active, member.erased = False, True


class MemberExists(Conflicting, code="MEMBER_EXISTS"):
    """There is a member of that id already."""


class UsernameTaken(Conflicting, code="USERNAME_TAKEN"):
    """Somebody else has that username."""


class UnknownRole(InvalidValue, code="UNKNOWN_ROLE"):
    """There is no such role to be granted."""


class MemberView(View):
    """A member; his name is not in the log, so that it can be forgotten: ask for it by id."""

    id: UUID
    roles: tuple[str, ...]
    warehouses: tuple[UUID, ...]
    status: Status


class Member(Aggregate):
    """A person, as the log knows him."""

    name = "member"
    events = MemberEvent

    def __init__(self) -> None:
        self.roles: tuple[str, ...] = ()
        self.warehouses: tuple[UUID, ...] = ()
        self.active = True
        self.erased = False

    def add(self, roles: tuple[str, ...], warehouses: tuple[UUID, ...], context: Context) -> None:
        """He belongs to the organization from now on."""
        if self.version:
            raise MemberExists
        added = MemberAdded(roles=grantable(roles), warehouses=tuple(dict.fromkeys(warehouses)))
        self.record(added, context)

    def change(self, command: ChangeUser, context: Context) -> None:
        """Gives him other roles or warehouses of his own."""
        if command.roles is not UNSET and (roles := grantable(command.roles)) != self.roles:
            self.record(RolesChanged(roles=roles), context)
        if command.warehouses is not UNSET:
            warehouses = tuple(dict.fromkeys(command.warehouses))
            if warehouses != self.warehouses:
                self.record(WarehousesChanged(warehouses=warehouses), context)

    def deactivate(self, context: Context) -> None:
        """Shuts him out; a second time it changes nothing."""
        if self.active:
            self.record(MemberDeactivated(), context)

    def view(self, _: Context) -> MemberView:
        status: Status = "active" if self.active else "inactive"
        return MemberView(
            id=self.id,
            roles=self.roles,
            warehouses=self.warehouses,
            status="erased" if self.erased else status,
        )


def grantable(roles: tuple[str, ...]) -> tuple[str, ...]:
    """Each of the roles once; raises UnknownRole for one that nobody can have."""
    for place, role in enumerate(roles):
        if role not in GRANTED:
            raise UnknownRole(pointer=f"/roles/{place}")
    return tuple(sorted(set(roles)))


async def add_member(command: AddMember, unit: UnitOfWork) -> Member:
    """Adds a person to the organization."""
    member = await unit.load(Member, unit.context.id("member"))
    grantable(command.roles)  # before anything is kept of him
    person = Person(member.id, unit.context.organization, command.name.strip())
    await unit.directory.register(person, unit.context.now)
    member.add(command.roles, command.warehouses, unit.context)
    return member


async def deactivate_user(_: DeactivateUser, unit: UnitOfWork, id: MemberId) -> Member:  # noqa: A002 - the path's name
    """Shuts a member out."""
    member = await unit.load(Member, id)
    if not member.version:
        raise NotFound
    member.deactivate(unit.context)
    unit.then(EndSessions(member=id, reason="deactivated"))
    return member


async def change_user(command: ChangeUser, unit: UnitOfWork, id: MemberId) -> Member:  # noqa: A002 - the path's name
    """Changes a member's roles or warehouses."""
    member = await unit.load(Member, id)
    if not member.version:
        raise NotFound
    member.change(command, unit.context)
    return member
