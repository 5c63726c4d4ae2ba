"""What lies on the shelves, and what the books should say of it."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from uuid import UUID, uuid5

import pytest

from api.demo.truth import Entry, Truth
from api.demo.verdict import Seen, checks
from api.demo.work import Findings

ROOT = UUID(int=9)


def entry(sku: str, shelf: str, book: str, *, fractions: bool = False) -> Entry:
    """An entry that is as the books say."""
    return Entry(
        id=uuid5(ROOT, f"{sku} {shelf}"),
        product=uuid5(ROOT, sku),
        sku=sku,
        shelf=shelf,
        book=Decimal(book),
        there=Decimal(book),
        fractions=fractions,
        cost="1.00",
    )


def seeded(seed: int) -> Random:
    """The same numbers each time."""
    return Random(seed)  # noqa: S311 - an example, no secret


def warehouse() -> Truth:
    """Twenty items on two shelves each, and an empty entry."""
    full = [entry(f"P{n}", shelf, "10") for n in range(20) for shelf in (f"A{n % 5}", f"B{n}")]
    return Truth([*full, entry("P0", "C1", "0"), entry("OIL", "D1", "0.250", fractions=True)])


def test_only_shelves_with_stock_are_counted() -> None:
    """An empty one is compared at the end all the same."""
    truth = warehouse()

    assert len(truth.counted) == 41
    assert len(truth.entries) == 42


def test_planted_errors_leave_nothing_below_zero() -> None:
    """The same seed plants the same errors."""
    truth, again = warehouse(), warehouse()

    assert truth.plant(1.0, seeded(7)) == 41
    again.plant(1.0, seeded(7))
    assert all(entry.there >= 0 for entry in truth.entries)
    assert len(truth.errors()) >= 40
    assert truth.errors() == again.errors()


def test_what_moves_does_not_change_an_error() -> None:
    """The books know of it."""
    truth = warehouse()
    truth.plant(0.5, seeded(7))
    before = truth.errors()
    for one in truth.counted:
        one.move(Decimal(3))

    assert truth.errors() == before


def test_errors_of_one_product_add_up_to_its_variance() -> None:
    """Two that cancel each other are no variance, but two adjustments."""
    first, second, third = entry("P", "A", "10"), entry("P", "B", "10"), entry("Q", "A", "10")
    first.there += 2
    second.there -= 2
    third.there -= 1
    truth = Truth([first, second, third])

    assert truth.variances() == {third.product: Decimal(-1)}
    assert set(truth.errors()) == {first.id, second.id, third.id}


@pytest.mark.parametrize(("asked", "shelves"), [(0, False), (5, True), (20, True), (21, False)])
def test_a_stock_take_is_narrowed_by_whole_shelves(asked: int, shelves: bool) -> None:
    """All items of a chosen shelf are counted there, and nothing elsewhere."""
    truth = warehouse()
    chosen = truth.choose(asked, seeded(3))

    assert bool(chosen) == shelves
    assert len({one.product for one in truth.counted}) >= asked
    if shelves:
        assert {one.shelf for one in truth.counted} == set(chosen)


def seen(truth: Truth, **wrong: object) -> Seen:
    """What a system that is right would have said, with some of it replaced."""
    items = len({one.product for one in truth.counted})
    right = Seen(
        session={"status": "COMPLETED"},
        progress={"counted": items, "partial": 0, "found": 0},
        variances=[{"item": str(i), "variance": str(e)} for i, e in truth.variances().items()],
        adjustments=[
            {"posted": True, "parts": [{"stock": str(i), "delta": str(e)}]}
            for i, e in truth.errors().items()
        ],
        stock=[{"id": str(one.id), "on_hand": str(one.there)} for one in truth.entries],
        replay=[
            {"position": n, "stream": "s", "version": n, "type": f"item_count.{name}"}
            for n, name in enumerate(("expected", "recorded", "posted"), 1)
        ],
    )
    facts = {name: getattr(right, name) for name in right.__struct_fields__}
    return Seen(**(facts | wrong))


def test_a_system_that_is_right_passes_every_check() -> None:
    """Six things are checked."""
    truth = warehouse()
    truth.plant(0.3, seeded(1))

    assert [check.holds for check in checks(truth, seen(truth), Findings())] == [True] * 6


@pytest.mark.parametrize(
    ("wrong", "failing"),
    [
        ({"session": {"status": "ACTIVE"}}, 0),
        ({"progress": {"counted": 20, "partial": 1, "found": 0}}, 0),
        ({"variances": []}, 1),
        ({"adjustments": []}, 2),
        ({"stock": []}, 3),
        ({"replay": []}, 5),
        ({"replay": [{"position": 2, "stream": "s", "version": 1, "type": "x"}]}, 5),
    ],
)
def test_whatever_is_wrong_fails_its_check_alone(wrong: dict[str, object], failing: int) -> None:
    """The verdict names it."""
    truth = warehouse()
    truth.plant(0.3, seeded(1))
    found = checks(truth, seen(truth, **wrong), Findings())

    assert [number for number, check in enumerate(found) if not check.holds] == [failing]


def test_one_missing_piece_on_one_shelf_fails_the_check_of_the_stock() -> None:
    """Exactly is exactly."""
    truth = warehouse()
    report = seen(truth)
    truth.entries[3].there += Decimal("0.001")
    truth.entries[3].book += Decimal("0.001")
    failed = [check for check in checks(truth, report, Findings()) if not check.holds]

    assert len(failed) == 1
    assert "1 are not" in failed[0].what


def test_a_lock_that_two_counters_got_fails_the_check_of_the_locks() -> None:
    """There must be none."""
    truth = warehouse()
    found = checks(truth, seen(truth), Findings(admitted=1))

    assert [number for number, check in enumerate(found) if not check.holds] == [4]
