"""The checks: what the system found against what is true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from api.demo.truth import Truth
from api.demo.work import Findings

Rows = Sequence[Mapping[str, Any]]
NAMED = 5


class Seen(msgspec.Struct, frozen=True):
    """All that the API said at the end."""

    session: Mapping[str, Any]
    progress: Mapping[str, Any]
    variances: Rows
    adjustments: Rows
    stock: Rows
    replay: Rows


class Check(msgspec.Struct, frozen=True):
    """One thing that has to hold."""

    holds: bool
    what: str


def checks(truth: Truth, seen: Seen, findings: Findings) -> list[Check]:
    """Everything that has to hold at the end."""
    return [
        _counted(truth, seen),
        _variances(truth, seen),
        _adjustments(truth, seen),
        _stock(truth, seen),
        _locks(findings),
        _replay(seen),
    ]


def _counted(truth: Truth, seen: Seen) -> Check:
    items = len({entry.product for entry in truth.counted})
    progress = seen.progress
    told = (progress["counted"], progress["partial"], progress["found"], seen.session["status"])
    what = f"{items} items on {len(truth.counted)} shelves counted, session {told[3]}"
    return Check(told == (items, 0, 0, "COMPLETED"), what)


def _variances(truth: Truth, seen: Seen) -> Check:
    found = {UUID(row["item"]): Decimal(row["variance"]) for row in seen.variances}
    return _same("variances found are the errors planted", truth.variances(), found)


def _adjustments(truth: Truth, seen: Seen) -> Check:
    posted: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for row in seen.adjustments:
        for part in row["parts"] if row["posted"] else ():
            posted[UUID(part["stock"])] += Decimal(part["delta"])
    nonzero = {stock: delta for stock, delta in posted.items() if delta}
    return _same("adjustments posted are the errors planted", truth.errors(), nonzero)


def _stock(truth: Truth, seen: Seen) -> Check:
    on_hand = {UUID(row["id"]): Decimal(row["on_hand"]) for row in seen.stock}
    there = {entry.id: entry.there for entry in truth.entries}
    return _same("stock entries are exactly what lies on the shelves", there, on_hand)


def _locks(findings: Findings) -> Check:
    what = f"{findings.collisions} tries on a locked item, each refused with LOCKED"
    return Check(findings.admitted == 0, what)


def _replay(seen: Seen) -> Check:
    """Positions increase, and no stream has a hole where it is told."""
    positions = [entry["position"] for entry in seen.replay]
    versions: defaultdict[str, list[int]] = defaultdict(list)
    for entry in seen.replay:
        versions[entry["stream"]].append(entry["version"])
    whole = all(found == list(_from(found[0], found)) for found in versions.values())
    types = {entry["type"] for entry in seen.replay}
    told = {"item_count.expected", "item_count.recorded", "item_count.posted"} <= types
    in_order = positions == sorted(set(positions))
    what = f"the replay tells one item's {len(positions)} events in order"
    return Check(in_order and whole and told, what)


def _from(first: int, found: Sequence[int]) -> Iterable[int]:
    return range(first, first + len(found))


def _same(what: str, true: Mapping[UUID, Decimal], found: Mapping[UUID, Decimal]) -> Check:
    wrong = [id_ for id_ in true.keys() | found.keys() if true.get(id_) != found.get(id_)]
    told = f"{len(found)} {what}"
    if wrong:
        named = (f"{id_} is {found.get(id_)}, not {true.get(id_)}" for id_ in wrong[:NAMED])
        told += f"; {len(wrong)} are not: {'; '.join(named)}"
    return Check(not wrong, told)
