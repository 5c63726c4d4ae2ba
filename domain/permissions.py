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
    PROFILE_READ = "profile:read"
    MEMBERS_MANAGE = "members:manage"
    SECURITY_READ = "security:read"


P = Permission
_MEMBER = frozenset({P.PROFILE_READ, P.CATALOGUE_READ, P.PLACES_READ})
_COUNTER = _MEMBER | {P.STOCK_TAKE_READ, P.STOCK_TAKE_COUNT}
_SUPERVISOR = _MEMBER | {P.STOCK_READ, P.STOCK_TAKE_READ, P.STOCK_TAKE_REVIEW}
_AUDITOR = _COUNTER | _SUPERVISOR | {P.STOCK_TAKE_MANAGE}
_SYSTEM = frozenset({P.STOCK_EXPIRE, P.STOCK_TAKE_POST})
_ADMIN = frozenset(P) - _SYSTEM

ROLES: dict[str, frozenset[Permission]] = {
    "member": _MEMBER,
    "counter": _COUNTER,
    "supervisor": _SUPERVISOR,
    "auditor": _AUDITOR,
    "admin": _ADMIN,
    "system": _SYSTEM,
}
"""What each role may do; `system` is what the product does by itself and is never granted."""


def permissions(roles: tuple[str, ...]) -> frozenset[Permission]:
    """All that the roles allow together."""
    return frozenset().union(*(ROLES[role] for role in roles))
