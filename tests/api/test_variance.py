"""Variances from the first count to the final stock, by the clock (domain.md 1.6)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.api.conftest import Day
from tests.api.takes import Take, refused, started
from tests.system import Clock, System


def july(day: int, hour: int) -> datetime:
    """That hour in July 2025."""
    return datetime(2025, 7, day, hour, tzinfo=UTC)


async def variance(take: Take, after: httpx.Response) -> dict[str, Any]:
    """The only item's variance as the auditor sees it."""
    page = await take.company["auditor"].ask_after(after, f"{take.path}/variances")
    found: dict[str, Any] = page["items"][0]
    return found


async def completed(take: Take, **body: object) -> httpx.Response:
    """Completes it, and it has to succeed."""
    answer = await take.act("admin", "complete", body)
    assert (answer.status_code, answer.json()["status"]) == (200, "COMPLETED"), answer.text
    return answer


async def count(take: Take, shelf: str, quantity: object) -> httpx.Response:
    """Counts the only product on a shelf."""
    body = take.count("GLOVE", shelf, quantity)
    answer = await take.company["counter1"].post("/stock-take/counts", body)
    assert answer.status_code == 201, answer.text
    return answer


@pytest.mark.rule("1.6-1", "T-1.6-a")
async def test_what_moves_after_the_count_moves_the_result_with_it(day: Day) -> None:
    """Book 100, counted 97, then 5 sold and 20 received: V -3, final 112, never "set to 97"."""
    take = await started(day.company, {"GLOVE": {"A1": 100}})
    day.at("10:00")
    counted = await count(take, "A1", 97)
    day.at("10:10")
    await take.move("GLOVE", "A1", -5)
    await take.move("GLOVE", "A1", 20)
    found = await variance(take, counted)
    assert (found["variance"], found["percent"], found["value"]) == ("-3.000", "-3.00", "-7.50")
    day.at("11:00")
    done = await completed(take)
    assert done.json()["totals"]["net_value"] == "-7.50"
    assert await take.on_hand("GLOVE", done) == {"A1": "112.000"}


@pytest.mark.rule("T-1.6-a")
async def test_what_was_sold_before_the_count_is_no_loss(day: Day) -> None:
    """10 at the start, 6 sold, 4 counted: V 0, final 4."""
    take = await started(day.company, {"GLOVE": {"A1": 10}})
    day.at("10:00")
    await take.move("GLOVE", "A1", -6)
    day.at("10:10")
    await count(take, "A1", 4)
    done = await completed(take)
    assert (done.json()["totals"]["posted"], done.json()["totals"]["gross_value"]) == (1, "0.00")
    assert await take.on_hand("GLOVE", done) == {"A1": "4.000"}


@pytest.mark.rule("1.6-2", "T-1.6-b")
async def test_an_item_on_two_shelves_has_one_variance(day: Day) -> None:
    """Book 50, 30 and 17 counted: V -3, not one variance per line."""
    take = await started(day.company, {"GLOVE": {"A1": 32, "A2": 18}})
    day.at("10:00")
    await count(take, "A1", 30)
    counted = await count(take, "A2", 17)
    found = await variance(take, counted)
    assert (found["counted"], found["book"], found["variance"]) == ("47.000", "50.000", "-3.000")
    done = await completed(take)
    assert await take.on_hand("GLOVE", done) == {"A1": "30.000", "A2": "17.000"}


@pytest.mark.rule("1.6-3")
async def test_a_sale_between_two_counts_belongs_to_its_shelf(day: Day) -> None:
    """A1 30 at 10:00, 4 sold from it at 10:10, A2 17 at 10:20: C* 43, V -3, final 43."""
    take = await started(day.company, {"GLOVE": {"A1": 32, "A2": 18}})
    day.at("10:00")
    await count(take, "A1", 30)
    day.at("10:10")
    await take.move("GLOVE", "A1", -4)
    day.at("10:20")
    counted = await count(take, "A2", 17)
    found = await variance(take, counted)
    assert (found["counted"], found["book"], found["variance"]) == ("43.000", "46.000", "-3.000")
    done = await completed(take)
    assert await take.on_hand("GLOVE", done) == {"A1": "26.000", "A2": "17.000"}


