"""What happens to a member; who he is stands outside the log (domain.md 11)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from domain.base import Event
from domain.people.offer import Offer

if TYPE_CHECKING:
    from domain.people.member import Member


class MemberEvent(Event):
    """Anything that happens to a member."""


class MemberAdded(MemberEvent, tag="member.added"):
    """A person belongs to the organization; `warehouses` are his own, first choice first."""

    roles: tuple[str, ...]
    warehouses: tuple[UUID, ...]

    def apply(self, member: Member, /) -> None:
        """Gives him what he is."""
        member.roles, member.warehouses = self.roles, self.warehouses


class ProfileChanged(MemberEvent, tag="member.profile_changed"):
    """He is called otherwise; how, can be forgotten and is not said here."""

    def apply(self, member: Member, /) -> None:
        """Changes nothing that is known here."""


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


class MemberInvited(MemberEvent, tag="member.invited"):
    """He was offered a log-in; an earlier offer is void."""

    invitation: UUID
    until: datetime

    def apply(self, member: Member, /) -> None:
        """Keeps the offer."""
        member.invitation, member.accepted = Offer(self.invitation, self.until), None


class InvitationAccepted(MemberEvent, tag="member.invitation_accepted"):
    """He has taken the offer."""

    invitation: UUID

    def apply(self, member: Member, /) -> None:
        """The offer is used."""
        member.invitation, member.accepted = None, self.invitation


class MemberDeactivated(MemberEvent, tag="member.deactivated"):
    """He cannot do anything any more, and what he was offered is void."""

    def apply(self, member: Member, /) -> None:
        """Shuts him out."""
        member.active, member.invitation, member.accepted = False, None, None


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
        member.invitation = member.accepted = None
