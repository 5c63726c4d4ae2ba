"""Stock over HTTP: what each operation does, and why it says no (domain.md 3.1)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.shop import Shop
from tests.api.takes import refused, until
from tests.system import Client, Clock, Company, System


def where(entry: dict[str, Any], **facts: object) -> dict[str, Any]:
    """A body about the entry's location."""
    return {"product": entry["product"], "location": "A1", **facts}


def moved(entry: dict[str, Any], quantity: object) -> dict[str, Any]:
    """A body that sets or adjusts."""
    return where(entry, quantity=quantity, reason="checked")


async def reserve(admin: Client, entry: dict[str, Any], quantity: object) -> str:
    """The id of a new reservation."""
    body = where(entry, quantity=quantity, order="O-1")
    return str((await admin.done("/store/inventory/reserve", body))["last_reservation"])


async def test_an_issue_reaches_the_read_model(company: Company) -> None:
    """The narrowest path through all layers."""
    admin, entry = company["admin"], await Shop(company).entry()
    issue = {"quantity": "3", "member": str(company["member"].member)}
    answer = await admin.post(f"/inventory/items/{entry['id']}/issue", issue)
    assert answer.json()["available"] == "7.000"
    assert answer.headers["etag"] == '"3"'
    item = await admin.ask_after(answer, f"/inventory/items/{entry['id']}")
    assert (item["on_hand"], item["issued"], item["owned"]) == ("7.000", "3.000", "10.000")
    assert item["issuances"][0]["member"]["name"] == "Member"


@pytest.mark.rule("3.1-1")
async def test_a_product_is_the_sum_of_its_locations(company: Company) -> None:
    """MAIN 100 (10), WEST 50 (0), FRONT 25 (5): 175, reserved 15, available 160."""
    admin = company["admin"]
    product = (await admin.done("/parts", {"sku": "HOSE", "name": "Hose"}))["id"]
    for location, on_hand, reserved in (("MAIN", 100, 10), ("WEST", 50, 0), ("FRONT", 25, 5)):
        place = {"product": product, "location": location}
        stocked = {**place, "quantity": on_hand, "reason": "opening"}
        answer = await admin.post("/store/inventory/set", stocked)
        if reserved:
            kept = {**place, "quantity": reserved, "order": "O"}
            answer = await admin.post("/store/inventory/reserve", kept)
    total = await admin.ask_after(answer, f"/store/inventory/product/{product}")
    figures = [total[name] for name in ("on_hand", "reserved", "available")]
    assert figures == ["175.000", "15.000", "160.000"]


@pytest.mark.rule("3.1-2")
async def test_of_two_issues_of_eighty_of_a_hundred_one_is_done(company: Company) -> None:
    """Twenty are left; the other is refused with what is available."""
    admin, entry = company["admin"], await Shop(company).entry(100)
    issue = {"quantity": 80, "member": str(company["member"].member)}
    path = f"/inventory/items/{entry['id']}/issue"
    answers = await asyncio.gather(*(admin.post(path, issue) for _ in range(2)))
    done, no = sorted(answers, key=lambda answer: answer.status_code)
    assert (done.status_code, done.json()["on_hand"]) == (200, "20.000")
    assert refused(no, 409, "INSUFFICIENT_STOCK")["available"] == "20.000"


async def test_many_at_once_take_no_more_than_there_is(company: Company) -> None:
    """Sixty callers want 3 of 100: thirty-three get them, one is left."""
    admin, entry = company["admin"], await Shop(company).entry(100)
    path = f"/inventory/items/{entry['id']}/issue"
    issue = {"quantity": 3, "member": str(company["member"].member)}
    answers = await asyncio.gather(*(admin.post(path, issue) for _ in range(60)))
    assert [answer.status_code for answer in answers].count(200) == 33
    last = next(answer for answer in answers if answer.status_code == 409)
    item = await admin.ask_after(last_done(answers), f"/inventory/items/{entry['id']}")
    assert item["on_hand"] == "1.000"
    refused(last, 409, "INSUFFICIENT_STOCK")


def last_done(answers: list[Any]) -> Any:
    """The accepted one with the highest position."""
    done = [answer for answer in answers if answer.status_code == 200]
    return max(done, key=lambda a: int(a.headers["tallybook-position"].rpartition(".")[2]))


