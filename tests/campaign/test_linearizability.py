"""The checker finds an order where there is one, and says so where there is none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.campaign.linearizability import Operation, linearizable

Call = tuple[str, int]
"""A register is written, or read as some number."""


def step(state: int, call: Call) -> int | None:
    """What the register is afterwards."""
    what, number = call
    if what == "write":
        return number
    return state if state == number else None


def at(what: str, number: int, asked: float, answered: float) -> Operation[Call]:
    """An operation."""
    return Operation((what, number), asked, answered)


def test_a_read_may_see_a_write_that_overlaps_it_or_not() -> None:
    """Both orders are possible."""
    for seen in (0, 1):
        assert linearizable([at("write", 1, 0, 10), at("read", seen, 1, 2)], 0, step)


def test_a_read_has_to_see_a_write_that_was_answered_before_it() -> None:
    """Real time counts."""
    assert not linearizable([at("write", 1, 0, 1), at("read", 0, 2, 3)], 0, step)


def test_what_one_has_seen_another_may_not_miss_later() -> None:
    """Though the write is still on its way."""
    history = [at("write", 1, 0, 10), at("read", 1, 1, 2), at("read", 0, 3, 4)]
    assert not linearizable(history, 0, step)


def test_each_answer_can_be_right_and_still_not_all_of_them() -> None:
    """Two readers who see two writes in opposite orders."""
    writes = [at("write", 1, 0, 9), at("write", 2, 0, 9)]
    first = [at("read", 1, 1, 2), at("read", 2, 3, 4)]
    second = [at("read", 2, 1, 2), at("read", 1, 3, 4)]
    assert linearizable([*writes, *first], 0, step)
    assert not linearizable([*writes, *first, *second], 0, step)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(0, 5), st.booleans()),
        max_size=7,
    )
)
def test_histories_made_from_an_order_have_one(moves: list[tuple[int, int, int, bool]]) -> None:
    """However much the operations overlap around the moments at which they took effect."""
    state, history = 0, []
    for moment, (number, before, after, written) in enumerate(moves):
        if written:
            state = number
            history.append(at("write", number, moment - before, moment + after))
        else:
            history.append(at("read", state, moment - before, moment + after))
    assert linearizable(history, 0, step)
