"""What happens after a session is frozen: it is posted in chunks and completed, or thawed.

Every step may be repeated: what is posted is skipped, so a crash is cured by starting again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from typing import Protocol
from uuid import UUID

from domain.base import Context
from domain.ports import Books
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


class Posting(Protocol):
    """The commands that posting consists of; each is decided again until it is in."""

    def thaw(self, session: UUID, command: ThawSession) -> Awaitable[object]:
        """Gives the session back."""
        ...

    def post(self, session: UUID, command: PostItems) -> Awaitable[object]:
        """Posts a chunk."""
        ...


async def post_stock_take(
    session: StockTakeSession, books: Books, posting: Posting, context: Context
) -> None:
    """Drives a frozen session to its end."""
    if session.frozen is None:
        return
    await books.reach()
    blockers = Blockers([], [], [])
    leave_out = frozenset(session.frozen.leave_out)
    done = await books.totals(session.id)
    pages = [page async for page in _pages(books, session.id)]
    if not done.posted:
        for page in pages:
            evidence = await books.evidence(session.id, page)
            inspect(blockers, evidence, leave_out, tolerance(context))
        if thaw := blockers.thaw(session.frozen.policy):
            await posting.thaw(session.id, thaw)
            return
    for page in pages[:-1]:
        await posting.post(session.id, PostItems(items=tuple(page)))
    if pages[:-1]:
        await books.reach()
        done = await books.totals(session.id)
    last = tuple(pages[-1]) if pages else ()
    await posting.post(session.id, PostItems(items=last, finish=done))


async def _pages(books: Books, session: UUID) -> AsyncIterator[list[UUID]]:
    after = FIRST
    while page := await books.items(session, after, CHUNK):
        yield page
        after = page[-1]
