"""How far the powers of those who manage members reach (domain.md 11).

Nobody gives, changes or takes away what he may not do himself, and nobody does it to himself. As
his own stream is guarded, whoever acts still has all his powers when it is in the log. So by
managing members an organization never loses a power that somebody active in it had: there is
always an admin where there was one, whoever acts at the same time.
"""

from __future__ import annotations

from domain.base import Conflicting, Context, Forbidden, InvalidValue
from domain.people.member import Member, grantable
from domain.permissions import Permission, permissions

SUPER_ADMIN = "super_admin"


class Oneself(Conflicting, code="ONESELF"):
    """Nobody does this to himself: ask somebody else who manages members."""


class BeyondPowers(Forbidden, code="BEYOND_YOUR_POWERS"):
    """He has, or would get, powers that you do not have."""


class RoleElsewhere(InvalidValue, code="ROLE_ELSEWHERE"):
    """Only Oraseas EE has super admins."""


def managing(acting: Member) -> None:
    """Raises Forbidden for one who may not manage members any more."""
    if not acting.active or Permission.MEMBERS_MANAGE not in permissions(acting.roles):
        raise Forbidden


def over(acting: Member, member: Member) -> None:
    """Raises Oneself, BeyondPowers: who may decide whether the member comes in, and with what."""
    managing(acting)
    if acting.id == member.id:
        raise Oneself
    if permissions(member.roles) - permissions(acting.roles):
        raise BeyondPowers


def granting(acting: Member, roles: tuple[str, ...], context: Context) -> None:
    """Raises UnknownRole, RoleElsewhere, BeyondPowers: who may give these roles to somebody."""
    managing(acting)
    grantable(roles)
    for place, role in enumerate(roles):
        if role == SUPER_ADMIN and context.organization_type != "oraseas_ee":
            raise RoleElsewhere(pointer=f"/roles/{place}")
        if permissions((role,)) - permissions(acting.roles):
            raise BeyondPowers(pointer=f"/roles/{place}")
