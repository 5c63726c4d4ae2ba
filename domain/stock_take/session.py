"""StockTakeSession: the lifecycle of one stock-take of one warehouse (domain.md 1.1-1.3, 1.8).

Invariants: only the named actions change the status; at most one session of a warehouse is open (a
claim); the stream holds only what changes the answer to "may this person count here now", because
every count guards it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from domain.base import NOBODY, Aggregate, Context
from domain.duties import Override, granted, separate
from domain.ids import normal
from domain.permissions import Permission
from domain.stock_take import session_commands as c
from domain.stock_take import session_events as e
from domain.stock_take.session_events import Scope, Status


class StockTakeSession(Aggregate):
    """One stock-take."""

    name = "stock_take_session"
    events = e.SessionEvent

    def __init__(self) -> None:
        self.status: Status = "DRAFT"
        self.code = self.label = self.notes = ""
        self.warehouse = self.creator = NOBODY
        self.is_multi_user = True
        self.blind = True
        self.claims_shelves = False
        self.counters: frozenset[UUID] = frozenset()
        self.shelves: dict[str, UUID] = {}
        self.scope = Scope()
        self.activation = 0
        self.items = 0
        self.started_at: datetime | None = None
        self.frozen: e.SessionFrozen | None = None
        self.thawed: e.SessionThawed | None = None
        self.posted: e.Totals | None = None
        self.completed: e.SessionCompleted | None = None

    def create(self, command: c.CreateSession, code: str, context: Context) -> None:
        shelves = self._shelves(command.assigned_shelves, frozenset(command.allowed_counters))
        blind = context.settings.blind_counting if command.blind is None else command.blind
        created = e.SessionCreated(
            code=code,
            warehouse=command.warehouse,
            creator=context.actor,
            name=command.name,
            notes=command.notes,
            is_multi_user=command.is_multi_user,
            blind=blind,
            claims_shelves=command.claims_shelves,
            counters=tuple(sorted(set(command.allowed_counters))),
            shelves=shelves,
            scope=command.scope,
        )
        self.record(created, context)

    def change(self, command: c.ChangeSession, context: Context) -> None:
        """All fields in DRAFT; counters, shelves and notes while it is open."""
        self._must_be("DRAFT", "ACTIVE", "PAUSED")
        given = {
            name: value
            for name in command.__struct_fields__
            if (value := getattr(command, name)) is not msgspec.UNSET
        }
        if self.status != "DRAFT" and given.keys() - c.CHANGEABLE_WHEN_OPEN:
            raise c.OnlyInDraft(fields=sorted(given.keys() - c.CHANGEABLE_WHEN_OPEN))
        changed = self._setup(given)
        if changed != self._setup({}):
            self.record(changed, context)

    def _setup(self, given: Mapping[str, Any]) -> e.SessionSetupChanged:
        counters = frozenset(given.get("allowed_counters", self.counters))
        assigned = given.get("assigned_shelves")
        kept = {shelf: who for shelf, who in self.shelves.items() if who in counters}
        return e.SessionSetupChanged(
            name=given.get("name", self.label),
            notes=given.get("notes", self.notes),
            is_multi_user=given.get("is_multi_user", self.is_multi_user),
            blind=given.get("blind", self.blind),
            claims_shelves=given.get("claims_shelves", self.claims_shelves),
            counters=tuple(sorted(counters)),
            shelves=kept if assigned is None else self._shelves(assigned, counters),
            scope=given.get("scope", self.scope),
        )

    def _shelves(
        self, assigned: Mapping[UUID, tuple[str, ...]], counters: frozenset[UUID]
    ) -> dict[str, UUID]:
        """Shelf to counter: an assigned shelf belongs to one counter (1.3)."""
        owners: dict[str, UUID] = {}
        for counter, shelves in assigned.items():
            if counter not in counters:
                raise c.NotACounter(pointer=f"/assigned_shelves/{counter}")
            for shelf in map(normal, shelves):
                if owners.setdefault(shelf, counter) != counter:
                    raise c.ShelfAssignedTwice(f"Shelf {shelf} is given to two counters.")
        return dict(sorted(owners.items()))

    def may_start(self) -> None:
        """Refuses unless it is a DRAFT with somebody to count."""
        self._must_be("DRAFT")
        if self.is_multi_user and not self.counters:
            raise c.NoCounters

    def start(self, items: int, context: Context) -> None:
        """Opens it over the frozen scope of that many items."""
        self.may_start()
        if items == 0:
            raise c.NothingToCount
        self.record(e.SessionStarted(items=items), context)

    def pause(self, command: c.PauseSession, context: Context) -> None:
        self._must_be("ACTIVE")
        self.record(e.SessionPaused(), context)

    def resume(self, command: c.ResumeSession, context: Context) -> None:
        self._must_be("PAUSED")
        self.record(e.SessionResumed(), context)

    def freeze(self, command: c.CompleteSession, context: Context) -> None:
        """Ends counting: from here on the posting process writes, and completes or thaws."""
        self._must_be("ACTIVE", "PAUSED")
        policy = command.policy or context.settings.uncounted_policy
        if policy == "ZERO":
            raise c.PolicyNotAllowed(pointer="/policy")
        if command.leave_out and not context.may(Permission.STOCK_TAKE_OVERRIDE):
            raise c.LeavingOutNeedsAdmin(pointer="/leave_out")
        frozen = e.SessionFrozen(
            policy=policy,
            leave_out=tuple(sorted(set(command.leave_out))),
            paused=self.paused,
            completer=context.actor,
            reason=granted(command.override, context),
        )
        self.record(frozen, context)

    def thaw(self, code: str, detail: str, items: tuple[UUID, ...], context: Context) -> None:
        """Gives the session back as it was: posting refused before it had written anything."""
        self._must_be("POSTING")
        if self.posted is not None:
            raise c.PostingHasBegun
        self.record(e.SessionThawed(code=code, detail=detail, items=items), context)

    def add_posted(self, totals: e.Totals, context: Context) -> None:
        """Some items are posted: from here on it can only be completed."""
        self._must_be("POSTING")
        self.record(e.SessionPosted(totals=totals), context)

    def separated(self, counters: frozenset[UUID]) -> Override | None:
        """Refuses a completer who is the only one with counts, unless he overrides that (1.1)."""
        assert self.frozen is not None  # noqa: S101 - only asked of a frozen one
        alone = counters if len(counters) == 1 else ()
        return separate(
            "completer_is_not_the_only_counter", self.frozen.completer, alone, self.frozen.reason
        )

    def complete(self, totals: e.Totals, counters: frozenset[UUID], context: Context) -> None:
        """Ends it; every item is posted or listed. `counters` are all whose counts stand."""
        self._must_be("POSTING")
        completed = e.SessionCompleted(totals=totals, override=self.separated(counters))
        self.record(completed, context)

    def cancel(self, command: c.CancelSession, context: Context) -> None:
        self._must_be("DRAFT", "ACTIVE", "PAUSED")
        self.record(e.SessionCancelled(reason=command.reason), context)

    def may_count(self, member: UUID, shelf: str | None) -> None:
        """Refuses whoever may not count there now (1.3); no shelf asks for the session alone."""
        if self.status == "PAUSED":
            raise c.SessionPausedNow
        self._must_be("ACTIVE")
        self.must_admit(member)
        if shelf is None:
            return
        owner = self.shelves.get(shelf)
        if owner not in (None, member) or (owner is None and member in self.shelves.values()):
            raise c.ShelfOfAnother(by=owner)

    def must_admit(self, member: UUID) -> None:
        """Refuses whoever is not a counter of this session."""
        if not self.version:
            raise c.NoSuchSession
        if not self.counts(member):
            raise c.NotAllowedToCount

    def counts(self, member: UUID) -> bool:
        """Whether that person is one of its counters now."""
        return member in self.counters or (not self.is_multi_user and member == self.creator)

    @property
    def paused(self) -> bool:
        """Whether it is in a pause."""
        return self.status == "PAUSED"

    @property
    def open(self) -> bool:
        """Whether it keeps its warehouse from another stock-take."""
        return self.status in {"ACTIVE", "PAUSED", "POSTING"}

    def _must_be(self, *statuses: Status) -> None:
        if not self.version:
            raise c.NoSuchSession
        if self.status == "POSTING" and self.status not in statuses:
            raise c.SessionIsPosting
        if self.status not in statuses:
            raise c.WrongStatus(f"The session is {self.status}.", state=self.status)

    def view(self, context: Context) -> c.SessionView:
        return c.SessionView.of(self, reviewing=context.may(Permission.STOCK_TAKE_REVIEW))
