"""What somebody changes of himself, and where he is logged in (domain.md 11)."""

from __future__ import annotations

from uuid import UUID

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from domain.base import Command, NotFound
from domain.effects import EndSession, MailOffer
from domain.ids import MailAddress
from domain.people.account import Account, account_id
from domain.people.member import Member
from domain.people.member_commands import PersonName
from domain.permissions import Permission
from domain.ports import UnitOfWork


class ChangeProfile(Command):
    """Changes the caller's own name; another mail address is his once he has confirmed it."""

    permission = Permission.PROFILE_CHANGE
    name: PersonName | UnsetType = UNSET
    username: MailAddress | UnsetType = UNSET


class EndLogInSession(Command):
    """Ends a log-in session."""

    permission = Permission.PROFILE_CHANGE


async def change_profile(command: ChangeProfile, unit: UnitOfWork) -> Member:
    """Changes the caller's name at once; mails a token to the address that he wants."""
    context = unit.context
    person = await unit.directory.person(context.organization, context.actor)
    member = await unit.load(Member, context.actor)
    account = await unit.load(Account, account_id(context.actor))
    if person is None or not member.active:
        raise NotFound
    await unit.ahead(member)
    if command.username is not UNSET:
        await unit.directory.want_username(context.organization, context.actor, command.username)
    renamed = person if command.name is UNSET else replace(person, name=command.name.strip())
    if renamed != person:
        await unit.directory.rename(context.organization, context.actor, renamed.name)
        member.rename(context)
    if command.username is not UNSET:
        offer = account.offer("email_check", context.actor, context)
        unit.then(MailOffer(member=context.actor, use="email_check", offer=offer))
    return member


async def end_log_in_session(_: EndLogInSession, unit: UnitOfWork, id: UUID) -> Account:  # noqa: A002 - the path's name
    """Ends a live session of the caller, or of his organization; any other is not there."""
    context = unit.context
    member = await unit.directory.logged_in(id, context.organization, context.now)
    if member is None or not (member == context.actor or context.may(Permission.SESSIONS_MANAGE)):
        raise NotFound
    account = await unit.load(Account, account_id(member))
    await unit.ahead(account)
    await unit.directory.end_session(id, context.now)
    account.end_session(member, id, "ended", context)
    unit.then(EndSession(member=member))
    return account
