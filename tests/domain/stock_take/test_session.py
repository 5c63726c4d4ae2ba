"""Only the named actions change a session's status (domain.md 1.1)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from domain.base import Event, Refused
from domain.duties import OverridingNeedsAdmin
from domain.permissions import Permission
from domain.settings import Settings
from domain.stock_take import session_commands as c
from domain.stock_take import session_events as e
from domain.stock_take.session import StockTakeSession
from tests.domain.stock_take.sessions import (
    CANCELLED,
    COMPLETED,
    COUNT,
    FROZEN,
    FROZEN_IN_PAUSE,
    HISTORIES,
    PAUSED,
    RESUMED,
    STARTED,
    THAWED,
    TOTALS,
    changed,
    created,
    session,
)
from tests.specification import ANN, BOB, EVE, NOW, at, given

S = StockTakeSession
OPEN = ("ACTIVE", "PAUSED")
NOTES = c.ChangeSession(notes="door 3")
LATE = changed(notes="door 3")

ACTIONS: dict[str, tuple[Any, tuple[Any, ...], tuple[str, ...], Event]] = {
    "start": (S.start, (4, NOW), ("DRAFT",), STARTED),
    "pause": (S.pause, (c.PauseSession(), NOW), ("ACTIVE",), PAUSED),
    "resume": (S.resume, (c.ResumeSession(), NOW), ("PAUSED",), RESUMED),
    "change": (S.change, (NOTES, NOW), ("DRAFT", *OPEN), LATE),
    "cancel": (S.cancel, (c.CancelSession(reason="flood"), NOW), ("DRAFT", *OPEN), CANCELLED),
    "thaw": (S.thaw, ("UNCOUNTED_ITEMS", "1 item(s)", (COUNT,), NOW), ("POSTING",), THAWED),
    "complete": (S.complete, (TOTALS, frozenset({ANN, BOB}), NOW), ("POSTING",), COMPLETED),
}


@pytest.mark.parametrize("status", HISTORIES)
@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_is_possible_in_its_statuses_only(status: str, action: str) -> None:
    """In all others it is refused: a session that is being posted and one that is none say so."""
    decide, arguments, statuses, event = ACTIONS[action]
    decision = given(StockTakeSession, *HISTORIES[status]).when(decide, *arguments)
    if status in statuses:
        decision.then(event)
    elif status == "NONE":
        decision.refused(c.NoSuchSession)
    elif status == "POSTING":
        decision.refused(c.SessionIsPosting)
    else:
        decision.refused(c.WrongStatus, state=status)


@pytest.mark.parametrize(
    ("status", "event"),
    [
        ("DRAFT", None),
        ("ACTIVE", FROZEN),
        ("PAUSED", FROZEN_IN_PAUSE),
        ("POSTING", None),
        ("COMPLETED", None),
        ("CANCELLED", None),
        ("NONE", None),
    ],
)
def test_completing_freezes_an_open_session(status: str, event: e.SessionFrozen | None) -> None:
    """A pause may be the review; a second completion is refused."""
    decision = given(StockTakeSession, *HISTORIES[status])
    decision.when(StockTakeSession.freeze, c.CompleteSession(), NOW)
    if event is not None:
        decision.then(event)
    elif status == "POSTING":
        decision.refused(c.SessionIsPosting)
    else:
        decision.refused(c.NoSuchSession if status == "NONE" else c.WrongStatus)


@pytest.mark.parametrize(
    ("history", "status", "activation"),
    [
        ((created(),), "DRAFT", 0),
        ((created(), STARTED), "ACTIVE", 1),
        ((created(), STARTED, PAUSED), "PAUSED", 1),
        ((created(), STARTED, PAUSED, RESUMED), "ACTIVE", 2),
        ((created(), STARTED, FROZEN), "POSTING", 1),
        ((created(), STARTED, FROZEN, THAWED), "ACTIVE", 1),
        ((created(), STARTED, PAUSED, FROZEN_IN_PAUSE, THAWED), "PAUSED", 1),
        ((created(), STARTED, FROZEN, COMPLETED), "COMPLETED", 1),
        ((created(), STARTED, CANCELLED), "CANCELLED", 1),
    ],
)
def test_a_history_leads_to_its_status(
    history: tuple[e.SessionEvent, ...], status: str, activation: int
) -> None:
    """A thawed session is as it was before the freeze; each resumption voids earlier locks."""
    reached = session(*history)

    assert (reached.status, reached.activation) == (status, activation)
    assert reached.open is (status in {"ACTIVE", "PAUSED", "POSTING"})


@pytest.mark.rule("T-1.1-a")
def test_a_change_cannot_name_a_status() -> None:
    """No command has such a field, and a body that names one is refused."""
    commands: list[type[msgspec.Struct]] = [c.CreateSession, c.ChangeSession, c.StartSession]
    commands += [c.PauseSession, c.ResumeSession, c.CompleteSession, c.CancelSession]
    for kind in commands:
        assert "status" not in kind.__struct_fields__
        with pytest.raises(msgspec.ValidationError, match="unknown field `status`"):
            msgspec.convert({"status": "COMPLETED"}, kind)


def test_a_session_starts_with_somebody_to_count() -> None:
    """Its counters, or its creator where he counts alone."""
    nobody = created(counters=())
    start = StockTakeSession.start
    given(StockTakeSession, nobody).when(start, 4, NOW).refused(c.NoCounters)
    alone = created(counters=(), is_multi_user=False)
    given(StockTakeSession, alone).when(start, 4, NOW).then(STARTED)


def test_a_session_starts_with_something_to_count() -> None:
    """An empty scope would complete at once."""
    given(StockTakeSession, created()).when(StockTakeSession.start, 0, NOW).refused(
        c.NothingToCount
    )


@pytest.mark.parametrize(
    ("wish", "setting", "policy"),
    [(None, "BLOCK", "BLOCK"), (None, "LEAVE", "LEAVE"), ("LEAVE", "BLOCK", "LEAVE")],
)
def test_the_policy_is_the_wish_or_the_organization_s(
    wish: e.Policy | None, setting: e.Policy, policy: e.Policy
) -> None:
    """It stands in the freeze, so that a crash does not change it."""
    context = at("09:00", settings=Settings(uncounted_policy=setting))
    decision = given(StockTakeSession, *HISTORIES["ACTIVE"])
    decision.when(StockTakeSession.freeze, c.CompleteSession(policy=wish), context)
    decision.then(msgspec.structs.replace(FROZEN, policy=policy))


@pytest.mark.parametrize("wish", [c.CompleteSession(policy="ZERO"), c.CompleteSession()])
def test_uncounted_items_are_not_posted_as_zero(wish: c.CompleteSession) -> None:
    """Neither by wish nor by setting."""
    context = at("09:00", settings=Settings(uncounted_policy="ZERO"))
    given(StockTakeSession, *HISTORIES["ACTIVE"]).when(
        StockTakeSession.freeze, wish, context
    ).refused(c.PolicyNotAllowed, pointer="/policy")


def test_only_an_admin_leaves_items_out() -> None:
    """By name, each once."""
    wish = c.CompleteSession(leave_out=(BOB, ANN, BOB))
    freeze = StockTakeSession.freeze
    given(StockTakeSession, *HISTORIES["ACTIVE"]).when(freeze, wish, NOW).refused(
        c.LeavingOutNeedsAdmin, pointer="/leave_out"
    )
    admin = at("09:00", permissions=frozenset({Permission.STOCK_TAKE_OVERRIDE}))
    given(StockTakeSession, *HISTORIES["ACTIVE"]).when(freeze, wish, admin).then(
        msgspec.structs.replace(FROZEN, leave_out=(ANN, BOB))
    )


def test_only_an_admin_overrides_the_separation_of_duties() -> None:
    """His reason stands in the freeze, so that a crash does not lose it."""
    wish = c.CompleteSession(override="Bob is ill")
    freeze = StockTakeSession.freeze
    given(StockTakeSession, *HISTORIES["ACTIVE"]).when(freeze, wish, NOW).refused(
        OverridingNeedsAdmin, pointer="/override"
    )
    admin = at("09:00", permissions=frozenset({Permission.DUTIES_OVERRIDE}))
    given(StockTakeSession, *HISTORIES["ACTIVE"]).when(freeze, wish, admin).then(
        msgspec.structs.replace(FROZEN, reason="Bob is ill")
    )


def test_a_session_frozen_before_it_named_its_completer_is_completed_by_anybody() -> None:
    """What was asked for then is done."""
    old = e.SessionFrozen(policy="BLOCK", leave_out=(), paused=False)
    decision = given(StockTakeSession, created(), STARTED, old)
    decision.when(S.complete, TOTALS, frozenset({EVE}), NOW).then(COMPLETED)


def test_only_reviewers_see_the_totals() -> None:
    """And only of a completed session."""
    reviewer = at("09:00", permissions=frozenset({Permission.STOCK_TAKE_REVIEW}))
    completed = session(*HISTORIES["COMPLETED"])

    assert completed.view(reviewer).totals == TOTALS
    assert completed.view(NOW).totals is None
    assert session().view(reviewer).totals is None


def _refusal(error: type[Refused]) -> str:
    return error.code


def test_each_refusal_has_a_code_of_its_own() -> None:
    """Whoever reads the answer tells them apart by it."""
    errors = [one for one in vars(c).values() if isinstance(one, type) and issubclass(one, Refused)]
    own = [one for one in errors if one.__module__ == c.__name__]
    assert len(set(map(_refusal, own))) == len(own) > 10
