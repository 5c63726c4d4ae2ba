"""Commands over several aggregates: planning, starting, joining, locking and counting."""

from __future__ import annotations

from uuid import UUID

from domain.base import Context
from domain.ids import (
    CountLineId,
    ItemCountId,
    SessionId,
    counted_shelf_id,
    item_count_id,
    normal,
)
from domain.ports import UnitOfWork
from domain.quantity import ZERO
from domain.stock.place import NotAWarehouse, Place
from domain.stock.product import Product
from domain.stock_take import item_commands as i
from domain.stock_take import session_commands as c
from domain.stock_take.counted_shelf import CountedShelf
from domain.stock_take.item_count import ItemCount
from domain.stock_take.item_events import ExpectedShelf
from domain.stock_take.session import StockTakeSession
from domain.stock_take.session_code import prefix, suffix

MOST_ITEMS = 20_000


async def create_session(command: c.CreateSession, unit: UnitOfWork) -> StockTakeSession:
    """Plans a stock-take; its code is the branch's date and the first free suffix (1.2)."""
    warehouse = await unit.read(Place, command.warehouse)
    if warehouse.kind != "warehouse":
        raise NotAWarehouse(pointer="/warehouse")
    begin = prefix(unit.context.now, warehouse.timezone)
    code = begin + suffix(await unit.claimed("session_code", begin))
    session = await unit.load(StockTakeSession, unit.context.fresh)
    warehouse.must_be_active()
    session.create(command, code, unit.context)
    unit.take("session_code", code, session.id, None)
    return session


async def start_session(
    command: c.StartSession,
    unit: UnitOfWork,
    id: SessionId,  # noqa: A002
) -> StockTakeSession:
    """Freezes the scope and opens the session, in one append; a PAUSED one goes on (1.1, 1.8)."""
    session = await unit.load(StockTakeSession, id)
    if session.paused:
        session.resume(c.ResumeSession(), unit.context)
        return session
    session.may_start()
    warehouse = await unit.read(Place, session.warehouse)
    await unit.books.reach()
    scope = await unit.books.scope(session.warehouse, session.scope)
    if len(scope) > MOST_ITEMS:
        raise c.ScopeTooLarge
    streams = [item_count_id(session.id, item.product) for item in scope]
    counts = await unit.load_all(ItemCount, streams)
    warehouse.must_be_active()
    for count, item in zip(counts, scope, strict=True):
        shelves = tuple(ExpectedShelf(*place) for place in item.places if place[2] != ZERO)
        count.expect(session, item.product, shelves, unit.context)
    session.start(len(scope), unit.context)
    unit.take("open_session", str(session.warehouse), session.id, c.BranchHasOpenSession)
    return session


async def complete_session(
    command: c.CompleteSession,
    unit: UnitOfWork,
    id: SessionId,  # noqa: A002
) -> StockTakeSession:
    """Ends counting; what is left out by name has to be of this session (1.6)."""
    session = await unit.load(StockTakeSession, id)
    left_out = await unit.load_all(ItemCount, command.leave_out)
    for place, count in enumerate(left_out):
        if not session.version or count.session != session.id:
            raise i.NoSuchCount(pointer=f"/leave_out/{place}")
    session.freeze(command, unit.context)
    return session


async def cancel_session(
    command: c.CancelSession,
    unit: UnitOfWork,
    id: SessionId,  # noqa: A002
) -> StockTakeSession:
    """Ends a session with nothing posted."""
    session = await unit.load(StockTakeSession, id)
    if session.open:
        unit.release("open_session", str(session.warehouse), session.id)
    session.cancel(command, unit.context)
    return session


async def join_session(command: c.JoinSession, unit: UnitOfWork) -> StockTakeSession:
    """Finds a session by its code, whatever its case; one not ACTIVE answers its status (1.2)."""
    stream = await unit.holder("session_code", command.code.strip().upper())
    if stream is None:
        raise c.NoSuchSession(pointer="/code")
    session = await unit.read(StockTakeSession, stream)
    if session.status == "ACTIVE":
        session.must_admit(unit.context.actor)
    return session


async def lock_item(command: i.LockItem, unit: UnitOfWork) -> ItemCount:
    """Keeps an item to the caller."""
    session = await unit.read(StockTakeSession, command.session)
    product = await unit.look(Product, command.item)
    count = await unit.load(ItemCount, item_count_id(session.id, command.item))
    count.acquire(command, session, product, unit.context)
    return count


async def release_lock(command: i.ReleaseLock, unit: UnitOfWork, id: ItemCountId) -> ItemCount:  # noqa: A002
    """Gives the caller's lock back."""
    count, session = await _counted(unit, id)
    count.release(session, unit.context)
    return count


async def break_lock(command: i.BreakLock, unit: UnitOfWork, id: ItemCountId) -> ItemCount:  # noqa: A002
    """Ends somebody's lock."""
    count, session = await _counted(unit, id)
    count.break_lock(command, session, unit.context)
    return count


async def record_count(command: i.RecordCount, unit: UnitOfWork) -> ItemCount:
    """Records a count; session and shelf are guarded: none slips in after a pause or a freeze."""
    session = await unit.read(StockTakeSession, command.session)
    shelf = normal(command.shelf)
    claiming = session.claims_shelves and bool(shelf) and shelf not in session.shelves
    get = unit.load if claiming else unit.read
    counted_shelf = await get(CountedShelf, counted_shelf_id(session.id, shelf))
    product = await unit.look(Product, command.item)
    count = await unit.load(ItemCount, item_count_id(session.id, command.item))
    context: Context = unit.context
    book = await unit.books.book(session.warehouse, command.item, context.now, command.bucket)
    count.count(command, session, counted_shelf, product, book, context)
    if claiming:
        counted_shelf.claim(session.id, shelf, context)
    return count


async def withdraw_count(command: i.WithdrawCount, unit: UnitOfWork, id: CountLineId) -> ItemCount:  # noqa: A002
    """Takes back a count of the caller's own."""
    count, session = await _counted(unit, id.stream)
    count.withdraw(command, session, id.number, unit.context)
    return count


async def _counted(unit: UnitOfWork, stream: UUID) -> tuple[ItemCount, StockTakeSession]:
    count = await unit.load(ItemCount, stream)
    if not count.version:
        raise i.NoSuchCount
    return count, await unit.read(StockTakeSession, count.session)
