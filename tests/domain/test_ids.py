"""Natural keys give ids, and what lies inside a stream has a number."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import ids
from domain.ids import LocalId

ONE, TWO = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("code", "kept"), [(" a1 ", "A1"), ("cold \t room", "COLD ROOM"), ("  ", ""), ("ß", "SS")]
)
def test_a_code_is_kept_in_one_form(code: str, kept: str) -> None:
    """Trimmed, inner blanks collapsed, upper case."""
    assert ids.normal(code) == kept


@given(st.text(max_size=20))
def test_the_normal_form_is_its_own(code: str) -> None:
    """Whatever is kept is found again under what is kept."""
    assert ids.normal(ids.normal(code)) == ids.normal(code)


@pytest.mark.parametrize(
    "make", [ids.product_id, ids.warehouse_id, ids.place_id, ids.counted_shelf_id]
)
def test_the_same_code_in_another_case_is_the_same_thing(make: Any) -> None:
    """In one organization, warehouse or session; in another one it is something else."""
    assert make(ONE, "a  1") == make(ONE, " A 1 ")
    assert make(ONE, "A1") != make(TWO, "A1")
    assert make(ONE, "A1") != make(ONE, "A2")


def test_no_code_means_the_warehouse_itself() -> None:
    """Blanks are no code."""
    assert ids.place_id(ONE, "") == ids.place_id(ONE, "  ") == ONE


def test_no_two_kinds_of_things_share_an_id() -> None:
    """Even of the same names."""
    made = {
        ids.product_id(ONE, "X"),
        ids.warehouse_id(ONE, "X"),
        ids.place_id(ONE, "X"),
        ids.counted_shelf_id(ONE, "X"),
        ids.pool_id(TWO, ONE),
        ids.pool_id(ONE, TWO),
        ids.item_count_id(ONE, TWO),
        ids.item_count_id(TWO, ONE),
    }
    assert len(made) == 8


@given(st.uuids(), st.integers(1, 999_999_999))
def test_a_local_id_reads_what_it_writes(stream: UUID, number: int) -> None:
    """Equal ones are one key of a dictionary."""
    local = LocalId(stream, number)
    again = LocalId.parse(str(local).upper())

    assert again == local
    assert len({again, local}) == 1
    assert local not in (LocalId(stream, number + 1), str(local))


@pytest.mark.parametrize(
    "raw",
    [
        *(
            "",
            "x.1",
            str(ONE),
            f"{ONE}.",
            f"{ONE}.0",
            f"{ONE}.01",
            f"{ONE}.-1",
            f"{ONE}.1000000000",
        ),
        *(f"{ONE}.1 ", f"{ONE}.1\n", f"{ONE}.²", f"{'-' * 36}.1", None, 1),
    ],
)
def test_what_is_no_local_id_is_refused(raw: object) -> None:
    """By a value error, which becomes a 422."""
    with pytest.raises(ValueError, match=r"Expected an id|badly formed"):
        LocalId.parse(raw)
