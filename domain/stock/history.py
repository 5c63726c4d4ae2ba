"""Stock history: movements that another system dated, taken over with its catalogue in one append.

Each movement is decided at its own time, by the rules of that moment; a pool that had stock before
the import keeps it. What exists of the catalogue is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from domain.base import Command, Context, Instant, InvalidValue, utc
from domain.ids import Code, Lot, Name, Note, normal, product_id, warehouse_id
from domain.permissions import Permission
from domain.ports import UnitOfWork
from domain.quantity import Quantity, UnitCost
from domain.stock import pool_commands as c
from domain.stock.entries import Location, SamePlace
from domain.stock.imported_file import ImportedFile, LinesTaken, imported_file_id
from domain.stock.movement import Condition
from domain.stock.opening import (
    ImportStock,
    Opening,
    OpeningPlace,
    OpeningStock,
    TooManyRows,
    row_named,
)
from domain.stock.place import OpenWarehouse, Place
from domain.stock.pool_stock import PoolStock
from domain.stock.product import CreateProduct
from domain.stock.serial_unit import NotOneUnit, SerialUnit, UnitRegistered, serial_unit_id

NOTHING = Quantity("0.000")
FREE = UnitCost("0.0000")
MOST_MOVEMENTS = 20_000
"""They keep others from appending for 2 s (measured)."""


class At(msgspec.Struct, frozen=True, order=True):
    """A location of a warehouse, both by code; no location means the warehouse itself."""

    warehouse: Code
    location: Location = ""


Kind = Literal["receive", "adjust", "consume", "set", "transfer", "assess"]


class DatedMovement(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to a product at a place, and when.

    `quantity` is signed where it is adjusted and the figure where it is set; `unit_cost` and `lot`
    are a receipt's, `to` is a transfer's. With a `serial` it is about that one unit, whose
    `condition` is given when it comes in or is assessed; the latter moves nothing.
    """

    at: Instant
    kind: Kind
    sku: Code
    where: At
    quantity: Quantity
    reason: Note
    unit_cost: UnitCost = FREE
    lot: Lot | None = None
    to: At | None = None
    serial: Code | None = None
    condition: Condition = "good"


class ImportHistory(Command):
    """Takes over a catalogue and what happened to its stock, in the order of time.

    The file that it comes from is known by its content and taken over once.
    """

    permission = Permission.STOCK_ADMINISTER
    name: Name
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    warehouses: Annotated[tuple[OpenWarehouse, ...], Meta(min_length=1, max_length=1_000)]
    places: tuple[OpeningPlace, ...] = ()
    products: tuple[CreateProduct, ...] = ()
    movements: tuple[DatedMovement, ...] = ()


class DestinationMissing(InvalidValue, code="DESTINATION_MISSING"):
    """A transfer has a place where it goes to."""


