"""Exact numbers: quantities, money and unit costs, decided on their text before any arithmetic.

Rules: domain.md 0 and 3.2. On the wire each is a JSON string with fixed places; strings and JSON
numbers are accepted.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar, Self

LONGEST = 40
DIGITS = 12
"""At most this many digits stand before the point."""


class Amount(Decimal):
    """A decimal with a fixed number of places, at most `DIGITS` digits before the point.

    One with bounds is nothing below `least` and nothing above `most`.
    """

    places: ClassVar[int]
    least: ClassVar[int | None] = None
    most: ClassVar[int | None] = None
    _text: ClassVar[re.Pattern[str]]

    def __init_subclass__(
        cls, *, places: int, least: int | None = None, most: int | None = None
    ) -> None:
        cls.places, cls.least, cls.most = places, least, most
        cls._text = re.compile(rf"-?[0-9]{{1,{DIGITS}}}(\.[0-9]{{1,{places}}})?", re.ASCII)

    @classmethod
    def parse(cls, raw: object) -> Self:
        """Reads a JSON string or number; raises ValueError, saying what is accepted."""
        if isinstance(raw, float):
            raw = Decimal(repr(raw))
        if isinstance(raw, Decimal):
            raw = _plain(raw)
        elif isinstance(raw, int) and not isinstance(raw, bool):
            raw = str(raw) if abs(raw) < 10**DIGITS else ""
        if not isinstance(raw, str) or len(raw) > LONGEST or cls._text.fullmatch(raw) is None:
            places = f"{DIGITS} digits before the point and {cls.places} after it"
            raise ValueError(f"Expected a decimal of at most {places}")
        value = Decimal(raw).quantize(Decimal(1).scaleb(-cls.places)) + 0  # no negative zero
        if cls.least is not None and value < cls.least:
            raise ValueError(f"Expected a decimal of at least {cls.least}")
        if cls.most is not None and value > cls.most:
            raise ValueError(f"Expected a decimal of at most {cls.most}")
        return cls(value)


class Quantity(Amount, places=3):
    """How much of something, in its base unit."""


class Money(Amount, places=2):
    """An amount of the organization's currency."""


class UnitCost(Amount, places=4):
    """What one base unit costs, in the organization's currency."""


class Percent(Amount, places=2, least=0, most=100):
    """A share, in percent."""


class MoneyLimit(Amount, places=2, least=0):
    """An amount of money beyond which something else holds."""


class QuantityLimit(Amount, places=3, least=0):
    """A quantity beyond which something else holds."""


class UnitCostLimit(Amount, places=4, least=0):
    """A price of one base unit beyond which something else holds."""


def _plain(number: Decimal) -> str:
    """A number as text, without exponent and idle zeros; blank for one of absurd size."""
    sensible = number.is_finite() and abs(number.adjusted()) <= LONGEST
    text = format(number, "f") if sensible else ""
    return text.rstrip("0").removesuffix(".") if "." in text else text


ZERO = Decimal("0.000")
LARGEST = Decimal(10) ** DIGITS


def whole(quantity: Decimal) -> bool:
    """Whether there is nothing behind the point."""
    return quantity == quantity.to_integral_value()


def money(amount: Decimal) -> Decimal:
    """Rounds to 2 places, half away from zero (domain.md 3.6); nothing is never minus nothing."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP) + 0


def percent(part: Decimal, base: Decimal) -> Decimal:
    """100 * part / base with 2 places, half away from zero; the base is not zero."""
    return (100 * part / base).quantize(Decimal("0.01"), ROUND_HALF_UP) + 0
