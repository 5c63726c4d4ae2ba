"""A session's set-up, and who may count where (domain.md 1.1-1.3)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from msgspec import UNSET

from domain.base import Refused
from domain.settings import Settings
from domain.stock_take import session_commands as c
from domain.stock_take import session_events as e
from domain.stock_take.counted_shelf import CountedShelf, CountedShelfView, ShelfClaimed
from domain.stock_take.session import StockTakeSession
from tests.domain.stock.pools import WAREHOUSE
from tests.domain.stock_take.sessions import (
    CAROL,
    HISTORIES,
    PAUSED,
    SESSION,
    STARTED,
    changed,
    created,
    session,
)
from tests.specification import ANN, BOB, EVE, NOW, STREAM, at, fold, given

CREATE, CHANGE = StockTakeSession.create, StockTakeSession.change
A1_OF_ANN = {"A1": ANN, "A2": ANN}


def create(**fields: Any) -> c.CreateSession:
    """The wish for a session of WAREHOUSE."""
    wish: dict[str, Any] = {"warehouse": WAREHOUSE, "allowed_counters": (BOB, ANN)}
    return c.CreateSession(**(wish | fields))


def test_a_session_is_planned_by_its_creator() -> None:
    """Counters are named once each; shelves are kept in the normal form, each with its counter."""
    wish = create(
        allowed_counters=(BOB, ANN, BOB), assigned_shelves={ANN: (" a2 ", "A1")}, notes="door 3"
    )
    given(StockTakeSession).when(CREATE, wish, "ST-MAR25A", NOW).then(
        created(shelves=A1_OF_ANN, notes="door 3")
    )


@pytest.mark.parametrize(
    ("wish", "setting", "blind"),
    [(None, True, True), (None, False, False), (True, False, True), (False, True, False)],
)
def test_counting_is_blind_by_wish_or_by_setting(
    wish: bool | None, setting: bool, blind: bool
) -> None:
    """The wish goes first."""
    context = at("09:00", settings=Settings(blind_counting=setting))
    given(StockTakeSession).when(CREATE, create(blind=wish), "ST-MAR25A", context).then(
        created(blind=blind)
    )


@pytest.mark.parametrize(
    ("shelves", "error", "pointer"),
    [
        ({CAROL: ("A1",)}, c.NotACounter, f"/assigned_shelves/{CAROL}"),
        ({ANN: ("A1",), BOB: (" a1",)}, c.ShelfAssignedTwice, ""),
    ],
)
def test_a_shelf_is_given_to_one_counter_of_the_session(
    shelves: dict[UUID, tuple[str, ...]], error: type[Refused], pointer: str
) -> None:
    """When it is planned and when it is changed."""
    given(StockTakeSession).when(CREATE, create(assigned_shelves=shelves), "X", NOW).refused(
        error, pointer=pointer
    )
    wish = c.ChangeSession(assigned_shelves=shelves)
    given(StockTakeSession, created()).when(CHANGE, wish, NOW).refused(error, pointer=pointer)


@pytest.mark.parametrize(
    ("wish", "event"),
    [
        (c.ChangeSession(), None),
        (c.ChangeSession(notes=UNSET, name=""), None),
        (c.ChangeSession(allowed_counters=(BOB, ANN)), None),
        (c.ChangeSession(name="East"), changed(name="East", shelves=A1_OF_ANN)),
        (c.ChangeSession(blind=False), changed(blind=False, shelves=A1_OF_ANN)),
        (c.ChangeSession(is_multi_user=False), changed(is_multi_user=False, shelves=A1_OF_ANN)),
        (c.ChangeSession(claims_shelves=True), changed(claims_shelves=True, shelves=A1_OF_ANN)),
        (
            c.ChangeSession(scope=e.Scope(include_zero_stock=True)),
            changed(scope=e.Scope(include_zero_stock=True), shelves=A1_OF_ANN),
        ),
        (c.ChangeSession(allowed_counters=(BOB,)), changed(counters=(BOB,))),
        (c.ChangeSession(assigned_shelves={BOB: ("A1",)}), changed(shelves={"A1": BOB})),
        (c.ChangeSession(assigned_shelves={}), changed()),
    ],
)
def test_a_draft_s_set_up_changes_where_it_is_named(
    wish: c.ChangeSession, event: e.SessionSetupChanged | None
) -> None:
    """Whoever is no counter any more has no shelf; without a change nothing is recorded."""
    draft = created(shelves=A1_OF_ANN)
    decision = given(StockTakeSession, draft).when(CHANGE, wish, NOW)
    decision.then(*([] if event is None else [event]))


@pytest.mark.parametrize("history", [(created(), STARTED), (created(), STARTED, PAUSED)])
@pytest.mark.parametrize(
    ("field", "value", "possible"),
    [
        ("allowed_counters", (ANN,), True),
        ("assigned_shelves", {ANN: ("A1",)}, True),
        ("notes", "door 3", True),
        ("name", "East", False),
        ("is_multi_user", False, False),
        ("blind", False, False),
        ("claims_shelves", True, False),
        ("scope", e.Scope(), False),
    ],
)
def test_an_open_session_changes_its_counters_shelves_and_notes_only(
    history: tuple[e.SessionEvent, ...], field: str, value: Any, possible: bool
) -> None:
    """Even a value that is the same is refused: it would be no change that somebody meant."""
    decision = given(StockTakeSession, *history)
    decision.when(CHANGE, c.ChangeSession(**{field: value}), NOW)
    if possible:
        names: dict[str, Any] = {
            "allowed_counters": {"counters": (ANN,)},
            "notes": {"notes": "door 3"},
        }
        decision.then(changed(**names.get(field, {"shelves": {"A1": ANN}})))
    else:
        decision.refused(c.OnlyInDraft)


@pytest.mark.parametrize(
    ("changes", "member", "shelf", "error"),
    [
        ({}, ANN, "A1", None),
        ({}, ANN, "", None),
        ({}, ANN, None, None),
        ({}, EVE, "A1", c.NotAllowedToCount),
        ({}, CAROL, None, c.NotAllowedToCount),
        ({"shelves": A1_OF_ANN}, ANN, "A1", None),
        ({"shelves": A1_OF_ANN}, ANN, "B1", c.ShelfOfAnother),
        ({"shelves": A1_OF_ANN}, ANN, "", c.ShelfOfAnother),
        ({"shelves": A1_OF_ANN}, ANN, None, None),
        ({"shelves": A1_OF_ANN}, BOB, "A1", c.ShelfOfAnother),
        ({"shelves": A1_OF_ANN}, BOB, "B1", None),
        ({"counters": (), "is_multi_user": False}, EVE, "A1", None),
        ({"counters": (), "is_multi_user": False}, ANN, "A1", c.NotAllowedToCount),
    ],
)
def test_a_counter_counts_his_shelves_or_those_that_nobody_owns(
    changes: dict[str, Any], member: UUID, shelf: str | None, error: type[Refused] | None
) -> None:
    """The creator is a counter only where he counts alone."""
    decision = given(StockTakeSession, created(**changes), STARTED)
    decision.when(StockTakeSession.may_count, member, shelf)
    if error is None:
        decision.then()
    else:
        decision.refused(error)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("NONE", c.NoSuchSession),
        ("DRAFT", c.WrongStatus),
        ("ACTIVE", None),
        ("PAUSED", c.SessionPausedNow),
        ("POSTING", c.SessionIsPosting),
        ("COMPLETED", c.WrongStatus),
        ("CANCELLED", c.WrongStatus),
    ],
)
def test_counting_is_possible_while_a_session_is_active(
    status: str, error: type[Refused] | None
) -> None:
    """A pause says that it is one."""
    decision = given(StockTakeSession, *HISTORIES[status])
    decision.when(StockTakeSession.may_count, ANN, "A1")
    if error is None:
        decision.then()
    else:
        decision.refused(error)


def test_a_session_that_is_none_admits_nobody() -> None:
    """It is not found, whoever asks."""
    given(StockTakeSession).when(StockTakeSession.must_admit, ANN).refused(c.NoSuchSession)


def test_a_view_lists_each_counter_s_shelves() -> None:
    """As they were given."""
    shown = session(created(shelves={"A1": ANN, "A2": ANN, "B1": BOB})).view(NOW)

    assert shown.assigned_shelves == {ANN: ("A1", "A2"), BOB: ("B1",)}
    assert shown.allowed_counters == (ANN, BOB)
    assert (shown.id, shown.code, shown.status) == (SESSION, "ST-MAR25A", "DRAFT")


CLAIMED = ShelfClaimed(session=SESSION, shelf="A1", owner=ANN)


def test_the_first_counter_of_a_shelf_owns_it() -> None:
    """A second claim changes nothing."""
    claim = CountedShelf.claim
    given(CountedShelf).when(claim, SESSION, "A1", at("09:00", ANN)).then(CLAIMED)
    given(CountedShelf, CLAIMED).when(claim, SESSION, "A1", at("09:01", BOB)).then()
    assert fold(CountedShelf, CLAIMED).view(NOW) == CountedShelfView(id=STREAM, owner=ANN)


def test_a_claimed_shelf_is_open_to_its_owner() -> None:
    """One that nobody claimed is open to all."""
    open_to = CountedShelf.must_be_open_to
    given(CountedShelf).when(open_to, BOB).then()
    given(CountedShelf, CLAIMED).when(open_to, ANN).then()
    given(CountedShelf, CLAIMED).when(open_to, BOB).refused(c.ShelfOfAnother, by=ANN)
