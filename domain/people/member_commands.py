"""What is done to members: by whom, and what it leads to (domain.md 11).

Who somebody is goes to the directory before the append, so what may be refused is looked at before
that as well as after it: others may have been there meanwhile.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace

from domain.base import Command, Conflicting, Context, InvalidValue, NotFound
from domain.directory import Person
from domain.effects import EndSessions, ForgetPerson, MailOffer
from domain.ids import READABLE, MailAddress, MemberId, WarehouseId
from domain.people.authority import granting, managing, over
from domain.people.member import Member, UsernameTaken
from domain.permissions import ROLES, Permission
from domain.ports import UnitOfWork

Roles = Annotated[tuple[str, ...], Meta(max_length=len(ROLES))]
Warehouses = Annotated[tuple[WarehouseId, ...], Meta(max_length=100)]
PersonName = Annotated[str, Meta(pattern=READABLE, max_length=200)]
LEAST = ("member",)
"""What somebody is of whom nothing else is said."""


class ManageMembers(Command):
    """A command of those who manage members."""

    permission = Permission.MEMBERS_MANAGE


class AddMember(ManageMembers):
    """Adds a person who cannot log in."""

    name: PersonName
    roles: Roles = LEAST
    warehouses: Warehouses = ()


class ChangeUser(ManageMembers):
    """Changes the named ones."""

    name: PersonName | UnsetType = UNSET
    roles: Roles | UnsetType = UNSET
    warehouses: Warehouses | UnsetType = UNSET


class InviteUser(ManageMembers):
    """Offers a log-in by mail: to somebody new, or to the `member`, who has none.

    Who was invited before, by id or by username, is invited again, and the earlier invitation is
    void. Somebody new needs a name; of a member what is named is changed.
    """

    username: MailAddress
    member: MemberId | None = None
    name: PersonName | UnsetType = UNSET
    roles: Roles | UnsetType = UNSET
    warehouses: Warehouses | UnsetType = UNSET


class DeactivateUser(ManageMembers):
    """Shuts a member out; his log-in sessions end, and an invitation is void."""


class ActivateUser(ManageMembers):
    """Lets a member in again; he has to log in anew."""


class EraseMember(ManageMembers):
    """Forgets who a member was, for good; what he did stays, by his id."""


class LogInExists(Conflicting, code="LOG_IN_EXISTS"):
    """The member has a log-in already."""


class NameMissing(InvalidValue, code="NAME_MISSING"):
    """Somebody new needs a name."""


async def add_member(command: AddMember, unit: UnitOfWork) -> Member:
    """Adds a person to the organization."""
    context = unit.context
    acting = await unit.read(Member, context.actor)
    member = await unit.load(Member, context.id("member"))
    granting(acting, command.roles, context)
    person = Person(member.id, context.organization, command.name.strip())
    await unit.directory.register(person, context.now)
    granting(acting, command.roles, context)
    member.add(command.roles, command.warehouses, context)
    return member


async def change_user(command: ChangeUser, unit: UnitOfWork, id: UUID) -> Member:  # noqa: A002 - the path's name
    """Changes a member's name, roles or warehouses."""
    context = unit.context
    person = await _person(unit, id)
    acting, member = await _both(unit, id)
    _may_change(command, acting, member, context)
    renamed = _renamed(person, command.name)
    if renamed != person:
        await unit.ahead(member)
        await unit.directory.rename(context.organization, id, renamed.name)
    _may_change(command, acting, member, context)
    _change(command, member, context)
    if renamed != person:
        member.rename(context)
    return member


