"""CountedShelf: one shelf in one session, and whose it is (domain.md 1.3).

Where the session lets first counts claim shelves, the first counter of an unassigned shelf owns it,
until it is assigned to somebody.
"""

from __future__ import annotations

from uuid import UUID

from domain.base import Aggregate, Context, Event, View
from domain.stock_take.session_commands import ShelfOfAnother


class CountedShelfEvent(Event):
    """Anything that happens to a shelf of a session."""


class ShelfClaimed(CountedShelfEvent, tag="counted_shelf.claimed"):
    """The first count gave the shelf its owner."""

    session: UUID
    shelf: str
    owner: UUID

    def apply(self, shelf: CountedShelf, /) -> None:
        """Sets the owner."""
        shelf.owner = self.owner


class CountedShelfView(View):
    """A shelf of a session."""

    id: UUID
    owner: UUID | None


class CountedShelf(Aggregate):
    """One shelf of one session."""

    name = "counted_shelf"
    events = CountedShelfEvent

    def __init__(self) -> None:
        self.owner: UUID | None = None

    def must_be_open_to(self, member: UUID) -> None:
        """Refuses everyone but its owner."""
        if self.owner not in (None, member):
            raise ShelfOfAnother(by=self.owner)

    def claim(self, session: UUID, shelf: str, context: Context) -> None:
        """Makes the actor its owner unless it has one."""
        if self.owner is None:
            self.record(ShelfClaimed(session=session, shelf=shelf, owner=context.actor), context)

    def view(self, _: Context) -> CountedShelfView:
        return CountedShelfView(id=self.id, owner=self.owner)
