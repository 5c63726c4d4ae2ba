"""Members: what they may do, what they are offered, and who may change it (domain.md 11)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import structs

from domain.base import Context, Event, Forbidden, Refused
from domain.people import member_events as e
from domain.people.authority import BeyondPowers, Oneself, RoleElsewhere, granting, over
from domain.people.member import Member, MemberInactive, UnknownRole
from domain.people.offer import OfferVoid
from domain.settings import Settings
from tests.specification import ANN, BOB, NOW, STREAM, fold, given

WEEK, INSTANT = timedelta(days=7), timedelta(microseconds=1)
OFFER = NOW.id(f"invitation/{STREAM}")
ADDED = e.MemberAdded(roles=("member",), warehouses=())
INVITED = e.MemberInvited(invitation=OFFER, until=NOW.now + WEEK)
ACCEPTED = e.InvitationAccepted(invitation=OFFER)
GONE, BACK = e.MemberDeactivated(), e.MemberActivated()
HERE = structs.replace(NOW, organization_type="oraseas_ee")


def later(by: timedelta) -> Context:
    """So much later."""
    return structs.replace(NOW, now=NOW.now + by)


def test_who_is_invited_has_a_week_to_accept() -> None:
    """Or as long as the organization's settings say."""
    invited = given(Member, ADDED).when(Member.invite, NOW)
    invited.then(INVITED)
    view = invited.aggregate.view(NOW)
    assert (view.status, view.invited_until) == ("invited", NOW.now + WEEK)
    hasty = structs.replace(NOW, settings=Settings(invitation_days=1))
    one_day = structs.replace(INVITED, until=NOW.now + timedelta(days=1))
    given(Member, ADDED).when(Member.invite, hasty).then(one_day)
    last = given(Member, ADDED, INVITED).when(Member.accept, OFFER, later(WEEK - INSTANT))
    last.then(ACCEPTED)
    assert last.aggregate.status == "active"
    late = given(Member, ADDED, INVITED).when(Member.accept, OFFER, later(WEEK))
    late.refused(OfferVoid, pointer="/token")


@pytest.mark.parametrize(
    "history",
    [
        (),
        (INVITED, structs.replace(INVITED, invitation=BOB)),
        (INVITED, ACCEPTED, structs.replace(INVITED, invitation=BOB)),
        (INVITED, GONE),
        (INVITED, GONE, BACK),
        (INVITED, ACCEPTED, GONE),
        (INVITED, ACCEPTED, GONE, BACK),
        (INVITED, e.MemberErased()),
    ],
)
def test_an_invitation_that_was_replaced_or_withdrawn_is_void(history: tuple[Event, ...]) -> None:
    """So is one that never was."""
    member = given(Member, ADDED, *history)
    member.when(Member.accept, OFFER, NOW).refused(OfferVoid, pointer="/token")


def test_an_invitation_is_accepted_once() -> None:
    """Again it records nothing; the newest one is as good as the first."""
    given(Member, ADDED, INVITED, ACCEPTED).when(Member.accept, OFFER, later(WEEK)).then()
    newest = structs.replace(INVITED, invitation=BOB)
    again = given(Member, ADDED, INVITED, newest).when(Member.accept, BOB, NOW)
    again.then(structs.replace(ACCEPTED, invitation=BOB))


def test_nobody_is_invited_who_is_shut_out() -> None:
    """Neither for a while nor for good."""
    for history in ((GONE,), (e.MemberErased(),)):
        given(Member, ADDED, *history).when(Member.invite, NOW).refused(MemberInactive)


def test_what_changes_nothing_records_nothing() -> None:
    """Roles have no order, warehouses have."""
    member = fold(Member, e.MemberAdded(roles=("admin", "auditor"), warehouses=(ANN, BOB)))
    member.give_roles(("auditor", "admin", "auditor"), NOW)
    member.give_warehouses((ANN, BOB, ANN), NOW)
    member.activate(NOW)
    assert not member.pending_events
    member.give_warehouses((BOB, ANN), NOW)
    assert member.warehouses == (BOB, ANN)


def person(*roles: str, active: bool = True, me: bool = False) -> Member:
    """Somebody with those roles."""
    history = [e.MemberAdded(roles=roles, warehouses=()), *([] if active else [GONE])]
    return fold(Member, *history, stream=ANN if me else BOB)


@pytest.mark.parametrize(
    ("acting", "member", "refusal"),
    [
        (("admin",), ("admin",), None),
        (("admin",), ("auditor", "quartermaster"), None),
        (("admin", "super_admin"), ("super_admin",), None),
        (("admin",), ("super_admin",), BeyondPowers),
        (("super_admin",), ("admin",), BeyondPowers),
        (("auditor", "quartermaster"), ("member",), Forbidden),
    ],
)
def test_powers_reach_as_far_as_ones_own(
    acting: tuple[str, ...], member: tuple[str, ...], refusal: type[Refused] | None
) -> None:
    """Over people, and in what is given to them."""
    me, him = person(*acting, me=True), person(*member)
    if refusal is None:
        over(me, him)
        granting(me, member, HERE)
        return
    with pytest.raises(refusal):
        over(me, him)
    with pytest.raises(refusal):
        granting(me, member, HERE)


def test_nobody_acts_on_himself_or_after_his_own_end() -> None:
    """Whatever he was."""
    admin = person("admin", "super_admin", me=True)
    with pytest.raises(Oneself):
        over(admin, admin)
    gone = person("admin", me=True, active=False)
    with pytest.raises(Forbidden):
        over(gone, person())
    with pytest.raises(Forbidden):
        granting(gone, (), HERE)


def test_super_admins_are_of_one_organization_and_system_is_nobody() -> None:
    """Whoever gives the role."""
    admin = person("admin", "super_admin", me=True)
    granting(admin, ("member", "super_admin"), HERE)
    with pytest.raises(RoleElsewhere) as elsewhere:
        granting(admin, ("member", "super_admin"), NOW)
    assert elsewhere.value.pointer == "/roles/1"
    with pytest.raises(UnknownRole):
        granting(admin, ("system",), HERE)