@pytest.mark.rule("1.6-3")
async def test_a_sale_from_no_counted_shelf_can_be_read_two_ways(day: Day) -> None:
    """-3 or +1, both beyond 1 % of 46: it has to be counted again."""
    take = await started(day.company, {"GLOVE": {"A1": 30, "A2": 16, "": 4}})
    day.at("10:00")
    await count(take, "A1", 30)
    day.at("10:10")
    await take.move("GLOVE", "", -4)
    day.at("10:20")
    counted = await count(take, "A2", 17)
    assert (await variance(take, counted))["split"]
    answer = await take.act("auditor", "complete", {})
    refused(answer, 409, "SPLIT_MOVEMENT")
    day.at("10:30")
    await count(take, "A1", 30)
    await count(take, "A2", 17)
    done = await completed(take)
    assert await take.on_hand("GLOVE", done) == {"A1": "30.000", "A2": "17.000", "": "0.000"}


@pytest.mark.rule("1.6-4")
async def test_an_issue_that_is_recorded_late_is_honoured(system: System, clock: Clock) -> None:
    """1 July counted 80 of 1000; on 3 July 900 of 30 June are recorded: V -20, final 80."""
    clock.fixed = july(1, 9)
    company = await system.company()
    take = await started(company, {"GLOVE": {"A1": 1000}})
    clock.fixed = july(1, 10)
    counted = await count(take, "A1", 80)
    found = await variance(take, counted)
    assert (found["variance"], found["lines"][0]["captured"]) == ("-920.000", "1000.000")
    clock.fixed = july(3, 10)
    take.company = await system.logged_in_again(company)
    await take.move("GLOVE", "A1", -900, occurred_at="2025-06-30T15:00:00Z")
    done = await completed(take)
    found = await variance(take, done)
    assert (found["book"], found["variance"]) == ("100.000", "-20.000")
    assert await take.on_hand("GLOVE", done) == {"A1": "80.000"}


@pytest.mark.rule("1.6-5")
async def test_a_count_that_contradicts_the_books_is_named(day: Day) -> None:
    """Book 10, counted 4, then 5 sold: -6 of 5 cannot be; an admin may leave it out by name."""
    take = await started(day.company, {"GLOVE": {"A1": 10}, "HOOD": {"B1": 8}})
    day.at("10:00")
    item = (await count(take, "A1", 4)).json()["id"]
    await take.counted("counter2", "HOOD", "B1", 7)
    day.at("10:10")
    await take.move("GLOVE", "A1", -5)
    problem = refused(await take.act("auditor", "complete", {}), 409, "NEGATIVE_RESULT")
    assert problem["items"] == [item]
    left = {"leave_out": [item]}
    refused(await take.act("auditor", "complete", left), 403, "LEAVING_OUT_NEEDS_ADMIN")
    done = await completed(take, **left)
    totals = done.json()["totals"]
    assert (totals["posted"], totals["left_out"], totals["uncounted"]) == (1, 1, 0)
    assert totals["net_value"] == "-2.50"
    assert await take.on_hand("GLOVE", done) == {"A1": "5.000"}
    assert await take.on_hand("HOOD", done) == {"B1": "7.000"}


async def test_a_found_item_opens_an_entry_only_for_a_surplus(day: Day) -> None:
    """Nothing was known of it; what was counted is there afterwards, at the warehouse itself."""
    take = await started(day.company, {"GLOVE": {"A1": 10}})
    admin = day["admin"]
    found = (await admin.done("/parts", {"sku": "ROPE", "name": "Rope"}))["id"]
    await count(take, "A1", 10)
    body = {"session": take.session["id"], "item": found, "shelf": "Z1", "quantity": 3}
    assert (await day["counter2"].done("/stock-take/counts", body))["found"]
    done = await completed(take)
    stock = await admin.ask_after(done, f"/admin/inventory/products/{found}")
    assert [(e["location"], e["on_hand"]) for e in stock["entries"]] == [("", "3.000")]
