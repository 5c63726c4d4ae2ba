"""What a reader made of a file is looked at like a request's body."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from adapters.postgres.reads import PostgresReads
from api.importing import Import
from api.services import system as itself
from domain.base import InvalidValue
from domain.quantity import Quantity
from domain.stock.history import At, DatedMovement, ImportHistory
from domain.stock.place import OpenWarehouse
from domain.stock.product import CreateProduct
from projections.queries.serial_units import Units, units
from projections.serial_units import SERIAL_UNITS
from tests.nats.conftest import PATIENCE_SECONDS

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


async def test_another_organizations_units_are_not_listed(system: System) -> None:
    """Now as then, by whatever they are asked for."""
    services = system.services
    organizations = [await services.people.found(uuid4().hex) for _ in range(2)]
    for serial, organization in zip("AB", organizations, strict=True):
        received = DatedMovement(
            at=datetime(2024, 1, 1, tzinfo=UTC),
            kind="receive",
            sku="BOLT",
            where=At("W"),
            quantity=Quantity("1.000"),
            reason="",
            serial=serial,
        )
        command = ImportHistory(
            name="x",
            sha256="0" * 64,
            warehouses=(OpenWarehouse(code="W", name="Warehouse"),),
            products=(CreateProduct(sku="BOLT", name="Bolt"),),
            movements=(received,),
        )
        await Import(services, organization, command).run()
    head = await services.log.head()
    for serial, organization in zip("AB", organizations, strict=True):
        names = [SERIAL_UNITS.id, "products_v1", "places_v2"]
        await services.positions.reached(names, head, organization, PATIENCE_SECONDS)
        context = itself(organization, ("admin",))
        for as_of in (None, head):
            reads = PostgresReads(services.together, context, services.identity, as_of)
            assert [unit.serial for unit in (await units(Units(), reads)).items] == [serial]
            other = "AB".replace(serial, "")
            assert (await units(Units(serial=other), reads)).items == []
