"""A small bank: events without stored names, a projection of balances and a ledger of movements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from domain.base import NOBODY, Event, Recorded
from projections.engine.projection import Of, Projection

START = datetime(2025, 3, 25, 9, tzinfo=UTC)


class Deposited(Event):
    """Money came in."""

    owner: str
    amount: Decimal


class Withdrawn(Event):
    """Money went out; the projection cannot stand a balance below zero."""

    owner: str
    amount: Decimal


class Closed(Event):
    """The account is gone."""

    owner: str


class Remarked(Event):
    """Nothing that concerns a balance."""

    owner: str


class Forgotten(Event):
    """What no projection of this file declares."""

    owner: str


class Account(msgspec.Struct, frozen=True):
    """What an owner has with a bank, which is a stream."""

    bank: UUID
    organization: UUID
    owner: str
    balance: Decimal
    since: datetime
    amounts: tuple[Decimal, ...]
    position: int
    largest: Decimal | None = None


class Movement(msgspec.Struct, frozen=True):
    """One deposit or withdrawal."""

    position: int
    owner: str
    amount: Decimal


def deposited(row: Account | None, recorded: Of[Deposited]) -> Account:
    """Opens the account with its first deposit."""
    event = recorded.event
    row = row or Account(
        recorded.stream,
        recorded.organization,
        event.owner,
        Decimal(0),
        recorded.occurred_at,
        (),
        recorded.position,
    )
    return _moved(row, event.amount, recorded.position)


def withdrawn(row: Account | None, recorded: Of[Withdrawn]) -> Account:
    """Fails, always, when the account is missing or has too little."""
    if row is None or row.balance < recorded.event.amount:
        raise ArithmeticError("overdrawn")
    return _moved(row, -recorded.event.amount, recorded.position)


def _moved(row: Account, amount: Decimal, position: int) -> Account:
    return msgspec.structs.replace(
        row,
        balance=row.balance + amount,
        amounts=(*row.amounts[-2:], amount),
        position=position,
        largest=max(row.largest or amount, amount),
    )


BALANCES = Projection(
    name="toy_balances",
    version=1,
    row=Account,
    keys=("bank", "owner"),
    key=lambda recorded: (recorded.stream, recorded.event.owner),
    handlers={Deposited: deposited, Withdrawn: withdrawn, Closed: lambda *_: None},
    ignores=(Remarked,),
    temporal=True,
)


def moved(_: Movement | None, recorded: Of[Deposited]) -> Movement | None:
    """One line each; what is nothing leaves no line."""
    event = recorded.event
    return Movement(recorded.position, event.owner, event.amount) if event.amount else None


MOVEMENTS = Projection(
    name="toy_movements",
    version=1,
    row=Movement,
    keys=("position",),
    key=lambda recorded: (recorded.position,),
    handlers={Deposited: moved, Withdrawn: moved},
    ignores=(Closed, Remarked),
    ledger=True,
)


def recorded(events: Sequence[tuple[UUID, Event]]) -> list[Recorded]:
    """The events as a log would hold them, from position 1."""
    return list(_recorded(events))


def _recorded(events: Sequence[tuple[UUID, Event]]) -> Iterator[Recorded]:
    versions: dict[UUID, int] = {}
    for position, (stream, event) in enumerate(events, 1):
        versions[stream] = version = versions.get(stream, 0) + 1
        at = START + timedelta(seconds=position)
        yield Recorded(stream, version, at, NOBODY, event, NOBODY, position, at)


def rows(projection: Projection[Any], records: Sequence[Any]) -> dict[tuple[Any, ...], Any]:
    """What a `SELECT *` shows, as a replay shows it."""
    found = [projection.row(**_values(projection, record)) for record in records]
    keyed = {tuple(getattr(row, name) for name in projection.keys): row for row in found}
    assert len(keyed) == len(found)
    return keyed


def _values(projection: Projection[Any], record: Any) -> dict[str, Any]:
    values = dict(record)
    if projection is BALANCES:
        values["amounts"] = msgspec.json.decode(values["amounts"], type=tuple[Decimal, ...])
    return values
