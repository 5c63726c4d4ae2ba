"""What an organization may be, below whom, and when it may be closed (domain.md 11)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain.base import Conflicting, Event
from domain.books import Remains
from domain.people import organization as o
from domain.people import organization_commands as c
from domain.people.organization import Organization
from domain.settings import Settings
from tests.specification import NOW, STREAM, fold, given

PARENT, OTHER = UUID(int=31), UUID(int=32)
NOTHING = Remains()


def created(
    kind: c.OrganizationType = "customer", parent: UUID | None = None
) -> o.OrganizationCreated:
    """Called Bolts."""
    return o.OrganizationCreated(name="Bolts", kind=kind, parent=parent)


def above(kind: c.OrganizationType, *since: Event, stream: UUID = PARENT) -> Organization:
    """Who is to be the parent."""
    parent = OTHER if kind == "supplier" else None
    return fold(Organization, created(kind, parent), *since, stream=stream)


SUPPLIER = created("supplier", PARENT)
CLOSED, OPENED = o.OrganizationDeactivated(), o.OrganizationActivated()
JOINED, LEFT = o.ChildJoined(child=STREAM), o.ChildLeft(child=STREAM)
CHILD = o.ChildJoined(child=OTHER)


@pytest.mark.rule("11-4")
def test_a_supplier_under_bossaqua_is_refused() -> None:
    """BossAqua buys nothing here."""
    found = given(Organization)
    found.when(Organization.create, "Bolts", "supplier", above("bossaqua"), NOW)
    found.refused(c.NoSuchParent, pointer="/parent")


@pytest.mark.parametrize(
    ("kind", "parent", "since", "fine"),
    [
        ("independent", None, [], True),
        ("customer", None, [], True),
        ("oraseas_ee", None, [], True),
        ("bossaqua", None, [], True),
        ("supplier", None, [], False),
        ("supplier", "customer", [], True),
        ("supplier", "oraseas_ee", [], True),
        ("supplier", "bossaqua", [], False),
        ("supplier", "independent", [], False),
        ("supplier", "supplier", [], False),
        ("supplier", "customer", [CLOSED], False),
        ("supplier", "customer", [CLOSED, OPENED], True),
        ("customer", "customer", [], False),
        ("independent", "oraseas_ee", [], False),
    ],
)
def test_only_a_supplier_has_a_parent_which_is_an_active_customer_or_oraseas_ee(
    kind: c.OrganizationType,
    parent: c.OrganizationType | None,
    since: list[Event],
    fine: bool,
) -> None:
    """Whoever else has one, or has none, is refused; the parent knows its child at once."""
    top = None if parent is None else above(parent, *since)
    found = given(Organization).when(Organization.create, "Bolts", kind, top, NOW)
    if not fine:
        found.refused(c.NoSuchParent, pointer="/parent")
        return
    found.then(created(kind, None if top is None else top.id))
    assert top is None or top.children == {STREAM}


def test_nothing_is_its_own_parent() -> None:
    """Not even a customer that becomes a supplier by it."""
    found = given(Organization, created())
    found.when(
        Organization.retype, "supplier", None, above("customer", stream=STREAM), NOTHING, NOW
    )
    found.refused(c.NoSuchParent, pointer="/parent")


@pytest.mark.parametrize("name", ["", " ", "\t \n"])
def test_a_name_is_to_be_seen(name: str) -> None:
    """Nor can it be given later."""
    given(Organization).when(Organization.create, name, "customer", None, NOW).refused(
        c.BlankName, pointer="/name"
    )
    given(Organization, created()).when(Organization.rename, name, NOW).refused(c.BlankName)


def test_it_is_founded_once_and_renamed_at_will() -> None:
    """The same name again changes nothing."""
    again = given(Organization, created())
    again.when(Organization.create, "Nuts", "customer", None, NOW).refused(c.OrganizationExists)
    renamed = given(Organization, created()).when(Organization.rename, " Nuts ", NOW)
    renamed.then(o.OrganizationRenamed(name="Nuts"))
    given(Organization, created()).when(Organization.rename, "Bolts", NOW).then()


@pytest.mark.parametrize(
    ("history", "remains", "refusal"),
    [
        ([], NOTHING, None),
        ([CHILD], NOTHING, c.HasChildren),
        ([CHILD, o.ChildLeft(child=OTHER)], NOTHING, None),
        ([], Remains(users=1), c.StillInUse),
        ([], Remains(stock=1), c.StillInUse),
        ([], Remains(warehouses=3), None),
    ],
)
def test_it_is_closed_once_it_has_neither_active_children_nor_users_nor_stock(
    history: list[Event], remains: Remains, refusal: type[Conflicting] | None
) -> None:
    """What it did in former days, and empty warehouses, are in nobody's way."""
    closing = given(Organization, created(), *history)
    closing.when(Organization.deactivate, None, remains, NOW)
    if refusal is None:
        closing.then(CLOSED)
    else:
        closing.refused(refusal)


def test_to_close_and_open_it_again_tells_its_parent() -> None:
    """A second time changes nothing."""
    parent = above("customer", JOINED)
    closed = given(Organization, SUPPLIER)
    closed.when(Organization.deactivate, parent, NOTHING, NOW)
    closed.when(Organization.deactivate, parent, NOTHING, NOW).then(CLOSED)
    assert parent.children == frozenset()
    opened = given(Organization, SUPPLIER, CLOSED).when(Organization.activate, parent, NOW)
    opened.when(Organization.activate, parent, NOW).then(OPENED)
    assert parent.children == {STREAM}


