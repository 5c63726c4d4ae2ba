"""Who may do what (domain.md section 17): permissions, and roles as sets of them."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """One thing that a role may allow; declared on each command and query, enforced once."""

    STOCK_READ = "stock:read"
    STOCK_RECEIVE = "stock:receive"
    STOCK_ISSUE = "stock:issue"
    STOCK_RETURN = "stock:return"
    STOCK_ADJUST = "stock:adjust"
    STOCK_RESERVE = "stock:reserve"
    STOCK_CONSUME = "stock:consume"
    STOCK_TRANSFER = "stock:transfer"
    STOCK_WRITE_OFF = "stock:write_off"
    STOCK_ADMINISTER = "stock:administer"
    STOCK_EXPIRE = "stock:expire"
    CATALOGUE_READ = "catalogue:read"
    CATALOGUE_MANAGE = "catalogue:manage"
    PLACES_READ = "places:read"
    PLACES_MANAGE = "places:manage"
    STOCK_TAKE_READ = "stock_take:read"
    STOCK_TAKE_COUNT = "stock_take:count"
    STOCK_TAKE_MANAGE = "stock_take:manage"
    STOCK_TAKE_CANCEL = "stock_take:cancel"
    STOCK_TAKE_REVIEW = "stock_take:review"
    STOCK_TAKE_OVERRIDE = "stock_take:override"
    STOCK_TAKE_POST = "stock_take:post"
    DUTIES_OVERRIDE = "duties:override"
    """To do, with a reason, what the separation of duties keeps for somebody else."""
    PROFILE_READ = "profile:read"
    PROFILE_CHANGE = "profile:change"
    """One's own profile, password and log-in sessions."""
    MEMBERS_READ = "members:read"
    MEMBERS_MANAGE = "members:manage"
    SESSIONS_MANAGE = "sessions:manage"
    """Other people's log-in sessions."""
    SECURITY_READ = "security:read"
    SETTINGS_READ = "settings:read"
    SETTINGS_MANAGE = "settings:manage"
    ORGANIZATIONS_READ = "organizations:read"
    """One's own organization."""
    ORGANIZATIONS_MANAGE = "organizations:manage"
    """One's own organization and its suppliers."""
    ORGANIZATIONS_ADMINISTER = "organizations:administer"
    """Every organization, of any type."""


P = Permission
_MANAGER = frozenset({P.PROFILE_READ, P.PROFILE_CHANGE, P.ORGANIZATIONS_READ})
_MEMBER = _MANAGER | {P.CATALOGUE_READ, P.PLACES_READ}
_USER = _MEMBER | {P.STOCK_READ, P.STOCK_CONSUME}
_COUNTER = _MEMBER | {P.STOCK_TAKE_READ, P.STOCK_TAKE_COUNT}
_SUPERVISOR = _MEMBER | {
    P.STOCK_READ,
    P.STOCK_TAKE_READ,
    P.STOCK_TAKE_REVIEW,
    P.MEMBERS_READ,
    P.SETTINGS_READ,
}
_AUDITOR = _COUNTER | _SUPERVISOR | {P.STOCK_TAKE_MANAGE}
_SYSTEM = frozenset({P.STOCK_EXPIRE, P.STOCK_TAKE_POST})
_MANAGES_PEOPLE = {
    P.MEMBERS_MANAGE,
    P.SESSIONS_MANAGE,
    P.SECURITY_READ,
    P.SETTINGS_MANAGE,
    P.ORGANIZATIONS_MANAGE,
}
_ADMIN = frozenset(P) - _SYSTEM - {P.ORGANIZATIONS_ADMINISTER}
_QUARTERMASTER = _ADMIN - _MANAGES_PEOPLE - {P.DUTIES_OVERRIDE}
_SUPER_ADMIN = (
    _USER
    | _MANAGES_PEOPLE
    | {P.MEMBERS_READ, P.SETTINGS_READ, P.CATALOGUE_MANAGE, P.ORGANIZATIONS_ADMINISTER}
)

ROLES: dict[str, frozenset[Permission]] = {
    "member": _MEMBER,
    "user": _USER,
    "counter": _COUNTER,
    "supervisor": _SUPERVISOR,
    "auditor": _AUDITOR,
    "quartermaster": _QUARTERMASTER,
    "admin": _ADMIN,
    "super_admin": _SUPER_ADMIN,
    "manager": _MANAGER,
    "system": _SYSTEM,
}
"""What each role may do; `manager` stands beside another role; `system` is what the product does by
itself and is never granted."""


def permissions(roles: tuple[str, ...]) -> frozenset[Permission]:
    """All that the roles allow together."""
    return frozenset().union(*(ROLES[role] for role in roles))
