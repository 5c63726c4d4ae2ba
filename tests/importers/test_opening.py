"""Opening stock on the real log: everything once, or nothing."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from domain.base import Refused
from domain.quantity import Quantity, UnitCost
from domain.stock.movement import PoolCreated, StockReceived
from domain.stock.opening import (
    MOST_ROWS,
    CostUnknown,
    ImportStock,
    NegativeStock,
    NotInList,
    OpeningPlace,
    OpeningStock,
    TooManyRows,
    TwiceInList,
)
from domain.stock.place import OpenWarehouse, PlaceOpened
from domain.stock.pool_commands import FractionRefused
from domain.stock.product import CreateProduct

if TYPE_CHECKING:
    from tests.importers.conftest import Store

BOLT = CreateProduct(sku="BOLT", name="Bolt", unit_cost=UnitCost("0.2500"), barcodes=("4711",))
SAND = CreateProduct(
    sku="SAND", name="Sand", classification="bulk_material", unit="kg", unit_cost=UnitCost("1.5000")
)


def lies(sku: str, quantity: str, location: str = "A1", warehouse: str = "W") -> OpeningStock:
    """A row of stock."""
    return OpeningStock(
        warehouse=warehouse, location=location, sku=sku, quantity=Quantity(quantity)
    )


LIST = ImportStock(
    warehouses=(OpenWarehouse(code="w", name="Warehouse", timezone="Europe/Berlin"),),
    places=(OpeningPlace(warehouse="W", code="a1", name="First", kind="bin"),),
    products=(BOLT, SAND),
    stock=(lies("bolt", "5.000", "a1"), lies("BOLT", "0.000", "B2"), lies("SAND", "1.500", "")),
)


async def test_a_list_creates_what_is_missing_and_receives_its_stock_at_cost(store: Store) -> None:
    """Codes are kept in upper case; nothing is received where there is nothing."""
    await store.take_in(LIST)

    events = [recorded.event for recorded in await store.events()]
    places = {e.code: (e.name, e.kind) for e in events if isinstance(e, PlaceOpened)}
    assert places == {
        "W": ("Warehouse", "warehouse"),
        "A1": ("First", "bin"),
        "B2": ("B2", "shelf"),
    }
    received = [(e.on_hand, e.unit_cost) for e in events if isinstance(e, StockReceived)]
    assert received == [(Decimal(5), Decimal("0.25")), (Decimal("1.5"), Decimal("1.5"))]
    assert [e.place_code for e in events if isinstance(e, PoolCreated)] == ["A1", "B2", ""]


async def test_a_list_is_one_append(store: Store) -> None:
    """All its events carry one correlation and stand together in the log."""
    answer = await store.take_in(LIST)

    events = await store.events()
    assert [e.position for e in events] == list(range(events[0].position, answer.position + 1))
    assert len({e.recorded_at for e in events}) == len(events)


async def test_the_same_list_again_is_answered_as_the_first_time(store: Store) -> None:
    """The key answers, and nothing is written."""
    first = await store.take_in(LIST, "the list")
    again = await store.take_in(LIST, "the list")

    assert (again.position, again.view) == (first.position, first.view)
    assert len(await store.events()) == first.position - (await store.events())[0].position + 1


async def test_what_exists_is_left_as_it_is(store: Store) -> None:
    """A longer list adds only what is new, whatever it says of the rest."""
    await store.take_in(LIST)
    before = len(await store.events())
    dearer = msgspec.structs.replace(BOLT, name="Better bolt", unit_cost=UnitCost("9.0000"))
    more = (lies("BOLT", "99.000", "A1"), lies("BOLT", "7.000", "C3"))
    await store.take_in(msgspec.structs.replace(LIST, products=(dearer, SAND), stock=more))

    added = [type(recorded.event) for recorded in (await store.events())[before:]]
    assert Counter(added) == Counter([PlaceOpened, PoolCreated, StockReceived])
    last = (await store.events())[-1].event
    assert isinstance(last, StockReceived)
    assert (last.on_hand, last.unit_cost) == (Decimal(7), Decimal("0.25"))


@pytest.mark.parametrize(
    ("change", "refusal", "pointer"),
    [
        ({"stock": (lies("NUT", "1.000"),)}, NotInList, "/stock/0/sku"),
        ({"stock": (lies("BOLT", "1.000", warehouse="X"),)}, NotInList, "/stock/0/warehouse"),
        ({"stock": (lies("BOLT", "1.000"), lies("bolt", "2.000", "a1 "))}, TwiceInList, "/stock/1"),
        ({"products": (BOLT, SAND, SAND)}, TwiceInList, "/products/2"),
        ({"places": LIST.places * 2}, TwiceInList, "/places/1"),
        ({"stock": (lies("BOLT", "-1.000"),)}, NegativeStock, "/stock/0/quantity"),
        ({"stock": (lies("BOLT", "0.500"),)}, FractionRefused, "/stock/0/quantity"),
        ({"products": (BOLT, CreateProduct(sku="SAND", name="?"))}, CostUnknown, "/stock/2/sku"),
        ({"stock": tuple(lies("BOLT", "1.000", str(n)) for n in range(MOST_ROWS + 1))},
         TooManyRows, ""),
    ],
)  # fmt: skip
async def test_a_list_with_one_wrong_row_leaves_nothing_behind(
    store: Store, change: dict[str, Any], refusal: type[Refused], pointer: str
) -> None:
    """The refusal names the row."""
    with pytest.raises(refusal) as refused:
        await store.take_in(msgspec.structs.replace(LIST, **change))

    assert refused.value.pointer == pointer
    assert await store.events() == []


async def test_a_barcode_of_two_products_is_refused(store: Store) -> None:
    """Within a list as well as against what the catalogue holds."""
    nut = CreateProduct(sku="NUT", name="Nut", barcodes=("4711",), unit_cost=UnitCost("0.1000"))
    twice = msgspec.structs.replace(LIST, products=(BOLT, SAND, nut))
    with pytest.raises(Refused) as refused:
        await store.take_in(twice)
    assert (refused.value.code, refused.value.pointer) == ("BARCODE_TAKEN", "/products/2/barcodes")

    await store.take_in(LIST)
    with pytest.raises(Refused, match="barcode exists"):
        await store.take_in(msgspec.structs.replace(LIST, products=(nut,), stock=()))