def test_it_is_not_opened_below_a_parent_that_is_closed() -> None:
    """The parent first."""
    opening = given(Organization, SUPPLIER, CLOSED)
    opening.when(Organization.activate, above("customer", CLOSED), NOW)
    opening.refused(c.NoSuchParent)


@pytest.mark.parametrize("kind", sorted(o.SINGLETONS))
def test_the_two_that_there_is_one_of_stay_what_they_are(kind: c.OrganizationType) -> None:
    """Neither closed nor made another type; that would make room for a second."""
    closing = given(Organization, created(kind))
    closing.when(Organization.deactivate, None, NOTHING, NOW).refused(c.SingletonStays)
    becoming = given(Organization, created(kind))
    becoming.when(Organization.retype, "customer", None, None, NOTHING, NOW)
    becoming.refused(c.SingletonStays, pointer="/type")
    inactive = given(Organization, created(), CLOSED)
    inactive.when(Organization.retype, kind, None, None, NOTHING, NOW)
    inactive.refused(c.SingletonStays, pointer="/type")


def test_a_supplier_moves_from_one_parent_to_another() -> None:
    """Both are told; one that is closed is nobody's active child on the way."""
    old, new = above("customer", JOINED), above("oraseas_ee", stream=OTHER)
    moved = given(Organization, SUPPLIER)
    moved.when(Organization.retype, "supplier", old, new, NOTHING, NOW)
    moved.then(o.OrganizationRetyped(kind="supplier", parent=OTHER))
    assert not old.children
    assert new.children == {STREAM}
    closed = given(Organization, SUPPLIER, CLOSED)
    quiet = above("customer", stream=OTHER)
    closed.when(Organization.retype, "supplier", above("customer"), quiet, NOTHING, NOW)
    closed.then(o.OrganizationRetyped(kind="supplier", parent=OTHER))
    assert quiet.children == frozenset()


@pytest.mark.parametrize(
    ("kind", "history", "remains", "refusal"),
    [
        ("independent", [], NOTHING, None),
        ("independent", [CHILD], NOTHING, c.HasChildren),
        ("oraseas_ee", [CHILD], NOTHING, None),
        ("independent", [], Remains(warehouses=1), None),
    ],
)
def test_who_has_suppliers_stays_somebody_who_may(
    kind: c.OrganizationType,
    history: list[Event],
    remains: Remains,
    refusal: type[Conflicting] | None,
) -> None:
    """Else they would have no parent that they may have."""
    becoming = given(Organization, created(), *history)
    becoming.when(Organization.retype, kind, None, None, remains, NOW)
    if refusal is None:
        becoming.then(o.OrganizationRetyped(kind=kind, parent=None))
    else:
        becoming.refused(refusal)


def test_who_has_warehouses_becomes_no_supplier() -> None:
    """Suppliers have none."""
    becoming = given(Organization, created())
    becoming.when(
        Organization.retype, "supplier", None, above("customer"), Remains(warehouses=1), NOW
    )
    becoming.refused(c.HasWarehouses, pointer="/type")


@pytest.mark.parametrize(
    "changes",
    [
        {"lock_seconds": 9},
        {"lock_seconds": "60"},
        {"currency": "euro"},
        {"tolerance_percent": {"A": "1", "B": "2"}},
        {"tolerance_percent": {"A": "1", "B": "2", "D": "3"}},
        {"tolerance_percent": {"A": "-1", "B": "2", "C": "3"}},
        {"abc_cut_offs_percent": ["80", "100.01"]},
        {"recount_value": "-0.01"},
        {"recount_value": "1E+400000"},
        {"lock_minutes": 5},
    ],
)
def test_a_setting_beyond_its_bounds_is_refused(changes: dict[str, Any]) -> None:
    """So is one that nobody knows."""
    organization = fold(Organization, created())
    with pytest.raises(msgspec.ValidationError, match=next(iter(changes))):
        organization.choose(changes, NOW)
    assert not organization.pending_events


def test_null_goes_back_to_the_default() -> None:
    """What is as it was already changes nothing."""
    chosen = o.SettingsChanged(changes={"lock_seconds": 60, "recount_value": "5"})
    back = given(Organization, created(), chosen)
    back.when(Organization.choose, {"lock_seconds": None}, NOW)
    back.then(o.SettingsChanged(changes={"lock_seconds": None}))
    assert (back.aggregate.settings.lock_seconds, back.aggregate.chosen) == (
        Settings().lock_seconds,
        {"recount_value": "5"},
    )
    for same in ({"lock_seconds": 60}, {"mail_attempts": None}, {}):
        given(Organization, created(), chosen).when(Organization.choose, same, NOW).then()


def test_settings_that_are_no_more_or_beyond_todays_bounds_are_passed_over() -> None:
    """Old events fold for ever, and hinder no new choice."""
    old = o.SettingsChanged(changes={"moon_phase": 3, "lock_seconds": 10**9, "mail_attempts": 2})
    organization = fold(Organization, created(), old)
    assert organization.chosen == {"mail_attempts": 2}
    assert organization.settings == Settings(mail_attempts=2)
    organization.choose({"self_extensions": 1}, NOW)
    assert organization.settings == Settings(mail_attempts=2, self_extensions=1)