class _History:
    """The movements on their way onto the stock entries."""

    def __init__(
        self, opening: Opening, units: Mapping[tuple[str, str], SerialUnit], context: Context
    ) -> None:
        self._opening, self._units, self._context = opening, units, context

    def play(self, movement: DatedMovement) -> None:
        """Decides one at its own time, which all that it leads to has as well."""
        at = utc(movement.at, "/at")
        if at > self._context.now:
            raise c.OccurredInFuture(pointer="/at")
        context = msgspec.structs.replace(self._context, now=at)
        if movement.serial is not None:
            self._track(movement, movement.serial, context)
        if movement.kind != "assess":
            self._move(movement, context)

    def _move(self, movement: DatedMovement, context: Context) -> None:
        pool = self._pool(movement.where, movement, context)
        quantity, reason = movement.quantity, movement.reason
        match movement.kind:
            case "receive":
                cost, lot = movement.unit_cost, movement.lot
                received = c.ReceiveStock(quantity=quantity, unit_cost=cost, reason=reason, lot=lot)
                pool.receive(received, context)
            case "adjust":
                pool.adjust(c.AdjustStock(quantity=quantity, reason=reason), context)
            case "set":
                pool.set(c.SetStock(quantity=quantity, reason=reason), context)
            case "consume":
                pool.consume(c.ConsumeStock(quantity=quantity, job=reason), context)
            case "transfer":
                if movement.to is None:
                    raise DestinationMissing(pointer="/to")
                to = self._pool(movement.to, movement, context)
                if to is pool:
                    raise SamePlace(pointer="/to")
                pool.transfer_out(quantity, to.id, context)
                to.transfer_in(quantity, pool.id, context)

    def _track(self, movement: DatedMovement, serial: str, context: Context) -> None:
        """What happens to the one unit whose quantity moves."""
        unit = self._units[normal(movement.sku), normal(serial)]
        if movement.kind == "set" or (movement.kind != "assess" and abs(movement.quantity) != 1):
            raise NotOneUnit(pointer="/quantity")
        where, reason = movement.to or movement.where, movement.reason
        product, place = self._opening.located(movement.sku, where.warehouse, where.location)
        leaves = movement.kind == "consume" or movement.quantity < NOTHING
        if leaves or movement.kind == "transfer":
            at = movement.where
            unit.must_be_at(self._opening.located(movement.sku, at.warehouse, at.location)[1])
        if movement.kind == "assess":
            unit.assess(movement.condition, reason, context)
        elif leaves:
            unit.leave(reason, context)
        elif movement.kind == "receive" or not unit.version:
            registered = UnitRegistered(
                product=product.id,
                serial=normal(serial),
                lot=movement.lot,
                condition=movement.condition,
                warehouse=place.warehouse,
                place=place.id,
                reason=reason,
            )
            unit.register(registered, context)
        else:
            unit.move(place, reason, context)

    def _pool(self, at: At, movement: DatedMovement, context: Context) -> PoolStock:
        return self._opening.entry(at.warehouse, at.location, movement.sku, context)[0]


async def import_history(command: ImportHistory, unit: UnitOfWork) -> Place:
    """Writes all of it or nothing; answers with the first warehouse.

    A refusal's pointer names the movement.
    """
    if len(command.movements) > MOST_MOVEMENTS:
        raise TooManyRows
    root = warehouse_id(unit.context.organization, command.warehouses[0].code)
    file = await unit.load(ImportedFile, imported_file_id(root, command.sha256))
    if file.taken:
        return await unit.load(Place, root)
    entries = dict.fromkeys(
        (at.warehouse, normal(at.location), normal(movement.sku))
        for movement in command.movements
        for at in (movement.where, movement.to)
        if at is not None
    )
    catalogue = ImportStock(
        warehouses=command.warehouses,
        places=command.places,
        products=command.products,
        stock=tuple(
            OpeningStock(warehouse=warehouse, location=location, sku=sku, quantity=NOTHING)
            for warehouse, location, sku in entries
        ),
    )
    opening = await Opening.load(catalogue, unit)
    units = await _units(command, unit)
    first = opening.create()
    history = _History(opening, units, unit.context)
    for number, movement in enumerate(command.movements):
        with row_named(f"/movements/{number}"):
            history.play(movement)
    number = len(command.movements)
    taken = LinesTaken(
        name=command.name,
        sha256=command.sha256,
        lines=number,
        movements=number,
        receipts=0,
        skipped=0,
    )
    file.take(taken, unit.context)
    return first


async def _units(command: ImportHistory, unit: UnitOfWork) -> dict[tuple[str, str], SerialUnit]:
    """The units that are named, by SKU and serial number."""
    organization = unit.context.organization
    named = dict.fromkeys(
        (normal(movement.sku), normal(movement.serial))
        for movement in command.movements
        if movement.serial is not None
    )
    ids = [serial_unit_id(product_id(organization, sku), serial) for sku, serial in named]
    return dict(zip(named, await unit.load_all(SerialUnit, ids), strict=True))
