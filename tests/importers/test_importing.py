"""What a reader made of a file is looked at like a request's body."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from api.importing import Import
from domain.base import InvalidValue
from domain.stock.history import ImportHistory
from domain.stock.place import OpenWarehouse
from domain.stock.product import CreateProduct

if TYPE_CHECKING:
    from tests.system import System


@pytest.mark.parametrize(
    ("product", "pointer"),
    [
        (CreateProduct(sku="BOLT", name="Bo\0lt"), "/products/0/name"),
        (CreateProduct(sku="x" * 61, name="Bolt"), "/products/0/sku"),
        (CreateProduct(sku="BOLT", name=""), "/products/0/name"),
    ],
)
async def test_a_text_that_no_request_may_have_is_refused(
    system: System, product: CreateProduct, pointer: str
) -> None:
    """In the log it would stay for ever, and U+0000 is what no read model can show."""
    command = ImportHistory(
        name="x",
        sha256="0" * 64,
        warehouses=(OpenWarehouse(code="W", name="Warehouse"),),
        products=(product,),
    )
    with pytest.raises(InvalidValue) as refused:
        await Import(system.services, uuid4(), command).attempt()
    assert refused.value.pointer == pointer
