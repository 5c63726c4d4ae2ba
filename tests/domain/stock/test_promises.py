"""Numbered open quantities and their sum."""

from __future__ import annotations

from datetime import timedelta

from domain.stock.promises import Issuance, Promises, Reservation
from tests.domain.stock.pools import q
from tests.specification import ANN, NOW


def test_open_promises_add_up() -> None:
    """One without rest is closed; how many there ever were is kept."""
    promises: Promises[Issuance] = Promises()
    promises.add(1, Issuance(q(5), ANN))
    promises.add(2, Issuance(q(3), ANN))
    promises.lower(1, q(2))
    assert promises.open == {1: Issuance(q(3), ANN), 2: Issuance(q(3), ANN)}
    assert (promises.total, promises.made) == (q(6), 2)

    promises.lower(1, q(3))
    promises.lower(2, q(3))
    assert promises.open == {}
    assert (promises.total, promises.made) == (q(0), 2)


def test_promises_are_equal_when_all_of_them_are() -> None:
    """Their numbers count too."""
    one: Promises[Issuance] = Promises()
    other: Promises[Issuance] = Promises()
    one.add(1, Issuance(q(5), ANN))
    other.add(2, Issuance(q(5), ANN))
    assert one != other


def test_a_reservation_lives_until_the_instant_that_it_names() -> None:
    """At that instant it has ended; without one it never does."""
    until = Reservation(q(1), "R1", NOW.now)
    assert until.live(NOW.now - timedelta(microseconds=1))
    assert not until.live(NOW.now)
    assert Reservation(q(1), "R1", None).live(NOW.now)
