"""What one append wrote in two organizations is shown to each its own, all the way through."""

from __future__ import annotations

from api.commands import Task
from api.position import encode
from api.services import system as itself
from api.unit_of_work import Unit
from domain.ids import warehouse_id
from domain.stock.place import OpenWarehouse, Place
from tests.system import Company, System


async def test_each_of_two_organizations_sees_its_own_part_of_an_append(system: System) -> None:
    """Log, relay, projections and queries; who waits for the append's position has his part."""
    ours, theirs = await system.company(), await system.company()

    def opens(name: str) -> OpenWarehouse:
        return OpenWarehouse(code="SHARED", name=name)

    async def decide(unit: Unit) -> Place:
        companies = (ours.id, theirs.id)
        streams = [warehouse_id(of, "SHARED") for of in companies]
        one, other = [
            await unit.load(Place, stream, of=of)
            for stream, of in zip(streams, companies, strict=True)
        ]
        one.open_warehouse(opens("Of ours"), unit.context)
        other.open_warehouse(opens("Of theirs"), unit.context.within(theirs.id))
        return one

    task = Task(decide, Place, itself(ours.id, ("admin",)))
    answer = await system.services.commands.run(task)

    async def shown(company: Company) -> dict[str, str]:
        position = encode(system.services.epochs.current, answer.position)
        found = await company["admin"].get("/warehouses", {"tallybook-position": position})
        assert found.status_code == 200, found.text
        return {one["id"]: one["name"] for one in found.json()["items"] if one["code"] == "SHARED"}

    assert await shown(ours) == {str(warehouse_id(ours.id, "SHARED")): "Of ours"}
    assert await shown(theirs) == {str(warehouse_id(theirs.id, "SHARED")): "Of theirs"}
    moved = await ours["admin"].get(f"/warehouses/{warehouse_id(theirs.id, 'SHARED')}")
    assert moved.status_code == 404
