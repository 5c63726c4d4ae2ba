"""How far a stock-take has come (domain.md 1.8): overall, by shelf and by counter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from uuid import UUID

from domain.base import View
from domain.ids import LocalId
from domain.permissions import Permission
from domain.stock_take.session_events import Status
from projections.queries.base import Person, Reads, Row, Temporal, people
from projections.queries.sessions import LiveLock, Session, known_session, live_locks
from projections.sql import statements

_TEXTS = statements(__file__)
SQL = {name: text.format(expected=_TEXTS["expected"]) for name, text in _TEXTS.items()}
RECENT = 20
MOST_LOCKS = 200
MOST_SHELVES = 5_000


class ShelfProgress(View):
    """Items expected on a shelf, and how many of them have a line there; `lines` are all lines."""

    shelf: str
    owner: Person | None
    expected: int
    counted: int
    lines: int
    percent: Decimal | None


class CounterProgress(View):
    """One counter's lines; `expected` and `counted` are about the shelves that are his."""

    counter: Person
    shelves: tuple[str, ...]
    expected: int
    counted: int
    lines: int
    percent: Decimal | None


class RecentCount(View):
    """One of the last counts; the quantity of others is null while blind."""

    id: str
    item: UUID
    sku: str
    name: str
    counter: Person
    shelf: str
    quantity: Decimal | None
    counted_at: datetime


class Progress(View):
    """Percents are floored to 0.1 and null where no denominator is known.

    `value_percent` is the share of the scope's book value that is counted, null while blind.
    """

    id: UUID
    code: str
    status: Status
    scope: int
    found: int
    counted: int
    partial: int
    percent: Decimal | None
    value_percent: Decimal | None
    shelves: list[ShelfProgress]
    counters: list[CounterProgress]
    locks: list[LiveLock]
    recent: list[RecentCount]
    poll_seconds: int


class ShowProgress(Temporal):
    """The progress of one stock-take."""

    permission = Permission.STOCK_TAKE_READ


def share(part: Decimal | int | None, whole: Decimal | int | None) -> Decimal | None:
    """100 * part / whole, floored to 0.1 so that 100.0 means complete; null without a whole."""
    if not whole:
        return None
    return (100 * Decimal(part or 0) / whole).quantize(Decimal("0.1"), ROUND_FLOOR)


async def progress(_: ShowProgress, reads: Reads, id: UUID) -> Progress:  # noqa: A002 - the path's name
    """The progress as the caller may see it."""
    session = await known_session(reads, id)
    async with reads.snapshot() as fetch:
        totals = (await fetch(SQL["totals"], id))[0]
        shelves = await fetch(SQL["shelves"], id, MOST_SHELVES)
        counters = await fetch(SQL["counters"], id)
        recent = await fetch(SQL["recent"], id, RECENT)
    seen = (*session.row.counters, *session.row.shelves.values(), *_counters(counters))
    person = await people(reads, (*seen, *_counters(recent)))
    locks = await live_locks(reads, id, MOST_LOCKS)
    value = None if session.blind else share(totals["counted_value"], totals["value"])
    return Progress(
        id=id,
        code=session.row.code,
        status=session.row.status,
        scope=totals["scope"],
        found=totals["found"],
        counted=totals["counted"],
        partial=totals["partial"],
        percent=share(totals["counted"], totals["scope"] + totals["found"]),
        value_percent=value,
        shelves=[_shelf(row, session.row.shelves, person) for row in shelves],
        counters=_by_counter(session, shelves, counters, person),
        locks=locks.items,
        recent=[_recent(row, person, session, reads.context.actor) for row in recent],
        poll_seconds=reads.context.settings.progress_poll_seconds,
    )


def _counters(rows: Sequence[Row]) -> list[UUID]:
    return [row["counter"] for row in rows]


def _shelf(row: Row, owners: Mapping[str, UUID], person: Callable[[UUID], Person]) -> ShelfProgress:
    owner = owners.get(row["shelf"])
    return ShelfProgress(
        shelf=row["shelf"],
        owner=None if owner is None else person(owner),
        expected=row["expected"],
        counted=row["counted"],
        lines=row["lines"],
        percent=share(row["counted"], row["expected"]),
    )


def _by_counter(
    session: Session,
    shelves: Sequence[Row],
    lines: Sequence[Row],
    person: Callable[[UUID], Person],
) -> list[CounterProgress]:
    """Everyone who may count or has counted, by name."""
    expected = {row["shelf"]: row["expected"] for row in shelves}
    found = []
    for counter in dict.fromkeys((*session.row.counters, *_counters(lines))):
        mine = [row for row in lines if row["counter"] == counter]
        own = tuple(s for s, owner in session.row.shelves.items() if owner == counter)
        wanted = sum(expected.get(shelf, 0) for shelf in own)
        counted = sum(row["counted"] for row in mine if row["shelf"] in own)
        found.append(
            CounterProgress(
                counter=person(counter),
                shelves=own,
                expected=wanted,
                counted=counted,
                lines=sum(row["lines"] for row in mine),
                percent=share(counted, wanted),
            )
        )
    return sorted(found, key=lambda one: (one.counter.name or "", one.counter.id))


def _recent(
    row: Row, person: Callable[[UUID], Person], session: Session, viewer: UUID
) -> RecentCount:
    hidden = session.blind and row["counter"] != viewer
    return RecentCount(
        id=str(LocalId(row["item_count"], row["number"])),
        item=row["item"],
        sku=row["sku"],
        name=row["name"],
        counter=person(row["counter"]),
        shelf=row["shelf"],
        quantity=None if hidden else row["quantity"],
        counted_at=row["counted_at"],
    )
