"""What stock is worth: the moving average, in the order of recording (domain.md 3.6)."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from uuid import UUID

import pytest

from domain.base import Event
from domain.stock import movement as m
from projections.catalogue import VALUATIONS, Valuation
from projections.engine.fold import replay
from tests.domain.properties.logs import logged
from tests.domain.stock.pools import PRODUCT, STOCK, issued, moved, received
from tests.specification import ANN


def valued(*events: Event) -> list[Valuation]:
    """The product's valuation behind each event."""
    log = logged([(STOCK, event) for event in events])
    return [replay(VALUATIONS, log[:n])[(PRODUCT,)] for n in range(1, len(log) + 1)]


def bought(quantity: int, on_hand: int, cost: str) -> m.Movement:
    """A receipt at that cost."""
    return moved(m.StockReceived, quantity, on_hand, unit_cost=Decimal(cost))


def sold(quantity: int, on_hand: int) -> m.Movement:
    """A sale."""
    return moved(m.StockConsumed, -quantity, on_hand, job="sale")


@pytest.mark.rule("3.6-1")
def test_the_average_moves_with_receipts_and_nothing_is_left_at_zero() -> None:
    """10 at 10 and 10 at 12 are worth 220; the last piece takes the rest along."""
    steps = [
        (bought(10, 10, "10"), "100.00", "10.0000"),
        (bought(10, 20, "12"), "220.00", "11.0000"),
        (sold(5, 15), "165.00", "11.0000"),
        (bought(3, 18, "10"), "195.00", "10.8333"),
        (sold(6, 12), "130.00", "10.8333"),
        (sold(12, 0), "0.00", "10.8333"),
    ]
    found = valued(*(event for event, _, _ in steps))

    assert [str(one.value) for one in found] == [value for _, value, _ in steps]
    assert [str(one.average) for one in found] == [average for _, _, average in steps]


@pytest.mark.rule("3.6-2")
def test_cents_are_neither_lost_nor_found() -> None:
    """Three pieces worth 10.00 go for 3.33, 3.34 and 3.33."""
    found = valued(bought(3, 3, "3.3333"), sold(1, 2), sold(1, 1), sold(1, 0))
    values = [one.value for one in found]

    assert [str(a - b) for a, b in pairwise(values)] == [
        "3.33",
        "3.34",
        "3.33",
    ]


def test_what_leaves_and_comes_back_inside_keeps_its_value() -> None:
    """A transfer moves value nowhere; what a count finds is worth the average."""
    out = moved(m.StockTransferredOut, -4, 6, to=UUID(int=9))
    come = moved(m.StockTransferredIn, 4, 4, source=STOCK)
    keys = {"session": UUID(int=7), "item_count": UUID(int=8), "bucket": "usable"}
    found = moved(m.CountAdjusted, 2, 6, **keys)
    assert [str(one.value) for one in valued(bought(10, 10, "2.5"), out, come, found)] == [
        "25.00",
        "25.00",
        "25.00",
        "30.00",
    ]


def test_without_a_cost_there_is_no_average() -> None:
    """And a quarantined return counts as much as a usable one."""
    found = valued(moved(m.StockSet, 4, 4, reason="found"))
    assert [(str(one.quantity), one.average) for one in found] == [("4.000", None)]

    damaged = {"quarantine_delta": Decimal(3), "quarantine": Decimal(3)}
    facts = {"number": 1, "member": ANN, "quantity": Decimal(3), "outstanding": Decimal(0)}
    back = moved(m.StockReturned, 0, 7, **facts, condition="damaged", **damaged)
    assert valued(received(10), issued(1, 3, 7), back)[-1].quantity == 10
