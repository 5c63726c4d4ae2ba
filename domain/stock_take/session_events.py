"""What happens to a StockTakeSession: its events (domain.md 1.1 and 15)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from domain.base import NOBODY, Event
from domain.duties import Override
from domain.ids import Code, ProductId

if TYPE_CHECKING:
    from domain.stock_take.session import StockTakeSession

Status = Literal["DRAFT", "ACTIVE", "PAUSED", "POSTING", "COMPLETED", "CANCELLED"]
Policy = Literal["BLOCK", "LEAVE", "ZERO"]


class Scope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to count: all with stock, narrowed by categories and shelves; plus listed products."""

    include_zero_stock: bool = False
    products: Annotated[tuple[ProductId, ...], Meta(max_length=20_000)] = ()
    categories: Annotated[tuple[Code, ...], Meta(max_length=200)] = ()
    shelves: Annotated[tuple[Code, ...], Meta(max_length=2_000)] = ()


class Totals(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What completion posted, and what it left; values in the organization's currency.

    Of the posted items `partial` were not counted on every shelf, and `unvalued` differ but have no
    known cost, so that no value holds them; `blocked` were counted and could not be posted.
    """

    items: int
    posted: int
    uncounted: int
    left_out: int
    net_value: Decimal
    gross_value: Decimal
    partial: int = 0
    unvalued: int = 0
    blocked: int = 0

    def plus(self, other: Totals) -> Totals:
        """Both together."""
        names = self.__struct_fields__
        return Totals(**{name: getattr(self, name) + getattr(other, name) for name in names})


class SessionEvent(Event):
    """Anything that happens to a session."""


class _Setup(SessionEvent):
    name: str
    notes: str
    is_multi_user: bool
    blind: bool
    claims_shelves: bool
    counters: tuple[UUID, ...]
    shelves: dict[str, UUID]
    scope: Scope

    def apply(self, session: StockTakeSession, /) -> None:
        """Replaces the set-up."""
        session.label, session.notes = self.name, self.notes
        session.is_multi_user, session.blind = self.is_multi_user, self.blind
        session.claims_shelves = self.claims_shelves
        session.counters, session.shelves = frozenset(self.counters), self.shelves
        session.scope = self.scope


class SessionCreated(_Setup, tag="stock_take_session.created"):
    """A stock-take of a warehouse was planned."""

    code: str
    warehouse: UUID
    creator: UUID

    def apply(self, session: StockTakeSession, /) -> None:
        """Gives the session its code and set-up."""
        super().apply(session)
        session.code, session.warehouse = self.code, self.warehouse
        session.creator = self.creator


class SessionSetupChanged(_Setup, tag="stock_take_session.setup_changed"):
    """The whole set-up as it is from now on."""


class SessionStarted(SessionEvent, tag="stock_take_session.started"):
    """Counting begins over the frozen scope."""

    items: int

    def apply(self, session: StockTakeSession, /) -> None:
        """Activates it."""
        session.status = "ACTIVE"
        session.items = self.items
        session.activation += 1


class SessionPaused(SessionEvent, tag="stock_take_session.paused"):
    """Counting rests; locks are void."""

    def apply(self, session: StockTakeSession, /) -> None:
        """Pauses it."""
        session.status = "PAUSED"


class SessionResumed(SessionEvent, tag="stock_take_session.resumed"):
    """Counting goes on."""

    def apply(self, session: StockTakeSession, /) -> None:
        """Activates it again: earlier locks stay void."""
        session.status = "ACTIVE"
        session.activation += 1


class SessionFrozen(SessionEvent, tag="stock_take_session.frozen"):
    """No count comes in any more; posting begins.

    `reason` is why the completer may be the only counter; whether he is shows from here on.
    """

    policy: Policy
    leave_out: tuple[UUID, ...]
    paused: bool
    completer: UUID = NOBODY
    reason: str | None = None

    def apply(self, session: StockTakeSession, /) -> None:
        """Starts posting."""
        session.status = "POSTING"
        session.frozen, session.thawed = self, None


class SessionThawed(SessionEvent, tag="stock_take_session.thawed"):
    """Completion was refused before anything was posted: `code` and the item counts say why."""

    code: str
    detail: str
    items: tuple[UUID, ...]

    def apply(self, session: StockTakeSession, /) -> None:
        """Gives it back as it was before the freeze."""
        paused = session.frozen is not None and session.frozen.paused
        session.status = "PAUSED" if paused else "ACTIVE"
        session.frozen, session.thawed = None, self


class SessionPosted(SessionEvent, tag="stock_take_session.posted"):
    """Some of the items are posted, and what they come to: there is no way back any more."""

    totals: Totals

    def apply(self, session: StockTakeSession, /) -> None:
        """Adds them to those before."""
        session.posted = self.totals if session.posted is None else session.posted.plus(self.totals)


class SessionCompleted(SessionEvent, tag="stock_take_session.completed"):
    """Every item is posted or listed."""

    totals: Totals
    override: Override | None = None

    def apply(self, session: StockTakeSession, /) -> None:
        """Ends it."""
        session.status = "COMPLETED"
        session.completed = self


class SessionCancelled(SessionEvent, tag="stock_take_session.cancelled"):
    """Nothing is posted; the counts stay, void."""

    reason: str

    def apply(self, session: StockTakeSession, /) -> None:
        """Ends it."""
        session.status = "CANCELLED"