@pytest.mark.rule("3.1-3")
async def test_what_is_reserved_stays_on_hand(company: Company) -> None:
    """20 with 5 reserved: set 4 refused, 5 accepted; adjust -16 refused, -15 accepted."""
    admin, shop = company["admin"], Shop(company)
    entries = [await shop.entry(20) for _ in range(2)]
    for entry in entries:
        await reserve(admin, entry, 5)
    one, two = entries
    refused(await admin.post("/store/inventory/set", moved(one, 4)), 409, "BELOW_RESERVED")
    done = await admin.done("/store/inventory/set", moved(one, 5))
    assert (done["on_hand"], done["available"]) == ("5.000", "0.000")
    refused(await admin.post("/store/inventory/adjust", moved(two, -16)), 409, "BELOW_RESERVED")
    done = await admin.done("/store/inventory/adjust", moved(two, -15))
    assert (done["on_hand"], done["available"]) == ("5.000", "0.000")


@pytest.mark.rule("3.1-4")
async def test_a_reservation_is_sent_out_and_released_in_parts(company: Company) -> None:
    """Reserve 10, fulfil 4, release 6: on_hand 4 less, nothing reserved; then it is closed."""
    admin, entry = company["admin"], await Shop(company).entry(20)
    part = {"reservation": await reserve(admin, entry, 10)}
    await admin.done("/store/inventory/fulfill", {**part, "quantity": 4})
    too_much = await admin.post("/store/inventory/release", {**part, "quantity": 7})
    assert refused(too_much, 409, "MORE_THAN_REMAINING")["remaining"] == "6.000"
    done = await admin.done("/store/inventory/release", part)
    assert (done["on_hand"], done["reserved"]) == ("16.000", "0.000")
    for action in ("release", "fulfill"):
        answer = await admin.post(f"/store/inventory/{action}", part)
        refused(answer, 404, "RESERVATION_NOT_FOUND")


async def test_a_reservation_that_ran_out_is_free_at_that_second(
    system: System, clock: Clock
) -> None:
    """No timer has to run for it, and nobody sends it out any more."""
    clock.fixed = datetime(2051, 3, 25, 10, tzinfo=UTC)
    company = await system.company()
    admin, entry = company["admin"], await Shop(company).entry(10)
    kept = where(entry, quantity=8, order="O", expires_at="2051-03-25T10:05:00Z")
    reserved = await admin.post("/store/inventory/reserve", kept)
    part = {"reservation": reserved.json()["last_reservation"], "quantity": 1}
    clock.fixed = datetime(2051, 3, 25, 10, 4, 59, tzinfo=UTC)
    sent = await admin.post("/store/inventory/fulfill", part)
    assert (sent.json()["on_hand"], sent.json()["available"]) == ("9.000", "2.000")
    clock.fixed = datetime(2051, 3, 25, 10, 5, tzinfo=UTC)
    refused(await admin.post("/store/inventory/fulfill", part), 409, "RESERVATION_EXPIRED")
    refused(await admin.post("/store/inventory/reserve", kept), 422, "EXPIRY_IN_PAST")
    item = await admin.ask_after(sent, f"/inventory/items/{entry['id']}")
    assert (item["reserved"], item["available"]) == ("0.000", "9.000")
    assert (await admin.done("/store/inventory/set", moved(entry, 0)))["on_hand"] == "0.000"


async def test_the_timer_records_the_end_of_what_ran_out(company: Company, system: System) -> None:
    """Soon after it, by real time, and without anybody asking."""
    admin, entry = company["admin"], await Shop(company).entry(10)
    soon = datetime.now(UTC) + timedelta(seconds=0.3)
    kept = where(entry, quantity=8, order="O", expires_at=soon.isoformat())
    await admin.done("/store/inventory/reserve", kept)

    async def released() -> bool:
        return "pool_stock.reservation_released" in await system.types(company)

    await until(released)


