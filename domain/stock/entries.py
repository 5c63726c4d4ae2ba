"""Commands by product and location: one append over place, entry and product."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from domain.base import Command, Conflicting, Context, Instant, InvalidValue, NotFound
from domain.ids import (
    Name,
    ProductId,
    ReservationId,
    WarehouseId,
    normal,
    place_id,
    pool_id,
)
from domain.permissions import Permission
from domain.ports import UnitOfWork
from domain.quantity import Quantity
from domain.stock import movement as m
from domain.stock import pool_commands as c
from domain.stock.place import OpenPlace, Place
from domain.stock.pool_stock import PoolStock
from domain.stock.product import Product

Location = Annotated[str, Meta(max_length=60)]


class UnlimitedProduct(Conflicting, code="UNLIMITED_PRODUCT"):
    """A digital product has no stock entries: there is always enough of it."""


class NoWarehouse(Conflicting, code="NO_WAREHOUSE"):
    """You have no warehouse of your own: name one through /admin/inventory."""


class SamePlace(InvalidValue, code="SAME_PLACE"):
    """A transfer goes to another place."""


class AtLocation(Command):
    """A product at a location of the caller's warehouse; none means the warehouse itself."""

    permission = Permission.STOCK_ADJUST
    product: ProductId
    location: Location = ""


class SetAt(AtLocation, kw_only=True):
    """Corrects the quantity at a location to a figure."""

    quantity: Quantity
    reason: Name
    occurred_at: Instant | None = None


class AdjustAt(AtLocation, kw_only=True):
    """Corrects the quantity at a location by a signed difference."""

    quantity: Quantity
    reason: Name
    occurred_at: Instant | None = None


class AdminSetAt(SetAt, kw_only=True):
    """Corrects the quantity at a location of a named warehouse to a figure."""

    permission = Permission.STOCK_ADMINISTER
    store_id: WarehouseId


class AdminAdjustAt(AdjustAt, kw_only=True):
    """Corrects the quantity at a location of a named warehouse by a signed difference."""

    permission = Permission.STOCK_ADMINISTER
    store_id: WarehouseId


class ReserveAt(AtLocation, kw_only=True):
    """Keeps a part of what is available at a location for an order."""

    permission = Permission.STOCK_RESERVE
    quantity: Quantity
    order: Name
    expires_at: Instant | None = None


class ReleaseAt(Command):
    """Frees a reservation, in part or whole."""

    permission = Permission.STOCK_RESERVE
    reservation: ReservationId
    quantity: Quantity | None = None


class FulfilAt(Command):
    """Sends out what a reservation keeps, in part or whole."""

    permission = Permission.STOCK_RESERVE
    reservation: ReservationId
    quantity: Quantity | None = None


class TransferStock(Command):
    """Moves a quantity between two locations of the caller's warehouse at once."""

    permission = Permission.STOCK_TRANSFER
    product: ProductId
    quantity: Quantity
    source: Location
    destination: Location


class BulkAdjust(Command):
    """Many adjustments, all or none."""

    permission = Permission.STOCK_ADMINISTER
    adjustments: Annotated[tuple[AdminAdjustAt, ...], Meta(min_length=1, max_length=200)]


async def receive(command: c.ReceiveStock, unit: UnitOfWork, id: UUID) -> PoolStock:  # noqa: A002
    """Takes stock into an entry at a cost."""
    pool = await unit.load(PoolStock, id)
    if not pool.version:
        raise NotFound
    (await unit.read(Place, pool.warehouse)).must_be_active()
    pool.receive(command, unit.context)
    return pool


async def set_at(command: SetAt, unit: UnitOfWork) -> PoolStock:
    """Sets a quantity, opening place and entry where they are new."""
    pool = await _entry(command, unit)
    pool.set(
        c.SetStock(
            quantity=command.quantity, reason=command.reason, occurred_at=command.occurred_at
        ),
        unit.context,
    )
    return pool


async def adjust_at(command: AdjustAt, unit: UnitOfWork) -> PoolStock:
    """Adjusts a quantity, opening place and entry where they are new."""
    pool = await _entry(command, unit)
    _adjust(pool, command, unit.context)
    return pool


async def admin_set_at(command: AdminSetAt, unit: UnitOfWork) -> PoolStock:
    """Sets a quantity in any warehouse of the organization."""
    return await set_at(command, unit)


