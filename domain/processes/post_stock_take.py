"""What happens after a session is frozen: it is posted in chunks and completed, or thawed.

Every step may be repeated: what is posted is skipped, so a crash is cured by starting again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import Protocol
from uuid import UUID

from domain.base import Context, InvalidValue
from domain.books import Books, StockUnknown
from domain.duties import DutiesNotSeparated
from domain.ports import GuardFailed, VersionConflict
from domain.stock_take.posting import (
    CHUNK,
    Blockers,
    PostItems,
    ThawSession,
    inspect,
    tolerance,
)
from domain.stock_take.session import StockTakeSession

FIRST = UUID(int=0)
Items = Sequence[UUID]


class Posting(Protocol):
    """The commands that posting consists of; each is decided again for a while.

    The first is refused unless the session is as the process has seen it.
    """

    def thaw(self, session: UUID, command: ThawSession) -> Awaitable[object]:
        """Gives the session back."""
        ...

    def post(self, session: UUID, command: PostItems) -> Awaitable[object]:
        """Posts a chunk."""
        ...


async def post_stock_take(
    session: StockTakeSession, books: Books, posting: Posting, context: Context
) -> None:
    """Drives a frozen session to its end; raises VersionConflict if some stock never rests."""
    if session.frozen is None or session.status != "POSTING":
        return
    await books.reach()
    pages = [page async for page in _pages(books, session.id)]
    if session.posted is None and (thaw := await _refusal(session, books, pages, context)):
        await posting.thaw(session.id, thaw)
        return
    finish = await books.totals(session.id, session.frozen.leave_out)
    if len(pages) == 1:
        try:
            await posting.post(session.id, PostItems(items=tuple(pages[0]), finish=finish))
        except (VersionConflict, GuardFailed, InvalidValue):
            pass  # not all of it can go in at once
        else:
            return
    restless = [item for page in pages for item in await _posted(posting, session.id, page)]
    if restless:
        raise VersionConflict(restless[0], None)
    await posting.post(session.id, PostItems(items=(), finish=finish))


async def _refusal(
    session: StockTakeSession, books: Books, pages: Sequence[Items], context: Context
) -> ThawSession | None:
    """What keeps the session from completion, before anything is posted."""
    assert session.frozen is not None  # noqa: S101 - only asked of a frozen one
    blockers = Blockers([], [], [])
    leave_out = frozenset(session.frozen.leave_out)
    try:
        for page in pages:
            evidence = await books.evidence(session.id, page)
            inspect(blockers, evidence, leave_out, tolerance(context))
        if thaw := blockers.thaw(session.frozen.policy):
            return thaw
        session.separated(await books.counters(session.id))
    except (StockUnknown, DutiesNotSeparated) as refusal:
        return ThawSession(code=refusal.code, detail=refusal.detail.rstrip("."), items=())
    return None


async def _posted(posting: Posting, session: UUID, items: Items) -> list[UUID]:
    """Posts them at once, or where stock keeps moving in ever smaller parts.

    Answers with those whose stock never rested; what the log could never take stays unposted.
    """
    try:
        await posting.post(session, PostItems(items=tuple(items)))
    except (VersionConflict, GuardFailed, InvalidValue) as error:
        if len(items) == 1:
            return [] if isinstance(error, InvalidValue) else list(items)
    else:
        return []
    half = len(items) // 2
    restless = await _posted(posting, session, items[:half])
    return restless + await _posted(posting, session, items[half:])


async def _pages(books: Books, session: UUID) -> AsyncIterator[list[UUID]]:
    after = FIRST
    while page := await books.items(session, after, CHUNK):
        yield page
        after = page[-1]
