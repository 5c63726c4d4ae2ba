"""Products and their units, which convert exactly (domain.md 3.2)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.base import Refused
from domain.quantity import Quantity, UnitCost
from domain.stock import product as p
from domain.stock.place import BlankCode
from domain.stock.product import CreateProduct, Product, ProductCreated
from tests.domain.stock.pools import PRODUCT
from tests.domain.stock.products import create, created, product
from tests.specification import NOW, given

LITRES = product(
    classification="bulk_material",
    unit="litre",
    packs={"gallon": Decimal("3.785"), "crate": Decimal(10)},
)
TABLETS = product(packs={"strip": Decimal(10), "carton": Decimal(120)})


def test_a_product_is_created_as_it_is_described() -> None:
    """Without the blanks around its texts."""
    given(Product).when(Product.create, create(), NOW).then(created())


@pytest.mark.parametrize(
    ("history", "command", "error", "pointer"),
    [
        ([created()], create(), p.SkuTaken, "/sku"),
        ([], create(sku="  "), BlankCode, "/sku"),
        ([], create(barcodes=("4006", " ")), BlankCode, "/barcodes"),
        ([], create(packs={"strip": Quantity.parse(0)}), p.ConflictingPack, "/packs/strip"),
        ([], create(packs={"strip": Quantity.parse(-1)}), p.ConflictingPack, "/packs/strip"),
        ([], create(packs={"m/s~": Quantity.parse(0)}), p.ConflictingPack, "/packs/m~1s~0"),
        ([], create(packs={"tablet": Quantity.parse(2)}), p.ConflictingPack, "/packs/tablet"),
        ([], create(threshold=Quantity.parse(-1)), p.NegativeNumber, "/threshold"),
        ([], create(unit_cost=UnitCost.parse("-0.01")), p.NegativeNumber, "/unit_cost"),
    ],
)
def test_a_product_is_refused(
    history: list[ProductCreated], command: CreateProduct, error: type[Refused], pointer: str
) -> None:
    """With the field at fault."""
    given(Product, *history).when(Product.create, command, NOW).refused(error, pointer=pointer)


@pytest.mark.rule("3.2-a")
@pytest.mark.parametrize(
    ("of", "quantity", "unit", "base"),
    [
        (LITRES, "2.5", "gallon", "9.462"),
        (LITRES, "6.7", None, "6.700"),
        (LITRES, "6.7", "litre", "6.700"),
        (TABLETS, "0.5", "strip", "5.000"),
        (TABLETS, "1", "carton", "120.000"),
    ],
)
def test_a_pack_converts_exactly(of: Product, quantity: str, unit: str | None, base: str) -> None:
    """9.4625 litres are 9.462: half goes to the even neighbour."""
    converted = of.in_base_units(Quantity.parse(quantity), unit)

    assert str(converted) == base
    assert of.accepts(converted)


@pytest.mark.rule("3.2-a")
def test_a_fraction_of_a_whole_unit_is_not_accepted() -> None:
    """A quarter strip of ten would be two and a half tablets."""
    quarter = TABLETS.in_base_units(Quantity.parse("0.25"), "strip")

    assert str(quarter) == "2.500"
    assert not TABLETS.accepts(quarter)


@pytest.mark.rule("T-3.2-a")
def test_nothing_is_cut_off_in_a_conversion() -> None:
    """0.33 of a crate of 10 litres is 3.3 litres, not 3."""
    assert LITRES.in_base_units(Quantity.parse("0.33"), "crate") == Decimal("3.3")


def test_an_unknown_unit_is_refused() -> None:
    """It is named."""
    with pytest.raises(p.UnknownUnit, match="'box'"):
        TABLETS.in_base_units(Quantity.parse(1), "box")


@pytest.mark.parametrize(
    ("classification", "whole", "unlimited", "decimals"),
    [
        ("asset", True, False, 0),
        ("consumable", True, False, 0),
        ("bulk_material", False, False, 3),
        ("digital", True, True, 0),
    ],
)
def test_a_classification_says_how_it_is_counted(
    classification: str, whole: bool, unlimited: bool, decimals: int
) -> None:
    """Only bulk has fractions, only what is digital never runs out."""
    one = product(classification=classification)
    shown = one.view(NOW)

    assert [one.whole, one.unlimited, shown.decimals] == [whole, unlimited, decimals]
    assert (shown.id, shown.sku, shown.unlimited) == (PRODUCT, "PARA-500", unlimited)
