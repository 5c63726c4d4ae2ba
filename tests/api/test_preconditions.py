"""If-Match: a command that names a version is done on that one, or not at all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.api.shop import Shop
from tests.api.specimens import COMMANDS, SPECIMENS
from tests.api.takes import refused
from tests.system import Company, System


def adjustment(entry: dict[str, Any], quantity: int) -> dict[str, Any]:
    """A body that moves that entry."""
    return {"product": entry["product"], "location": "A1", "quantity": quantity, "reason": "moved"}


@pytest.mark.parametrize("row", sorted(SPECIMENS))
async def test_a_version_that_is_no_longer_the_newest_is_refused(
    company: Company, system: System, row: str
) -> None:
    """On every command; what it would have done is not done."""
    request = await SPECIMENS[row](Shop(company))
    before, method = await system.events(company), COMMANDS[row].method
    client = company[request.who]
    stale = await client.send(method, request.path, request.body, {"if-match": '"99"'})
    refused(stale, 412, "PRECONDITION_FAILED")
    assert await system.events(company) == before
    anything = await client.send(method, request.path, request.body, {"if-match": "*"})
    assert anything.status_code == COMMANDS[row].status, anything.text


async def test_an_etag_is_the_version_that_if_match_takes(company: Company) -> None:
    """It is accepted once, with or without quotes; then it is stale."""
    admin, shop = company["admin"], Shop(company)
    entry = await shop.entry()
    first = await admin.post("/store/inventory/adjust", adjustment(entry, -1))
    etag = first.headers["etag"]
    second = await admin.post("/store/inventory/adjust", adjustment(entry, -1), {"if-match": etag})
    assert second.json()["on_hand"] == "8.000"
    again = await admin.post("/store/inventory/adjust", adjustment(entry, -1), {"if-match": etag})
    refused(again, 412, "PRECONDITION_FAILED")
    bare = {"if-match": second.headers["etag"].strip('"')}
    third = await admin.post("/store/inventory/adjust", adjustment(entry, -1), bare)
    assert third.json()["on_hand"] == "7.000"


async def test_of_many_who_saw_the_same_version_one_is_done(company: Company) -> None:
    """The others learn that it has changed, however close they come."""
    admin, shop = company["admin"], Shop(company)
    entry = await shop.entry(100)
    first = await admin.post("/store/inventory/adjust", adjustment(entry, -1))
    seen = {"if-match": first.headers["etag"]}
    answers = await asyncio.gather(
        *(admin.post("/store/inventory/adjust", adjustment(entry, -5), seen) for _ in range(20))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 19
    last = await admin.post("/store/inventory/adjust", adjustment(entry, 1))
    assert last.json()["on_hand"] == "95.000"


async def test_a_new_thing_has_version_zero_before(company: Company) -> None:
    """If-Match 0 asks for something that is not there yet."""
    admin = company["admin"]
    body = {"code": "NEW", "name": "New"}
    assert (await admin.post("/warehouses", body, {"if-match": '"0"'})).status_code == 201
    refused(await admin.post("/warehouses", body, {"if-match": '"0"'}), 409, "CODE_TAKEN")
