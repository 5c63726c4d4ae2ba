"""One event of every type, each field with a value of its own: what the golden samples say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.base import Event
from domain.duties import Override
from domain.people import account as a
from domain.people import member_events as w
from domain.people import organization as o
from domain.stock import movement as m
from domain.stock import place as p
from domain.stock import serial_unit as u
from domain.stock.imported_file import LinesTaken
from domain.stock.product import ProductCreated
from domain.stock_take import item_events as i
from domain.stock_take import session_events as s
from domain.stock_take.counted_shelf import ShelfClaimed
from domain.stock_take.posting import NOTHING
from tests.specification import at

ONE, TWO, THREE, FOUR, FIVE, SIX = (UUID(int=n) for n in range(1, 7))
NOON = at("12:00:00.123456").now
MOVED: dict[str, Any] = {"product": ONE, "place": TWO, "warehouse": THREE}
MOVED |= {"delta": Decimal("-2.500"), "on_hand": Decimal("7.500")}
MOVED |= {"quarantine_delta": Decimal("1.000"), "quarantine": Decimal("4.000")}
PART: dict[str, Any] = {"number": 3, "quantity": Decimal("2.500")}
REST = PART | {"remaining": Decimal("0.500")}
SETUP: dict[str, Any] = {"name": "East", "notes": "door 3", "is_multi_user": False, "blind": False}
SETUP |= {"claims_shelves": True, "counters": (ONE, TWO), "shelves": {"A1": ONE}}
SETUP["scope"] = s.Scope(
    include_zero_stock=True, products=(THREE,), categories=("PAIN",), shelves=("A1",)
)
COUNT: dict[str, Any] = {"session": FOUR, "item": ONE, "warehouse": THREE}
LOCK: dict[str, Any] = {"holder": FIVE, "expires_at": NOON, "activation": 2}

EVENTS: tuple[Event, ...] = (
    a.LogInFailed(member=ONE, failures=4, at=NOON, source="5f3a"),
    a.AccountLocked(member=ONE, until=NOON),
    a.AccountUnlocked(member=ONE),
    a.LoggedIn(member=ONE, session=TWO, source="5f3a"),
    a.GuessingSuspected(member=None, failures=10, source="5f3a"),
    a.PermissionRefused(member=ONE, permission="stock:issue"),
    a.SessionEnded(member=ONE, session=TWO, reason="logged_out"),
    a.PasswordChanged(member=ONE, how="changed", spared=TWO),
    a.Offered(member=ONE, offer=TWO, use="password_reset", until=NOON),
    a.EmailVerified(member=ONE, offer=TWO),
    p.PlaceOpened(
        code="A1", name="First", kind="shelf", warehouse=THREE, timezone="Africa/Nairobi"
    ),
    p.WarehouseChanged(name="Second", timezone="Europe/Berlin"),
    p.DeactivationBegun(),
    p.WarehouseDeactivated(),
    p.WarehouseActivated(code="STOCK_LEFT", detail="1 entry"),
    o.OrganizationCreated(name="Bolts", kind="supplier", parent=TWO),
    o.OrganizationRenamed(name="Nuts"),
    o.OrganizationRetyped(kind="customer", parent=None),
    o.OrganizationDeactivated(),
    o.OrganizationActivated(),
    o.ChildJoined(child=THREE),
    o.ChildLeft(child=THREE),
    o.SettingsChanged(changes={"lock_seconds": 60, "tolerance_percent": {"A": "0.5"}}),
    w.MemberAdded(roles=("counter",), warehouses=(THREE,)),
    w.RolesChanged(roles=("admin", "auditor")),
    w.WarehousesChanged(warehouses=(TWO,)),
    w.ProfileChanged(),
    w.MemberInvited(invitation=FOUR, until=NOON),
    w.InvitationAccepted(invitation=FOUR),
    w.MemberDeactivated(),
    w.MemberActivated(),
    w.MemberErased(),
    ProductCreated(
        sku="PARA-500",
        name="Paracetamol",
        classification="consumable",
        category="pain",
        unit="tablet",
        packs={"strip": Decimal("10.000")},
        barcodes=("4006381333931",),
        threshold=Decimal("50.000"),
        unit_cost=Decimal("0.1000"),
        proprietary=True,
    ),
    LinesTaken(name="lines.csv", sha256="e3b0", lines=7, movements=5, receipts=3, skipped=2),
    u.UnitRegistered(
        product=ONE,
        serial="S-7",
        lot="L1",
        condition="fair",
        warehouse=THREE,
        place=TWO,
        reason="order 7",
    ),
    u.UnitMoved(warehouse=THREE, place=TWO, reason="tidied"),
    u.UnitGone(reason="sold"),
    u.UnitAssessed(condition="damaged", reason="dropped"),
    m.PoolCreated(
        product=ONE,
        place=TWO,
        warehouse=THREE,
        place_code="A1",
        whole=False,
        threshold=Decimal("5.000"),
    ),
    m.EntryUpdated(
        threshold=Decimal("5.000"), maximum=Decimal("50.000"), bin="B7", note="keep dry"
    ),
    m.PoolDeleted(),
    m.StockSet(**MOVED, reason="recounted"),
    m.StockAdjusted(**MOVED, reason="broken"),
    m.StockReceived(**MOVED, unit_cost=Decimal("0.1000"), reason="order 7"),
    m.StockConsumed(**MOVED, job="sale"),
    m.StockTransferredOut(**MOVED, to=FOUR),
    m.StockTransferredIn(**MOVED, source=FOUR),
    m.StockReserved(**PART, order="R3", expires_at=NOON),
    m.ReservationReleased(**REST, reason="COUNT_SHORTFALL"),
    m.ReservationFulfilled(**MOVED, **REST),
    m.StockIssued(**MOVED, **PART, member=FIVE, reason="night shift"),
    m.StockReturned(
        **MOVED,
        **PART,
        member=FIVE,
        outstanding=Decimal("0.500"),
        condition="damaged",
        note="torn",
    ),
    m.QuarantineRepaired(**MOVED, note="sewn"),
    m.StockWrittenOff(**MOVED, **PART, source="issuance", reason="lost"),
    m.CountAdjusted(**MOVED, session=FOUR, item_count=FIVE, bucket="quarantine"),
    ShelfClaimed(session=FOUR, shelf="A1", owner=FIVE),
    s.SessionCreated(**SETUP, code="ST-MAR25A", warehouse=THREE, creator=FIVE),
    s.SessionSetupChanged(**SETUP),
    s.SessionStarted(items=4),
    s.SessionPaused(),
    s.SessionResumed(),
    s.SessionFrozen(policy="LEAVE", leave_out=(ONE,), paused=True),
    s.SessionThawed(code="UNCOUNTED_ITEMS", detail="1 item(s)", items=(ONE,)),
    s.SessionPosted(
        totals=s.Totals(
            items=0,
            posted=2,
            uncounted=0,
            left_out=0,
            net_value=Decimal("-5.88"),
            gross_value=Decimal("5.88"),
            partial=1,
            unvalued=1,
        )
    ),
    s.SessionCompleted(
        totals=s.Totals(
            items=4,
            posted=2,
            uncounted=1,
            left_out=1,
            net_value=Decimal("-5.88"),
            gross_value=Decimal("5.88"),
        )
    ),
    s.SessionCancelled(reason="flood"),
    i.ItemExpected(**COUNT, blind=False, shelves=(i.ExpectedShelf(TWO, "A1", Decimal("7.500")),)),
    i.ItemFound(**COUNT, blind=False),
    i.LockAcquired(**COUNT, **LOCK, previous=SIX),
    i.LockRenewed(**COUNT, **LOCK),
    i.LockReleased(**COUNT, holder=FIVE),
    i.LockBroken(**COUNT, holder=FIVE, reason="lunch"),
    i.CountRecorded(
        **COUNT,
        number=3,
        counter=FIVE,
        shelf="A1",
        place=TWO,
        lot="L1",
        expiry=date(2026, 1, 31),
        bucket="quarantine",
        quantity=Decimal("325.000"),
        entries=(i.Entry(Decimal("3.000"), "pack"), i.Entry(Decimal("25.000"))),
        counted_at=NOON,
        captured=Decimal("500.000"),
        captured_position=9,
        note="wet",
    ),
    i.CountSuperseded(
        **COUNT, number=3, counter=FIVE, quantity=Decimal("325.000"), counted_at=NOON
    ),
    i.CountWithdrawn(**COUNT, number=3, counter=FIVE),
    i.ItemPosted(
        **COUNT,
        counted=Decimal("475.000"),
        book=Decimal("485.000"),
        variance=Decimal("-10.000"),
        quarantine_variance=Decimal("1.000"),
        as_of=NOON,
        position=9,
        unit_cost=Decimal("0.1000"),
        value=Decimal("-1.00"),
        partial=True,
        postings=(i.Posting(SIX, TWO, "usable", Decimal("-10.000")),),
    ),
)

NEEDED = Override(rule="completer_is_not_the_only_counter", by=FIVE, reason="alone")
LATER: dict[str, Event] = {
    "override_asked": s.SessionFrozen(
        policy="LEAVE", leave_out=(ONE,), paused=True, completer=FIVE, reason="alone"
    ),
    "overridden": s.SessionCompleted(totals=NOTHING, override=NEEDED),
}
"""Fields that a type got later, by a word for them."""
