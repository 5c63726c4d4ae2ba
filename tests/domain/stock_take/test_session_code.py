"""Session codes ST-{MON}{DAY}{SUFFIX}, and joining by one (domain.md 1.2)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.base import Context, Refused
from domain.stock.place import NotAWarehouse, Place, PlaceOpened
from domain.stock_take import session_commands as c
from domain.stock_take.counting import cancel_session, create_session, join_session
from domain.stock_take.session import StockTakeSession
from domain.stock_take.session_code import prefix, suffix
from tests.domain.memory import Memory
from tests.specification import ANN, BOB, EVE, FRESH, NOW, ORGANIZATION

NAIROBI, NEW_YORK = UUID(int=41), UUID(int=42)
ZONES = {NAIROBI: "Africa/Nairobi", NEW_YORK: "America/New_York"}


def branches() -> Memory:
    """A branch in Nairobi and one in New York."""
    memory = Memory()
    for branch, timezone in ZONES.items():
        place = Place.blank(branch)
        opened = PlaceOpened(
            code=timezone, name="", kind="warehouse", warehouse=branch, timezone=timezone
        )
        place.record(opened, NOW)
        memory.append(place)
    return memory


def create(memory: Memory, branch: UUID, instant: str) -> StockTakeSession:
    """Plans a session there and then, for Ann."""
    fresh = uuid5(FRESH, str(len(memory.log)))
    context = Context(ORGANIZATION, EVE, datetime.fromisoformat(instant), fresh)
    wish = c.CreateSession(warehouse=branch, allowed_counters=(ANN,))
    return memory.do(create_session, wish, context)


@pytest.mark.parametrize(
    ("branch", "instant", "code"),
    [
        pytest.param(NAIROBI, "2025-03-24T21:30Z", "ST-MAR25A", marks=pytest.mark.rule("1.2-1")),
        pytest.param(NEW_YORK, "2025-03-25T02:00Z", "ST-MAR24A", marks=pytest.mark.rule("1.2-2")),
        pytest.param(NAIROBI, "2025-01-05T12:00Z", "ST-JAN05A", marks=pytest.mark.rule("1.2-4")),
        (NAIROBI, "2025-12-31T20:59:59Z", "ST-DEC31A"),
        (NAIROBI, "2025-12-31T21:00Z", "ST-JAN01A"),
    ],
)
def test_a_code_has_the_branch_s_own_date(branch: UUID, instant: str, code: str) -> None:
    """In English, whatever the time in Greenwich."""
    assert create(branches(), branch, instant).code == code


@pytest.mark.rule("1.2-1", "1.2-5")
def test_the_next_free_letter_follows_whatever_became_of_the_first() -> None:
    """In another branch, after a cancellation, and in another year."""
    memory = branches()
    first = create(memory, NAIROBI, "2025-03-24T21:30Z")
    assert create(memory, NEW_YORK, "2025-03-25T12:00Z").code == "ST-MAR25B"
    memory.do(cancel_session, c.CancelSession(reason="flood"), NOW, first.id)
    assert create(memory, NAIROBI, "2025-03-25T12:00Z").code == "ST-MAR25C"
    assert create(memory, NAIROBI, "2026-03-25T12:00Z").code == "ST-MAR25D"
    assert create(memory, NAIROBI, "2026-03-26T12:00Z").code == "ST-MAR26A"


@pytest.mark.rule("1.2-5")
def test_a_cancelled_session_keeps_its_code() -> None:
    """ST-MAR25A was cancelled, the next one of that day is B."""
    memory = branches()
    first = create(memory, NAIROBI, "2025-03-25T09:00Z")
    memory.do(cancel_session, c.CancelSession(reason="flood"), NOW, first.id)
    assert create(memory, NAIROBI, "2025-03-25T10:00Z").code == "ST-MAR25B"


@pytest.mark.rule("1.2-3")
def test_after_z_comes_aa() -> None:
    """The 27th session of a day is still planned."""
    memory = branches()
    codes = [create(memory, NAIROBI, "2025-03-25T12:00Z").code for _ in range(27)]
    assert codes[25:] == ["ST-MAR25Z", "ST-MAR25AA"]


@pytest.mark.parametrize(
    ("taken", "letters"),
    [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")],
)
def test_suffixes_follow_as_columns_of_a_sheet_do(taken: int, letters: str) -> None:
    """A..Z, AA..AZ, BA and so on."""
    assert suffix(taken) == letters


@given(st.integers(0, 100_000))
def test_no_two_suffixes_are_the_same(taken: int) -> None:
    """Shorter ones come first, then letters in their order."""
    one, next_one = suffix(taken), suffix(taken + 1)
    assert (len(one), one) < (len(next_one), next_one)
    assert len(prefix(NOW.now, "UTC") + next_one) <= 20


def test_only_a_warehouse_is_counted() -> None:
    """A shelf is counted in its warehouse's session."""
    memory = branches()
    shelf = Place.blank(UUID(int=43))
    opened = PlaceOpened(code="A1", name="", kind="shelf", warehouse=NAIROBI, timezone="UTC")
    shelf.record(opened, NOW)
    memory.append(shelf)
    with pytest.raises(NotAWarehouse):
        create(memory, shelf.id, "2025-03-25T12:00Z")


@pytest.mark.parametrize(
    ("who", "code", "started", "answer"),
    [
        (ANN, " st-mar25a ", True, "ACTIVE"),
        (ANN, "ST-MAR25B", True, c.NoSuchSession),
        (BOB, "ST-MAR25A", True, c.NotAllowedToCount),
        (ANN, "ST-MAR25A", False, "DRAFT"),
        (BOB, "ST-MAR25A", False, "DRAFT"),
    ],
)
def test_a_session_is_joined_by_its_code(
    who: UUID, code: str, started: bool, answer: str | type[Refused]
) -> None:
    """In any case of letters and any number of times; one that is not active answers its status."""
    memory = branches()
    session = create(memory, NAIROBI, "2025-03-25T09:00Z")
    if started:
        memory.decide(StockTakeSession, session.id, StockTakeSession.start, 1, NOW)
    context = msgspec.structs.replace(NOW, actor=who)
    for _ in range(2):
        if isinstance(answer, str):
            assert memory.do(join_session, c.JoinSession(code=code), context).status == answer
        else:
            with pytest.raises(answer):
                memory.do(join_session, c.JoinSession(code=code), context)
