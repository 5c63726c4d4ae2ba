"""Nothing is shown as minus nothing (domain.md 3.6)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.quantity import money, percent


@pytest.mark.parametrize("amount", ["0", "-0", "-0.000", "-0.004", "0.004"])
def test_an_amount_that_rounds_to_nothing_has_no_sign(amount: str) -> None:
    """Neither as money nor as a percentage."""
    assert str(money(Decimal(amount))) == "0.00"
    assert str(percent(Decimal(amount), Decimal(1000))) == "0.00"
