"""What is counted in whole units is never rounded to one (domain.md 3.2)."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.quantity import Quantity
from domain.stock.product import Product
from domain.stock_take.item_commands import CountNotWhole, CountPart, RecordCount
from tests.domain.stock.products import created
from tests.specification import fold


def count(*parts: tuple[str, str]) -> RecordCount:
    """A count in parts of several units."""
    entries = tuple(CountPart(Quantity.parse(quantity), unit) for quantity, unit in parts)
    return RecordCount(session=UUID(int=1), item=UUID(int=2), entries=entries)


def boxes(factor: str) -> Product:
    """A product of which a box holds so many."""
    return fold(Product, created(packs={"box": Quantity.parse(factor)}))


@pytest.mark.parametrize(
    ("quantity", "factor"), [("0.333", "3.003"), ("0.001", "0.4"), ("0.667", "1.5"), ("1", "0.999")]
)
def test_a_part_that_is_almost_whole_is_refused(quantity: str, factor: str) -> None:
    """0.333 boxes of 3.003 are 0.999999 units, and not 1."""
    with pytest.raises(CountNotWhole):
        count((quantity, "box")).total(boxes(factor))


def test_parts_that_are_whole_together_are_accepted() -> None:
    """Two halves of a tablet make one, with the three places that every quantity has."""
    assert str(count(("0.05", "box"), ("0.05", "box")).total(boxes("10"))) == "1.000"
