"""What the document says of amounts is what is accepted."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.openapi import amount
from domain.quantity import Amount, Money, Quantity, UnitCost


def allowed(schema: dict[str, Any], raw: object) -> bool:
    """Whether an amount's schema takes the value, by the exact rules of JSON Schema."""
    text, number = schema["anyOf"]
    if isinstance(raw, str):
        return re.fullmatch(text["pattern"][1:-1], raw, re.ASCII) is not None
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return False
    exact, step = Fraction(str(raw)), Fraction(str(number["multipleOf"]))
    within = number["exclusiveMinimum"] < exact < number["exclusiveMaximum"]
    return within and (exact / step).denominator == 1


def accepted(kind: type[Amount], raw: object) -> bool:
    """Whether the amount is read."""
    try:
        kind.parse(raw)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("kind", [Quantity, Money, UnitCost])
@given(
    raw=st.one_of(
        st.from_regex(r"-?[0-9]{0,13}(\.[0-9]{0,5})?", fullmatch=True),
        st.sampled_from(["NaN", "1E3", "1_0", " 1", "+1", "1.", ".5", "", "٣", "1\n", True, None]),
        st.integers(-(10**13), 10**13),
        st.integers(-(10**9), 10**9).map(lambda n: n / 1000),
        st.floats(allow_nan=False, allow_infinity=False),
    )
)
def test_an_amounts_schema_accepts_what_the_amount_accepts(kind: type[Amount], raw: object) -> None:
    """Neither says yes where the other says no, be it text or number."""
    assert allowed(amount(kind), raw) == accepted(kind, raw)
