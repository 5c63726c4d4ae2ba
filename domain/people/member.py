"""Member: a person of an organization, by id; who he is stands outside the log (domain.md 11).

Invariants: who is inactive or erased may do nothing and is offered nothing; roles are those of
`permissions.ROLES`; of all invitations at most the newest one opens anything, and once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from domain.base import Aggregate, Conflicting, Context, InvalidValue, View
from domain.people import member_events as e
from domain.people.member_events import MemberEvent
from domain.people.offer import Offer, check
from domain.permissions import ROLES

GRANTED = ROLES.keys() - {"system"}
"""The roles that people may have."""
Status = Literal["active", "invited", "inactive", "erased"]


class MemberExists(Conflicting, code="MEMBER_EXISTS"):
    """There is a member of that id already."""


class UsernameTaken(Conflicting, code="USERNAME_TAKEN"):
    """Somebody else has that username."""


class MemberInactive(Conflicting, code="MEMBER_INACTIVE"):
    """The member is inactive: activate him first."""


class UnknownRole(InvalidValue, code="UNKNOWN_ROLE"):
    """There is no such role to be granted."""


class MemberView(View):
    """A member; his name is not in the log, so that it can be forgotten: ask for it by id."""

    id: UUID
    roles: tuple[str, ...]
    warehouses: tuple[UUID, ...]
    status: Status
    invited_until: datetime | None


class Member(Aggregate):
    """A person, as the log knows him."""

    name = "member"
    events = MemberEvent

    def __init__(self) -> None:
        self.roles: tuple[str, ...] = ()
        self.warehouses: tuple[UUID, ...] = ()
        self.active = True
        self.erased = False
        self.invitation: Offer | None = None
        self.accepted: UUID | None = None

    @property
    def status(self) -> Status:
        """What he is, as far as the log of members knows; whether he is locked is the account's."""
        if self.erased:
            return "erased"
        if not self.active:
            return "inactive"
        return "active" if self.invitation is None else "invited"

    def add(self, roles: tuple[str, ...], warehouses: tuple[UUID, ...], context: Context) -> None:
        """He belongs to the organization from now on."""
        if self.version:
            raise MemberExists
        self.record(e.MemberAdded(roles=grantable(roles), warehouses=_once(warehouses)), context)

    def rename(self, context: Context) -> None:
        """Says that he is called otherwise."""
        self.record(e.ProfileChanged(), context)

    def give_roles(self, roles: tuple[str, ...], context: Context) -> None:
        """He has these roles and no others; the same again change nothing."""
        if (wanted := grantable(roles)) != self.roles:
            self.record(e.RolesChanged(roles=wanted), context)

    def give_warehouses(self, warehouses: tuple[UUID, ...], context: Context) -> None:
        """These are his own, first choice first; the same again change nothing."""
        if (wanted := _once(warehouses)) != self.warehouses:
            self.record(e.WarehousesChanged(warehouses=wanted), context)

    def invite(self, context: Context) -> Offer:
        """Offers him a log-in; whoever was not added yet is to be added first."""
        self.check_invitable()
        until = context.now + timedelta(days=context.settings.invitation_days)
        invitation = Offer(context.id(f"invitation/{self.id}"), until)
        self.record(e.MemberInvited(invitation=invitation.id, until=until), context)
        return invitation

    def check_invitable(self) -> None:
        """Raises MemberInactive."""
        if not self.active:
            raise MemberInactive

    def accept(self, invitation: UUID, context: Context) -> None:
        """Takes the offer; again it changes nothing, as it may not have led to a password."""
        if invitation == self.accepted:
            return
        check(self.invitation, invitation, context)
        self.record(e.InvitationAccepted(invitation=invitation), context)

    def deactivate(self, context: Context) -> None:
        """Shuts him out; a second time it changes nothing."""
        if self.active:
            self.record(e.MemberDeactivated(), context)

    def activate(self, context: Context) -> None:
        """Lets him in again; his log-in sessions of before have to be over."""
        if not self.active:
            self.record(e.MemberActivated(), context)

    def erase(self, context: Context) -> None:
        """Forgets him for good; a second time it changes nothing."""
        if not self.erased:
            self.record(e.MemberErased(), context)

    def view(self, _: Context) -> MemberView:
        return MemberView(
            id=self.id,
            roles=self.roles,
            warehouses=self.warehouses,
            status=self.status,
            invited_until=None if self.invitation is None else self.invitation.until,
        )


def grantable(roles: tuple[str, ...]) -> tuple[str, ...]:
    """Each of the roles once; raises UnknownRole for one that nobody can have."""
    for place, role in enumerate(roles):
        if role not in GRANTED:
            raise UnknownRole(pointer=f"/roles/{place}")
    return tuple(sorted(set(roles)))


def _once(warehouses: tuple[UUID, ...]) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys(warehouses))