async def admin_adjust_at(command: AdminAdjustAt, unit: UnitOfWork) -> PoolStock:
    """Adjusts a quantity in any warehouse of the organization."""
    return await adjust_at(command, unit)


async def bulk_adjust(command: BulkAdjust, unit: UnitOfWork) -> PoolStock:
    """Adjusts many entries in one append; answers with the last one."""
    entries = [await _existing(adjustment, unit) for adjustment in command.adjustments]
    warehouses = [await unit.read(Place, pool.warehouse) for pool in entries]
    for warehouse in warehouses:
        warehouse.must_be_active()
    for pool, adjustment in zip(entries, command.adjustments, strict=True):
        _adjust(pool, adjustment, unit.context)
    return entries[-1]


async def reserve_at(command: ReserveAt, unit: UnitOfWork) -> PoolStock:
    """Reserves at a location."""
    pool = await _existing(command, unit)
    reserve = c.ReserveStock(
        quantity=command.quantity, order=command.order, expires_at=command.expires_at
    )
    pool.reserve(reserve, unit.context)
    return pool


async def release_at(command: ReleaseAt, unit: UnitOfWork) -> PoolStock:
    """Releases a reservation by its id."""
    pool = await unit.load(PoolStock, command.reservation.stream)
    release = c.ReleaseReservation(quantity=command.quantity)
    pool.release(release, unit.context, command.reservation.number)
    return pool


async def fulfil_at(command: FulfilAt, unit: UnitOfWork) -> PoolStock:
    """Fulfils a reservation by its id."""
    pool = await unit.load(PoolStock, command.reservation.stream)
    fulfil = c.FulfilReservation(quantity=command.quantity)
    pool.fulfil(fulfil, unit.context, command.reservation.number)
    return pool


async def transfer(command: TransferStock, unit: UnitOfWork) -> PoolStock:
    """Moves a quantity in one append; answers with the destination."""
    if normal(command.source) == normal(command.destination):
        raise SamePlace(pointer="/destination")
    product = command.product
    source = await _existing(AtLocation(product=product, location=command.source), unit)
    where = AtLocation(product=product, location=command.destination)
    destination = await _entry(where, unit)
    source.transfer_out(command.quantity, destination.id, unit.context)
    destination.transfer_in(command.quantity, source.id, unit.context)
    return destination


def _adjust(pool: PoolStock, command: AdjustAt, context: Context) -> None:
    adjustment = c.AdjustStock(
        quantity=command.quantity, reason=command.reason, occurred_at=command.occurred_at
    )
    pool.adjust(adjustment, context)


def _warehouse(command: AtLocation, context: Context) -> UUID:
    """The named warehouse, else the caller's own."""
    named: UUID | None = getattr(command, "store_id", None)
    if named is None and not context.warehouses:
        raise NoWarehouse
    return named or context.warehouses[0]


def _pool_of(command: AtLocation, context: Context) -> UUID:
    place = place_id(_warehouse(command, context), command.location)
    return pool_id(command.product, place)


async def _existing(command: AtLocation, unit: UnitOfWork) -> PoolStock:
    pool = await unit.load(PoolStock, _pool_of(command, unit.context))
    if not pool.exists:
        raise c.NoSuchEntry
    return pool


async def _entry(command: AtLocation, unit: UnitOfWork) -> PoolStock:
    """The entry, opened (with its place) where there is none."""
    warehouse = await unit.read(Place, _warehouse(command, unit.context))
    if not warehouse.version:
        raise NotFound
    product = await unit.look(Product, command.product)
    if product.unlimited:
        raise UnlimitedProduct
    code = normal(command.location)
    place = await unit.load(Place, place_id(warehouse.id, code))
    pool = await unit.load(PoolStock, pool_id(product.id, place.id))
    warehouse.must_be_active()
    if not place.version:
        opening = OpenPlace(warehouse=warehouse.id, code=code)
        place.open_under(warehouse, opening, unit.context)
    pool.open(pool_created(product, place), unit.context)
    return pool


def pool_created(product: Product, place: Place) -> m.PoolCreated:
    """What opens the product's entry at a place."""
    return m.PoolCreated(
        product=product.id,
        place=place.id,
        warehouse=place.warehouse,
        place_code="" if place.id == place.warehouse else place.code,
        whole=product.whole,
        threshold=product.facts.threshold,
    )
