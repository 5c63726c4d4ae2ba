"""Exact numbers are decided on their text before any arithmetic (domain.md 0 and 3.2)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.quantity import Amount, Money, Quantity, UnitCost, money, percent, whole


@pytest.mark.parametrize(
    ("kind", "raw", "text"),
    [
        (Quantity, "5", "5.000"),
        (Quantity, 5, "5.000"),
        (Quantity, 5.5, "5.500"),
        (Quantity, 1e11, "100000000000.000"),
        (Quantity, -0.5, "-0.500"),
        (Quantity, "-0.001", "-0.001"),
        (Quantity, "-0", "0.000"),
        (Quantity, "007", "7.000"),
        (Quantity, "999999999999.999", "999999999999.999"),
        (Quantity, -(10**12) + 1, "-999999999999.000"),
        (Money, "2.50", "2.50"),
        (UnitCost, 0.0001, "0.0001"),
        (UnitCost, "0.12345", None),
        (Money, "0.001", None),
        (Quantity, "0.0001", None),
        (Quantity, 0.0001, None),
        (Quantity, "1000000000000", None),
        (Quantity, 10**12, None),
        (Quantity, 1e300, None),
        (Quantity, 5e-324, None),
        (Quantity, float("nan"), None),
        (Quantity, float("inf"), None),
        (Quantity, "NaN", None),
        (Quantity, "Infinity", None),
        (Quantity, "1E+400000", None),
        (Quantity, "1e3", None),
        (Quantity, "1_0", None),
        (Quantity, " 1", None),
        (Quantity, "1\n", None),
        (Quantity, "+1", None),
        (Quantity, "1.", None),
        (Quantity, ".5", None),
        (Quantity, "1,5", None),
        (Quantity, "", None),
        (Quantity, "٣", None),
        (Quantity, "0" * 41, None),
        (Quantity, True, None),
        (Quantity, None, None),
        (Quantity, [1], None),
    ],
)
def test_only_plain_decimals_are_read(kind: type[Amount], raw: Any, text: str | None) -> None:
    """Whatever is not exactly representable is refused, never rounded."""
    if text is None:
        with pytest.raises(ValueError, match="Expected a decimal of at most 12 digits"):
            kind.parse(raw)
    else:
        assert str(kind.parse(raw)) == text
        assert type(kind.parse(raw)) is kind


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_a_quantity_reads_what_it_writes(thousandths: int) -> None:
    """Over its whole range."""
    quantity = Quantity(Decimal(thousandths).scaleb(-3))
    assert Quantity.parse(str(quantity)) == quantity


@given(st.text(max_size=50) | st.floats() | st.integers())
def test_what_is_read_fits(raw: str | float) -> None:
    """No text or number becomes more than 12 digits and 3 places."""
    try:
        quantity = Quantity.parse(raw)
    except ValueError:
        return
    assert abs(quantity) < 10**12
    assert quantity.as_tuple().exponent == -3
    assert quantity == Decimal(str(raw))


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("2.345", "2.35"), ("-2.345", "-2.35"), ("2.3449", "2.34"), ("0", "0.00")],
)
def test_money_rounds_half_away_from_zero(amount: str, rounded: str) -> None:
    """On the absolute value, so a loss rounds as a gain does."""
    assert str(money(Decimal(amount))) == rounded


@pytest.mark.parametrize(
    ("part", "base", "shown"),
    [("-3", "100", "-3.00"), ("-10", "485", "-2.06"), ("1", "8000", "0.01"), ("1", "3", "33.33")],
)
def test_a_percentage_has_two_places(part: str, base: str, shown: str) -> None:
    """With half away from zero."""
    assert str(percent(Decimal(part), Decimal(base))) == shown


@pytest.mark.parametrize(
    ("quantity", "expected"), [("3", True), ("3.000", True), ("0", True), ("-2.001", False)]
)
def test_whole_means_nothing_behind_the_point(quantity: str, expected: bool) -> None:
    """Zeros are nothing."""
    assert whole(Decimal(quantity)) is expected