async def invite_user(command: InviteUser, unit: UnitOfWork) -> Member:
    """Offers somebody a log-in."""
    context = unit.context
    person = replace(await _invited(command, unit), username=command.username)
    acting = await unit.read(Member, context.actor)
    member = await unit.load(Member, person.id)
    _may_invite(command, acting, member, context)
    await unit.ahead(member)
    renamed = _renamed(person, command.name)
    if member.version:
        await unit.directory.readdress(renamed)
    else:
        await unit.directory.register(renamed, context.now)
    _may_invite(command, acting, member, context)
    if not member.version:
        roles = LEAST if command.roles is UNSET else command.roles
        member.add(roles, () if command.warehouses is UNSET else command.warehouses, context)
    _change(command, member, context)
    unit.then(MailOffer(member=member.id, use="invitation", offer=member.invite(context)))
    return member


async def deactivate_user(_: DeactivateUser, unit: UnitOfWork, id: UUID) -> Member:  # noqa: A002 - the path's name
    """Shuts a member out."""
    acting, member = await _both(unit, id)
    over(acting, member)
    member.deactivate(unit.context)
    unit.then(EndSessions(member=id, reason="deactivated"))
    return member


async def activate_user(_: ActivateUser, unit: UnitOfWork, id: UUID) -> Member:  # noqa: A002 - the path's name
    """Lets a member in again: with none of the sessions that he had before."""
    acting, member = await _both(unit, id)
    if not member.active:
        await unit.directory.end_sessions(id, "deactivated", unit.context.now)
    over(acting, member)
    member.activate(unit.context)
    return member


async def erase_member(_: EraseMember, unit: UnitOfWork, id: UUID) -> Member:  # noqa: A002 - the path's name
    """Forgets a member, also one whom the directory still has after he was erased."""
    acting, member = await _both(unit, id, erased=True)
    over(acting, member)
    member.erase(unit.context)
    unit.then(ForgetPerson(member=id))
    return member


async def _both(unit: UnitOfWork, id_: UUID, *, erased: bool = False) -> tuple[Member, Member]:
    """Who acts and whom it is about; raises NotFound."""
    acting, member = await unit.load_all(Member, [unit.context.actor, id_])
    if not member.version or (member.erased and not erased):
        raise NotFound
    return acting, member


async def _person(unit: UnitOfWork, id_: UUID) -> Person:
    """Who a member is; raises NotFound."""
    person = await unit.directory.person(unit.context.organization, id_)
    if person is None:
        raise NotFound
    return person


async def _invited(command: InviteUser, unit: UnitOfWork) -> Person:
    """Who is meant: the member of that id or username, or somebody new."""
    organization = unit.context.organization
    known = await unit.directory.known(command.username)
    if command.member is not None:
        person = await _person(unit, command.member)
        if known is not None and known.id != person.id:
            raise UsernameTaken(pointer="/username")
    elif known is not None and known.organization == organization:
        person = known
    elif known is None and command.name is not UNSET:
        return Person(unit.context.id("member"), organization, command.name.strip())
    elif known is None:
        raise NameMissing(pointer="/name")
    else:
        raise UsernameTaken(pointer="/username")
    if person.has_password:
        raise LogInExists(pointer="/username" if command.member is None else "/member")
    return person


def _renamed(person: Person, name: str | UnsetType) -> Person:
    return person if name is UNSET else replace(person, name=name.strip())


def _may_change(
    command: ChangeUser | InviteUser, acting: Member, member: Member, context: Context
) -> None:
    """Roles are given by those who have them, and taken from those who have no others."""
    managing(acting)
    if member.erased:
        raise NotFound
    if command.roles is UNSET or tuple(sorted({*command.roles})) == member.roles:
        return
    over(acting, member)
    granting(acting, command.roles, context)


def _may_invite(command: InviteUser, acting: Member, member: Member, context: Context) -> None:
    """Whoever lets somebody in could as well be him."""
    _may_change(command, acting, member, context)
    over(acting, member)
    member.check_invitable()


def _change(command: ChangeUser | InviteUser, member: Member, context: Context) -> None:
    if command.roles is not UNSET:
        member.give_roles(command.roles, context)
    if command.warehouses is not UNSET:
        member.give_warehouses(command.warehouses, context)
