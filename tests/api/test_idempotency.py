"""Idempotency-Key: the same request is done once, and is given the same answer for ever."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.api.shop import Shop
from tests.api.specimens import COMMANDS, SPECIMENS
from tests.api.takes import refused, started
from tests.system import Company, System

KEY = {"idempotency-key": "a key"}
ADJUST = "/store/inventory/adjust"
RECORDING = sorted(SPECIMENS.keys() - {"POST /stock-take/sessions/join"})
"""Joining asks, it changes nothing."""


async def less(shop: Shop, quantity: int = -1) -> dict[str, Any]:
    """A body that takes something from a new entry of 10."""
    entry = await shop.entry()
    what = {"product": entry["product"], "location": "A1"}
    return {**what, "quantity": quantity, "reason": "moved"}


@pytest.mark.parametrize("row", RECORDING)
async def test_a_repeated_command_is_done_once(company: Company, system: System, row: str) -> None:
    """Status, body, version and position are those of the first time."""
    request = await SPECIMENS[row](Shop(company))
    client, method = company[request.who], COMMANDS[row].method
    first = await client.send(method, request.path, request.body, KEY)
    assert first.status_code == COMMANDS[row].status, first.text
    after = await system.events(company)
    again = await client.send(method, request.path, request.body, KEY)
    assert await system.events(company) == after
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    for header in ("etag", "tallybook-position"):
        assert again.headers[header] == first.headers[header]


@pytest.mark.parametrize("row", RECORDING)
async def test_a_key_stands_for_one_request(company: Company, system: System, row: str) -> None:
    """With another path or another body it is refused, and nothing is done."""
    shop = Shop(company)
    request, unlike = await SPECIMENS[row](shop), await SPECIMENS["POST /warehouses"](shop)
    client, method = company[request.who], COMMANDS[row].method
    first = await client.send(method, request.path, request.body, KEY)
    assert first.status_code == COMMANDS[row].status, first.text
    before = await system.events(company)
    respelled = b" " + first.request.content
    refused(await client.send(method, request.path, respelled, KEY), 422, "IDEMPOTENCY_KEY_REUSED")
    if request.who == "admin" and row != "POST /warehouses":
        other = await client.post(unlike.path, unlike.body, KEY)
        refused(other, 422, "IDEMPOTENCY_KEY_REUSED")
    assert await system.events(company) == before


async def test_the_first_answer_is_given_also_after_others_changed_the_stream(
    company: Company,
) -> None:
    """It shows the stock as it was then, not as it is."""
    admin = company["admin"]
    body = await less(Shop(company))
    first = await admin.post(ADJUST, body, KEY)
    for _ in range(3):
        await admin.done(ADJUST, body)
    again = await admin.post(ADJUST, body, KEY)
    assert again.json() == first.json()
    assert again.json()["on_hand"] == "9.000"
    assert again.headers["etag"] == first.headers["etag"]


async def test_the_first_answer_is_given_also_when_it_would_be_refused_by_now(
    company: Company,
) -> None:
    """The stock is gone, yet this client's command was done."""
    admin = company["admin"]
    body = await less(Shop(company), -10)
    first = await admin.post(ADJUST, body, KEY)
    refused(await admin.post(ADJUST, body), 409, "BELOW_RESERVED")
    assert (await admin.post(ADJUST, body, KEY)).json() == first.json()


async def test_an_old_if_match_does_not_refuse_the_repetition(company: Company) -> None:
    """The version was the newest when it was done."""
    admin = company["admin"]
    body = await less(Shop(company))
    seen = {**KEY, "if-match": (await admin.post(ADJUST, body)).headers["etag"]}
    first = await admin.post(ADJUST, body, seen)
    assert first.status_code == 200
    again = await admin.post(ADJUST, body, seen)
    assert (again.status_code, again.json()) == (200, first.json())


async def test_a_key_is_its_senders_own(company: Company, system: System) -> None:
    """Another person and another organization may use the same text."""
    other = await system.company()
    bodies = [await less(Shop(company)), await less(Shop(other))]
    first, second = [
        await of["admin"].post(ADJUST, body, KEY)
        for of, body in zip((company, other), bodies, strict=True)
    ]
    assert (first.status_code, second.status_code) == (200, 200)
    take = await started(company, {"GLOVE": {"A1": 1}})
    lock = await company["counter1"].post("/stock-take/locks", take.lock("GLOVE"), KEY)
    assert lock.status_code == 201


async def test_a_refused_command_leaves_its_key_unused(company: Company) -> None:
    """When it becomes possible, the same request with the same key is done."""
    admin, body = company["admin"], await less(Shop(company), -15)
    refused(await admin.post(ADJUST, body, KEY), 409, "BELOW_RESERVED")
    await admin.done(ADJUST, {**body, "quantity": 10})
    done = await admin.post(ADJUST, body, KEY)
    assert done.json()["on_hand"] == "5.000"


async def test_duplicates_at_the_same_time_have_one_effect(
    company: Company, system: System
) -> None:
    """And all of them the same answer."""
    admin, body = company["admin"], await less(Shop(company))
    before = await system.events(company)
    answers = await asyncio.gather(*(admin.post(ADJUST, body, KEY) for _ in range(30)))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.text for answer in answers} == {answers[0].text}
    assert {answer.headers["tallybook-position"] for answer in answers} == {
        answers[0].headers["tallybook-position"]
    }
    assert await system.events(company) == before + 1


async def test_different_requests_with_one_key_at_the_same_time_are_done_once(
    company: Company, system: System
) -> None:
    """One is done, the others learn that the key is used."""
    admin, body = company["admin"], await less(Shop(company))
    before = await system.events(company)
    sent = [{**body, "quantity": -(n % 5) - 1} for n in range(20)]
    answers = await asyncio.gather(*(admin.post(ADJUST, one, KEY) for one in sent))
    done = [a for a in answers if a.status_code == 200]
    assert len({a.text for a in done}) == 1
    assert len(done) == 4
    assert {a.json()["code"] for a in answers if a not in done} == {"IDEMPOTENCY_KEY_REUSED"}
    assert await system.events(company) == before + 1


async def test_many_repetitions_at_once_are_all_given_their_answers(company: Company) -> None:
    """Though each is decided on the same stream before its key is recognised."""
    admin, body = company["admin"], await less(Shop(company))
    await admin.done(ADJUST, {**body, "quantity": 100})

    async def sent(number: int) -> tuple[int, str]:
        move = {"product": body["product"], "source": "A1", "destination": f"D{number}"}
        key = {"idempotency-key": f"move {number}"}
        answer = await admin.post("/store/inventory/transfer", {**move, "quantity": 1}, key)
        return answer.status_code, answer.text

    async def all_sent() -> list[tuple[int, str]]:
        return await asyncio.gather(*map(sent, range(60)))

    first = await all_sent()
    assert {status for status, _ in first} == {200}
    for _ in range(3):
        assert await all_sent() == first