@pytest.mark.rule("T-3.1-a")
async def test_what_comes_back_damaged_is_not_usable(company: Company) -> None:
    """It waits in quarantine until it is repaired; zero is not all."""
    admin, shop = company["admin"], Shop(company)
    entry = await shop.entry(10)
    issuance = await shop.issued(entry)
    path = f"/inventory/issuances/{issuance}/return"
    refused(await admin.post(path, {"quantity": 0}), 422, "QUANTITY_NOT_POSITIVE")
    refused(await admin.post(path, {"quantity": 4}), 409, "MORE_THAN_REMAINING")
    part = await admin.done(path, {"quantity": 1, "condition": "damaged"})
    assert (part["on_hand"], part["quarantine"], part["issued"]) == ("7.000", "1.000", "2.000")
    rest = await admin.done(path, {"condition": "good"})
    assert (rest["on_hand"], rest["issued"]) == ("9.000", "0.000")
    refused(await admin.post(path, {}), 404, "ISSUANCE_NOT_FOUND")
    repair = f"/inventory/items/{entry['id']}/repair"
    refused(await admin.post(repair, {"quantity": 2}), 409, "INSUFFICIENT_STOCK")
    assert (await admin.done(repair, {"quantity": 1}))["on_hand"] == "10.000"


@pytest.mark.rule("T-3.1-b")
async def test_an_adjustment_is_signed_and_never_zero(company: Company) -> None:
    """Up and down by the same command."""
    admin, entry = company["admin"], await Shop(company).entry(10)
    refused(await admin.post("/store/inventory/adjust", moved(entry, 0)), 422, "NOTHING_TO_ADJUST")
    assert (await admin.done("/store/inventory/adjust", moved(entry, 2)))["on_hand"] == "12.000"
    assert (await admin.done("/store/inventory/adjust", moved(entry, -3)))["on_hand"] == "9.000"
    refused(
        await admin.post("/store/inventory/set", moved(entry, -1)), 422, "QUANTITY_NOT_POSITIVE"
    )


async def test_a_transfer_is_whole_or_not_at_all(company: Company, system: System) -> None:
    """Both places change in one append; to the same place it goes nowhere."""
    admin, entry = company["admin"], await Shop(company).entry(10)
    before = await system.events(company)
    move = {"product": entry["product"], "source": "A1", "destination": "B2", "quantity": 11}
    path = "/store/inventory/transfer"
    refused(await admin.post(path, move), 409, "INSUFFICIENT_STOCK")
    refused(await admin.post(path, {**move, "destination": " a1 "}), 422, "SAME_PLACE")
    refused(await admin.post(path, {**move, "source": "C3"}), 404, "STOCK_NOT_FOUND")
    assert await system.events(company) == before
    answer = await admin.post(path, {**move, "quantity": 4})
    assert (answer.json()["location"], answer.json()["on_hand"]) == ("B2", "4.000")
    left = await admin.ask_after(answer, f"/inventory/items/{entry['id']}")
    assert left["on_hand"] == "6.000"


async def test_many_adjustments_are_all_done_or_none(company: Company, system: System) -> None:
    """The last one fails, so the first is not done either."""
    admin, shop = company["admin"], Shop(company)
    entries = [await shop.entry(10) for _ in range(3)]
    store = {"store_id": str(company.warehouse)}
    wanted = [{**moved(e, q), **store} for e, q in zip(entries, (-1, -2, -11), strict=True)]
    before = await system.events(company)
    path = "/admin/inventory/bulk-adjust"
    refused(await admin.post(path, {"adjustments": wanted}), 409, "BELOW_RESERVED")
    assert await system.events(company) == before
    assert (await admin.done(path, {"adjustments": wanted[:2]}))["on_hand"] == "8.000"
    assert await system.events(company) == before + 2


async def test_only_an_empty_entry_is_removed(company: Company) -> None:
    """It comes back with the next stock."""
    admin, entry = company["admin"], await Shop(company).entry(1)
    path = f"/store/inventory/{entry['id']}"
    refused(await admin.send("DELETE", path), 409, "ENTRY_NOT_EMPTY")
    await admin.done("/store/inventory/set", moved(entry, 0))
    assert (await admin.send("DELETE", path)).status_code == 200
    for request in (admin.send("DELETE", path), admin.send("PUT", path, {"bin": "7"})):
        refused(await request, 404, "STOCK_NOT_FOUND")
    assert (await admin.done("/store/inventory/set", moved(entry, 3)))["on_hand"] == "3.000"
