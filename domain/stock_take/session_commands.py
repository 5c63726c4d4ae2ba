"""What may be asked of a StockTakeSession, and why it says no (domain.md 1.1-1.3, 1.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from domain.base import Command, Conflicting, Forbidden, InvalidValue, NotFound, View
from domain.ids import Code, ItemCountId, MemberId, Name, Note, Reason, WarehouseId
from domain.permissions import Permission
from domain.stock_take.session_events import Policy, Scope, Status, Totals

if TYPE_CHECKING:
    from domain.stock_take.session import StockTakeSession

Label = Annotated[str, Meta(max_length=200)]
Counters = Annotated[tuple[MemberId, ...], Meta(max_length=500)]
Shelves = Annotated[
    dict[UUID, Annotated[tuple[Code, ...], Meta(max_length=1_000)]],
    Meta(extra_json_schema={"propertyNames": {"format": "uuid"}}),
]
CHANGEABLE_WHEN_OPEN = {"allowed_counters", "assigned_shelves", "notes"}


class CreateSession(Command):
    """Plans a stock-take of a warehouse."""

    permission = Permission.STOCK_TAKE_MANAGE
    warehouse: WarehouseId
    name: Label = ""
    notes: Note = ""
    is_multi_user: bool = True
    allowed_counters: Counters = ()
    assigned_shelves: Shelves = msgspec.field(default_factory=dict)
    blind: bool | None = None
    claims_shelves: bool = False
    scope: Scope = Scope()


class ChangeSession(Command):
    """Changes the set-up; what is left out stays."""

    permission = Permission.STOCK_TAKE_MANAGE
    name: Label | UnsetType = UNSET
    notes: Note | UnsetType = UNSET
    is_multi_user: bool | UnsetType = UNSET
    allowed_counters: Counters | UnsetType = UNSET
    assigned_shelves: Shelves | UnsetType = UNSET
    blind: bool | UnsetType = UNSET
    claims_shelves: bool | UnsetType = UNSET
    scope: Scope | UnsetType = UNSET


class StartSession(Command):
    """Starts a DRAFT over its frozen scope, or resumes a PAUSED one."""

    permission = Permission.STOCK_TAKE_MANAGE


class PauseSession(Command):
    """Lets counting rest."""

    permission = Permission.STOCK_TAKE_MANAGE


class ResumeSession(Command):
    """Lets counting go on."""

    permission = Permission.STOCK_TAKE_MANAGE


class CompleteSession(Command):
    """Posts the variances; `policy` says what happens to items that were not counted.

    `leave_out` names item counts whose count and book contradict each other and that stay unposted
    (admin). Somebody else than the only counter has to complete it; where nobody else can,
    `override` is the reason (admin).
    """

    permission = Permission.STOCK_TAKE_MANAGE
    policy: Policy | None = None
    leave_out: Annotated[tuple[ItemCountId, ...], Meta(max_length=1_000)] = ()
    override: Reason | None = None


class CancelSession(Command):
    """Ends it with nothing posted."""

    permission = Permission.STOCK_TAKE_CANCEL
    reason: Name


class JoinSession(Command):
    """Finds the session of a code and tells whether the caller may count in it."""

    permission = Permission.STOCK_TAKE_COUNT
    code: Code


class NoSuchSession(NotFound, code="SESSION_NOT_FOUND"):
    """There is no such stock-take."""


class WrongStatus(Conflicting, code="WRONG_STATUS"):
    """The session's status does not allow it."""


class SessionPausedNow(Conflicting, code="SESSION_PAUSED"):
    """The session is paused: counting rests."""


class SessionIsPosting(Conflicting, code="SESSION_POSTING"):
    """The session is being completed."""


class PostingHasBegun(Conflicting, code="POSTING_HAS_BEGUN"):
    """Some items are posted: the session can only be completed."""


class OnlyInDraft(Conflicting, code="ONLY_IN_DRAFT"):
    """Once it is open only counters, shelves and notes change."""


class BranchHasOpenSession(Conflicting, code="BRANCH_HAS_OPEN_SESSION"):
    """Another stock-take of this warehouse is open."""


class NoCounters(InvalidValue, code="NO_COUNTERS"):
    """Somebody has to be allowed to count."""


class NothingToCount(InvalidValue, code="NOTHING_TO_COUNT"):
    """No item is in the scope."""


class ScopeTooLarge(InvalidValue, code="SCOPE_TOO_LARGE"):
    """One session counts at most 20,000 items: narrow it by category or shelf."""


class NotACounter(InvalidValue, code="NOT_A_COUNTER"):
    """Shelves are given only to allowed counters."""


class ShelfAssignedTwice(InvalidValue, code="SHELF_ASSIGNED_TWICE"):
    """An assigned shelf belongs to one counter."""


class PolicyNotAllowed(InvalidValue, code="POLICY_NOT_ALLOWED"):
    """Posting uncounted items as zero is not offered."""


class NotAllowedToCount(Forbidden, code="NOT_ALLOWED_TO_COUNT"):
    """You are not a counter of this session."""


class ShelfOfAnother(Forbidden, code="SHELF_OF_ANOTHER"):
    """This shelf is not yours to count."""


class LeavingOutNeedsAdmin(Forbidden, code="LEAVING_OUT_NEEDS_ADMIN"):
    """Only an admin may leave items out."""


class SessionView(View):
    """A stock-take as everyone may see it."""

    id: UUID
    code: str
    status: Status
    warehouse: UUID
    name: str
    notes: str
    is_multi_user: bool
    blind: bool
    claims_shelves: bool
    allowed_counters: tuple[UUID, ...]
    assigned_shelves: dict[UUID, tuple[str, ...]]
    items: int
    totals: Totals | None

    @classmethod
    def of(cls, session: StockTakeSession, *, reviewing: bool) -> Self:
        """What the session shows; the totals only to reviewers, once it is completed."""
        assigned: dict[UUID, tuple[str, ...]] = {}
        for shelf, counter in session.shelves.items():
            assigned[counter] = (*assigned.get(counter, ()), shelf)
        return cls(
            id=session.id,
            code=session.code,
            status=session.status,
            warehouse=session.warehouse,
            name=session.label,
            notes=session.notes,
            is_multi_user=session.is_multi_user,
            blind=session.blind,
            claims_shelves=session.claims_shelves,
            allowed_counters=tuple(sorted(session.counters)),
            assigned_shelves=assigned,
            items=session.items,
            totals=session.completed.totals if reviewing and session.completed else None,
        )
