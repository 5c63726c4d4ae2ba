"""Places and products, and what a product costs on average (domain.md 3.6)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.quantity import ZERO, money
from domain.stock import movement as m
from domain.stock import place as p
from domain.stock.product import ProductCreated
from projections.engine.projection import Of, Projection
from projections.kinds import FAMILIES, MOVEMENT_KINDS


class PlaceRow(Struct, frozen=True, kw_only=True):
    """A place; its warehouse is the root of its tree. A `closing` one is being deactivated."""

    id: UUID
    organization: UUID
    code: str
    name: str
    kind: str
    warehouse: UUID
    timezone: str
    active: bool = True
    closing: bool = False
    version: int


class ProductRow(Struct, frozen=True, kw_only=True):
    """A product of the catalogue."""

    id: UUID
    organization: UUID
    sku: str
    name: str
    classification: str
    category: str
    unit: str
    packs: dict[str, Decimal]
    barcodes: tuple[str, ...]
    threshold: Decimal | None
    unit_cost: Decimal | None
    proprietary: bool
    unlimited: bool


class Valuation(Struct, frozen=True, kw_only=True):
    """Total quantity and value of a product in the organization, in the order of recording.

    `average` is the last known one when nothing is left.
    """

    product: UUID
    organization: UUID
    quantity: Decimal = ZERO
    value: Decimal = Decimal("0.00")
    average: Decimal | None = None


def _place(_: PlaceRow | None, recorded: Of[p.PlaceOpened]) -> PlaceRow:
    event = recorded.event
    return PlaceRow(
        id=recorded.stream,
        organization=recorded.organization,
        code=event.code,
        name=event.name,
        kind=event.kind,
        warehouse=event.warehouse,
        timezone=event.timezone,
        version=recorded.version,
    )


def _seen(row: PlaceRow | None, recorded: Of[p.PlaceEvent]) -> PlaceRow:
    """The row at its new version; there is one, because a stream begins with its opening."""
    if row is None:
        raise LookupError("no such row")
    return replace(row, version=recorded.version)


def _changed(row: PlaceRow | None, recorded: Of[p.WarehouseChanged]) -> PlaceRow:
    event = recorded.event
    return replace(_seen(row, recorded), name=event.name, timezone=event.timezone)


def _closing(row: PlaceRow | None, recorded: Of[p.DeactivationBegun]) -> PlaceRow:
    return replace(_seen(row, recorded), closing=True)


def _activated(row: PlaceRow | None, recorded: Of[p.WarehouseActivated]) -> PlaceRow:
    return replace(_seen(row, recorded), active=True, closing=False)


def _deactivated(row: PlaceRow | None, recorded: Of[p.WarehouseDeactivated]) -> PlaceRow:
    return replace(_seen(row, recorded), active=False, closing=False)


def _product(_: ProductRow | None, recorded: Of[ProductCreated]) -> ProductRow:
    event = recorded.event
    return ProductRow(
        id=recorded.stream,
        organization=recorded.organization,
        sku=event.sku,
        name=event.name,
        classification=event.classification,
        category=event.category,
        unit=event.unit,
        packs=event.packs,
        barcodes=event.barcodes,
        threshold=event.threshold,
        unit_cost=event.unit_cost,
        proprietary=event.proprietary,
        unlimited=event.classification == "digital",
    )


def _first_cost(_: Valuation | None, recorded: Of[ProductCreated]) -> Valuation:
    cost = recorded.event.unit_cost
    return Valuation(product=recorded.stream, organization=recorded.organization, average=cost)


def _valued(row: Valuation | None, recorded: Of[m.Movement]) -> Valuation:
    """Moving average: what comes in brings its cost, what goes out takes the average along."""
    event = recorded.event
    row = row or Valuation(product=event.product, organization=recorded.organization)
    delta = event.delta + event.quarantine_delta
    if isinstance(event, (m.StockTransferredIn, m.StockTransferredOut)) or delta == ZERO:
        return row
    quantity = row.quantity + delta
    cost = event.unit_cost if isinstance(event, m.StockReceived) else row.average
    if delta > ZERO:
        value = row.value + money(delta * (cost or 0))
    elif quantity <= ZERO:
        value = Decimal("0.00")
    else:
        value = row.value - money(row.value * -delta / row.quantity)
    average = _average(value, quantity) if quantity > ZERO and cost is not None else row.average
    return replace(row, quantity=quantity, value=value, average=average)


def _average(value: Decimal, quantity: Decimal) -> Decimal:
    return (value / quantity).quantize(Decimal("0.0001"), ROUND_HALF_UP)


PLACES = Projection(
    name="places",
    version=2,
    row=PlaceRow,
    keys=("id",),
    key=lambda recorded: (recorded.stream,),
    handlers={
        p.PlaceOpened: _place,
        p.WarehouseChanged: _changed,
        p.DeactivationBegun: _closing,
        p.WarehouseActivated: _activated,
        p.WarehouseDeactivated: _deactivated,
    },
    ignores=FAMILIES,
    temporal=True,
    fixed=("warehouse",),
)
PRODUCTS = Projection(
    name="products",
    version=1,
    row=ProductRow,
    keys=("id",),
    key=lambda recorded: (recorded.stream,),
    handlers={ProductCreated: _product},
    ignores=FAMILIES,
    temporal=True,
)
VALUATIONS = Projection(
    name="valuations",
    version=1,
    row=Valuation,
    keys=("product",),
    key=lambda r: (r.stream if isinstance(r.event, ProductCreated) else r.event.product,),
    handlers={ProductCreated: _first_cost, **dict.fromkeys(MOVEMENT_KINDS, _valued)},
    ignores=FAMILIES,
    temporal=True,
)
