"""Who may do what (domain.md 17), and what an organization may choose (domain.md 18)."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from domain.base import Command
from domain.permissions import ROLES, Permission, permissions
from domain.settings import Settings
from domain.stock import pool_commands, product
from domain.stock_take import posting

P = Permission
BY_THE_PRODUCT = {P.STOCK_EXPIRE, P.STOCK_TAKE_POST}


EVERYBODY = "member user counter supervisor auditor quartermaster admin super_admin"
REVIEWERS = "supervisor auditor quartermaster admin"
MATRIX: list[tuple[str, set[Permission], str]] = [
    ("see own holdings", {P.PROFILE_READ, P.PROFILE_CHANGE}, EVERYBODY + " manager"),
    ("look up parts and places", {P.CATALOGUE_READ, P.PLACES_READ}, EVERYBODY),
    ("count in own sessions", {P.STOCK_TAKE_COUNT}, "counter auditor quartermaster admin"),
    ("read a stock-take", {P.STOCK_TAKE_READ}, "counter " + REVIEWERS),
    ("create, start, pause, complete", {P.STOCK_TAKE_MANAGE}, "auditor quartermaster admin"),
    (
        "cancel a session, ZERO policy, revert an approval",
        {P.STOCK_TAKE_CANCEL, P.STOCK_TAKE_OVERRIDE},
        "quartermaster admin",
    ),
    ("approve a shelf, read variances", {P.STOCK_TAKE_REVIEW}, REVIEWERS),
    (
        "assign, issue, checkout, receive, adjust",
        {P.STOCK_ISSUE, P.STOCK_RETURN, P.STOCK_RECEIVE, P.STOCK_ADJUST, P.STOCK_ADMINISTER},
        "quartermaster admin",
    ),
    ("write off", {P.STOCK_WRITE_OFF}, "quartermaster admin"),
    ("view stock", {P.STOCK_READ}, "user super_admin " + REVIEWERS),
    ("part usage", {P.STOCK_CONSUME}, "user quartermaster admin super_admin"),
    ("reserve, release, fulfil", {P.STOCK_RESERVE, P.STOCK_TRANSFER}, "quartermaster admin"),
    ("warehouses", {P.PLACES_MANAGE}, "quartermaster admin"),
    ("parts catalogue", {P.CATALOGUE_MANAGE}, "quartermaster admin super_admin"),
    ("all organizations", {P.ORGANIZATIONS_ADMINISTER}, "super_admin"),
    ("own organization", {P.ORGANIZATIONS_READ}, EVERYBODY + " manager"),
    ("see people and settings", {P.MEMBERS_READ, P.SETTINGS_READ}, "super_admin " + REVIEWERS),
    (
        "suppliers, settings and users of the own organization",
        {P.ORGANIZATIONS_MANAGE, P.SETTINGS_MANAGE, P.MEMBERS_MANAGE, P.SESSIONS_MANAGE},
        "admin super_admin",
    ),
    ("security events", {P.SECURITY_READ}, "admin super_admin"),
    ("override the separation of duties", {P.DUTIES_OVERRIDE}, "admin"),
    ("done by the product itself", BY_THE_PRODUCT, "system"),
]


@pytest.mark.parametrize(("line", "needed", "allowed"), MATRIX)
def test_a_role_may_do_what_the_matrix_says(
    line: str, needed: set[Permission], allowed: str
) -> None:
    """And nobody else: the lines of domain.md 17 and 11 that something exists for."""
    for permission in needed:
        holders = {role for role in ROLES if permission in ROLES[role]}
        assert holders == set(allowed.split()), f"{line}: {permission}"


def test_every_permission_stands_on_a_line_of_the_matrix() -> None:
    """A new one is granted to nobody by accident."""
    assert set().union(*(needed for _, needed, _ in MATRIX)) == set(Permission)


def test_roles_add_up() -> None:
    """Two roles allow what either allows; no role allows nothing."""
    both = permissions(("counter", "supervisor"))
    assert both == ROLES["counter"] | ROLES["supervisor"]
    assert permissions(()) == frozenset()


def test_an_admin_may_all_that_people_may_in_one_organization() -> None:
    """What the product does by itself is nobody's."""
    assert ROLES["admin"] == set(Permission) - BY_THE_PRODUCT - {P.ORGANIZATIONS_ADMINISTER}
    assert ROLES["system"] == BY_THE_PRODUCT


def _commands(kind: type[Command] = Command) -> list[type[Command]]:
    """Those of the product: other tests make some of their own."""
    found = [one for sub in kind.__subclasses__() for one in (sub, *_commands(sub))]
    return [one for one in found if one.__module__.startswith("domain.")]


def test_every_command_says_what_it_needs_and_refuses_unknown_fields() -> None:
    """Bases that only others stand on may leave the permission to them."""
    leaves = [kind for kind in _commands() if not kind.__subclasses__()]

    assert {pool_commands.IssueStock, product.CreateProduct, posting.PostItems} <= set(leaves)
    for kind in leaves:
        assert isinstance(kind.permission, Permission)
        assert kind.__struct_config__.forbid_unknown_fields


def test_the_settings_begin_with_the_defaults_of_the_reference() -> None:
    """Off means none."""
    settings = Settings()
    off = {
        "recount_value": None,
        "second_approver_gross_variance": None,
        "reservation_lifetime_hours": None,
        "write_off_second_approver_value": None,
        "order_approval_total": None,
        "order_approval_quantity": None,
        "transaction_approval_quantity": None,
        "transaction_approval_adjustment": None,
        "transaction_approval_unit_price": None,
        "transaction_approval_cross_organization": False,
    }
    expected = {
        "lock_seconds": 300,
        "progress_poll_seconds": 5,
        "blind_counting": True,
        "currency": "EUR",
        "currency_decimals": 2,
        "tolerance_percent": {"A": Decimal(1), "B": Decimal(3), "C": Decimal(5)},
        "uncounted_policy": "BLOCK",
        "offline_grace_hours": 24,
        "offline_skew_seconds": 120,
        "abc_cut_offs_percent": (Decimal(80), Decimal(95)),
        "counts_per_year": {"A": 4, "B": 2, "C": 1},
        "expiring_lot_days": 30,
        "maintenance_due_days": 30,
        "clearance_deadline_days": 14,
        "clearance_reminder_days": (30, 90),
        "self_extensions": 2,
        "netting_delay_minutes": 60,
        "mail_attempts": 5,
        "nfpa_warning_days": (180, 90, 30),
        "lockout_failures": 5,
        "lockout_minutes": 15,
        "access_token_hours": 8,
        "refresh_token_days": 30,
        "refresh_lead_minutes": 5,
        "invitation_days": 7,
        "password_reset_hours": 1,
        "email_check_hours": 24,
        "scan_repeat_milliseconds": 500,
    }
    assert msgspec.structs.asdict(settings) == expected | off


def test_one_organization_s_settings_are_not_another_s() -> None:
    """The defaults are made anew for each."""
    assert Settings().tolerance_percent is not Settings().tolerance_percent
