"""Where a variance is posted (domain.md 1.6)."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest

from domain.stock_take.posting import NAMED, Blockers, inspect
from domain.stock_take.session_events import Policy
from domain.stock_take.variance import Evidence, Pool
from tests.domain.stock_take.evidences import (
    ONE_PERCENT,
    evidence,
    line,
    move,
    place,
    pool,
    pool_of,
    shares,
    variance,
)
from tests.domain.stock_take.sessions import COUNT


@pytest.mark.parametrize(
    ("counts", "pools", "posted"),
    [
        ({"A1": 8, "A2": 13}, [pool("A1", 10), pool("A2", 10)], {"A1": -2, "A2": 3}),
        ({"A1": 10}, [pool("A1", 10)], {"A1": 0}),
        ({"A1": 8, "A2": 2}, [pool("A1", 10), pool("B1", 0)], {"A1": 0}),
        ({"A1": 8, "A2": 5}, [pool("A1", 10)], {"A1": 3}),
        ({"A2": 12}, [pool("B1", 0), pool("", 9)], {"": 3}),
        ({"A2": 12}, [pool("B1", 0), pool("B2", 0)], {"B1": 12}),
        ({"A2": 12}, [], {None: 12}),
        ({"A2": 0}, [], {None: 0}),
        ({"A1": 1, "A2": 2}, [pool("A1", 10)], {"A1": -7}),
        ({"A1": 1, "": 0}, [pool("A1", 10), pool("", 4)], {"A1": -9, "": -4}),
        ({"A2": 1}, [pool("", 4)], {"": -3}),
    ],
    ids=[
        "each shelf its own",
        "nothing to post",
        "a shelf without a pool evens out",
        "a surplus to the first counted",
        "a surplus to the largest",
        "a surplus to the first of equals",
        "a surplus to a new pool",
        "a pool for nothing",
        "a loss from the counted",
        "a loss from each counted",
        "a loss from another",
    ],
)
def test_a_variance_is_posted_where_it_belongs(
    counts: dict[str, int], pools: list[Pool], posted: dict[str | None, int]
) -> None:
    """Shelf by shelf where each has its own pool, else as one."""
    found = variance(evidence([line(s, "10:00", n) for s, n in counts.items()], pools))
    expected = {None if s is None else pool_of(s): d for s, d in posted.items()}

    assert shares(found) == expected
    assert sum(shares(found).values()) == found.variance


def test_a_loss_is_taken_from_counted_shelves_first_and_none_falls_below_zero() -> None:
    """Then from the others in the order of their codes."""
    lines = [line("C1", "10:00", 1), line("C2", "10:00", 0)]
    found = variance(evidence(lines, [pool("", 4), pool("C2", 2)]))
    assert found.variance == -5
    assert shares(found) == {pool_of("C2"): -2, pool_of(""): -3}


def test_a_new_pool_is_opened_at_the_warehouse_itself() -> None:
    """A surplus that no pool of the product can take."""
    (share,) = variance(evidence([line("A2", "10:00", 12)], [])).shares
    assert (share.place, share.pool, share.delta) == (place(""), None, Decimal(12))


def test_a_shelf_s_own_contradiction_is_one_of_the_item() -> None:
    """A1 would fall below zero though the item as a whole would not."""
    pools = [pool("A1", 2, move("10:10", -8)), pool("A2", 50)]
    found = variance(evidence([line("A1", "10:00", 4), line("A2", "10:00", 50)], pools))
    assert (found.variance, found.negative) == (Decimal(-6), True)


SOUND = evidence([line("A1", "10:00", 10)], [pool("A1", 10)], ("A1",))
UNCOUNTED = evidence([], [pool("A1", 10)], ("A1",))
PARTIAL = evidence([line("A1", "10:00", 10)], [pool("A1", 10), pool("A2", 1)], ("A1", "A2"))
NEGATIVE = evidence([line("A1", "10:00", 4)], [pool("A1", 5, move("10:10", -5))], ("A1",))
SPLIT = evidence(
    [line("A1", "10:00", 30), line("A2", "10:20", 17)], [pool("", 46, move("10:10", -4))], ("",)
)


@pytest.mark.parametrize(
    ("page", "policy", "code"),
    [
        ([SOUND], "BLOCK", None),
        ([UNCOUNTED], "BLOCK", "UNCOUNTED_ITEMS"),
        ([PARTIAL], "BLOCK", "UNCOUNTED_ITEMS"),
        ([UNCOUNTED, PARTIAL], "LEAVE", None),
        ([NEGATIVE], "BLOCK", "NEGATIVE_RESULT"),
        ([NEGATIVE], "LEAVE", "NEGATIVE_RESULT"),
        ([SPLIT], "LEAVE", "SPLIT_MOVEMENT"),
        ([SPLIT, NEGATIVE], "LEAVE", "NEGATIVE_RESULT"),
        ([SPLIT, NEGATIVE, UNCOUNTED], "BLOCK", "UNCOUNTED_ITEMS"),
    ],
)
def test_the_first_reason_gives_the_session_back(
    page: list[Evidence], policy: Policy, code: str | None
) -> None:
    """What is not counted blocks unless it may be left."""
    blockers = Blockers()
    inspect(blockers, page, frozenset(), ONE_PERCENT)
    thaw = blockers.thaw(policy)
    assert (None if thaw is None else thaw.code) == code


@pytest.mark.parametrize("contradicting", [NEGATIVE, SPLIT])
def test_what_is_left_out_by_name_does_not_contradict(contradicting: Evidence) -> None:
    """An admin did so."""
    blockers = Blockers()
    inspect(blockers, [contradicting], frozenset({COUNT}), ONE_PERCENT)
    assert blockers.thaw("BLOCK") is None


def test_a_refusal_names_a_hundred_items_and_counts_all() -> None:
    """The answer stays short."""
    uncounted = [UUID(int=number) for number in range(NAMED + 1)]
    thaw = Blockers(uncounted=uncounted).thaw("BLOCK")
    assert thaw is not None
    assert thaw.items == tuple(uncounted[:NAMED])
    assert thaw.detail == "101 item(s) not fully counted"
