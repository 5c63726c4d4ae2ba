"""What a receipt says of its lot (domain.md 3.5)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from domain.quantity import UnitCost
from domain.stock import movement as m
from domain.stock.pool_commands import ReceiveStock
from domain.stock.pool_stock import PoolStock
from tests.domain.stock.pools import CREATED, moved, q
from tests.specification import NOW, given


def test_a_receipt_names_its_lot_and_when_that_expires() -> None:
    """Both are optional."""
    lot: dict[str, Any] = {"lot": "L7", "expiry": date(2026, 1, 31)}
    receive = ReceiveStock(quantity=q(7), unit_cost=UnitCost("2.5000"), **lot)
    received = moved(m.StockReceived, 7, 7, unit_cost=Decimal("2.5"), **lot)
    given(PoolStock, CREATED).when(PoolStock.receive, receive, NOW).then(received)


@pytest.mark.parametrize("lot", ["", "  ", "L" * 61])
def test_a_lot_without_a_number_is_none(lot: str) -> None:
    """Nothing that cannot be read from a label."""
    body = {"quantity": "1.000", "unit_cost": "1.0000", "lot": lot}
    with pytest.raises(msgspec.ValidationError, match="lot"):
        msgspec.convert(body, ReceiveStock, dec_hook=lambda kind, text: kind(text))
