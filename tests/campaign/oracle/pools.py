"""A PoolStock by itself, as small as it can be said: what each answer has to be in each state."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from tests.campaign.linearizability import Operation, linearizable
from tests.campaign.load.journal import CONTENDED, Entry


class Stock(msgspec.Struct, frozen=True):
    """What is there, and what is promised by number: open quantities, and how many ever were."""

    on_hand: int = 0
    quarantine: int = 0
    reserved: tuple[tuple[int, int], ...] = ()
    reservations: int = 0
    issued: tuple[tuple[int, int], ...] = ()
    issuances: int = 0

    @property
    def available(self) -> int:
        """What may be promised."""
        return self.on_hand - sum(quantity for _, quantity in self.reserved)

    def shows(self, view: dict[str, Any]) -> bool:
        """Whether an answer shows just this."""
        expected = {
            "on_hand": self.on_hand,
            "available": self.available,
            "quarantine": self.quarantine,
            "issued": sum(quantity for _, quantity in self.issued),
        }
        made = [self.reservations, self.issuances]
        names = [view["last_reservation"], view["last_issuance"]]
        numbers = [int(name.rpartition(".")[2]) if name else 0 for name in names]
        return numbers == made and all(Decimal(view[k]) == v for k, v in expected.items())


Result = Stock | str
"""The state behind the command, or the code of its refusal."""


def decide(stock: Stock, kind: str, body: dict[str, Any], number: int) -> Result:  # noqa: PLR0911 - a table
    """What the command has to come to; `number` names the reservation or issuance."""
    quantity = int(body["quantity"])
    match kind:
        case "set":
            return _corrected(stock, quantity)
        case "adjust":
            return _corrected(stock, stock.on_hand + quantity)
        case "receive":
            return _with(stock, on_hand=stock.on_hand + quantity)
        case "issue" | "reserve" if quantity > stock.available:
            return "INSUFFICIENT_STOCK"
        case "issue":
            new = stock.issuances + 1
            held = (*stock.issued, (new, quantity))
            return _with(stock, on_hand=stock.on_hand - quantity, issued=held, issuances=new)
        case "reserve":
            new = stock.reservations + 1
            kept = (*stock.reserved, (new, quantity))
            return _with(stock, reserved=kept, reservations=new)
        case "repair":
            return _repaired(stock, quantity)
        case "return":
            return _returned(stock, number, quantity, damaged=body["condition"] == "damaged")
        case _:
            return _unreserved(stock, number, quantity, out=kind == "fulfill")


def _with(stock: Stock, **fields: Any) -> Stock:
    return msgspec.structs.replace(stock, **fields)


def _corrected(stock: Stock, on_hand: int) -> Result:
    if on_hand < stock.on_hand - stock.available:
        return "BELOW_RESERVED"
    return _with(stock, on_hand=on_hand)


def _repaired(stock: Stock, quantity: int) -> Result:
    if quantity > stock.quarantine:
        return "INSUFFICIENT_STOCK"
    on_hand, quarantine = stock.on_hand + quantity, stock.quarantine - quantity
    return _with(stock, on_hand=on_hand, quarantine=quarantine)


def _returned(stock: Stock, number: int, quantity: int, *, damaged: bool) -> Result:
    left = _lowered(stock.issued, number, quantity)
    if left is None:
        return "ISSUANCE_NOT_FOUND"
    if isinstance(left, str):
        return left
    bucket = "quarantine" if damaged else "on_hand"
    return _with(stock, issued=left, **{bucket: getattr(stock, bucket) + quantity})


def _unreserved(stock: Stock, number: int, quantity: int, *, out: bool) -> Result:
    left = _lowered(stock.reserved, number, quantity)
    if left is None:
        return "RESERVATION_NOT_FOUND"
    if isinstance(left, str):
        return left
    return _with(stock, reserved=left, on_hand=stock.on_hand - quantity * out)


def _lowered(
    promises: tuple[tuple[int, int], ...], number: int, quantity: int
) -> tuple[tuple[int, int], ...] | str | None:
    """What is left of them; none if there is no such promise."""
    found = dict(promises)
    if number not in found:
        return None
    if quantity > found[number]:
        return "MORE_THAN_REMAINING"
    rest = ((n, held - quantity * (n == number)) for n, held in promises)
    return tuple((n, held) for n, held in rest if held)


class Asked(msgspec.Struct, frozen=True):
    """A command as the check needs it; `view` is its answer, `code` says why it was refused."""

    kind: str
    body: dict[str, Any]
    number: int
    view: dict[str, Any] | None
    code: str
    late: bool

    @classmethod
    def of(cls, entry: Entry) -> Asked:
        """What a client asked and was told."""
        named = entry.body.get("reservation") or entry.path.removesuffix("/return")
        number = int(named.rpartition(".")[2]) if "." in named else 0
        done = entry.outcome == "done"
        code = "" if done else entry.code
        view = entry.answer if done else None
        return cls(entry.kind, entry.body, number, view, code, entry.late)


def step(stock: Stock, asked: Asked) -> Stock | None:
    """The state behind the command, if what its client was told is right in this one."""
    if asked.code == CONTENDED and not asked.late:
        return stock
    result = decide(stock, asked.kind, asked.body, asked.number)
    if asked.late:  # it was done, and nobody has seen its answer
        return None if isinstance(result, str) else result
    if isinstance(result, str):
        return stock if asked.code == result else None
    return result if asked.view is not None and result.shows(asked.view) else None


def histories(entries: Iterable[Entry]) -> dict[UUID, list[Entry]]:
    """Of each pool on the bench."""
    found: dict[UUID, list[Entry]] = {}
    for entry in entries:
        if entry.pool is not None:
            found.setdefault(entry.pool, []).append(entry)
    return found


def in_some_order(history: Sequence[Entry]) -> bool:
    """Whether all answers of one pool's history can be right together."""
    operations = [
        Operation(Asked.of(one), one.asked_at, math.inf if one.late else one.answered_at)
        for one in history
    ]
    return linearizable(operations, Stock(), step)
