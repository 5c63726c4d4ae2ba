"""Another organization, full of what may be seen nowhere else."""

from __future__ import annotations

import base64
import re
from typing import Any, Self
from uuid import uuid4

import httpx
import msgspec

from api.services import SYSTEM
from tests.api.shop import Request
from tests.api.slots import filled
from tests.api.specimens import COMMANDS, SPECIMENS
from tests.api.window import Window
from tests.system import Company, System

ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TEXT_OF_ANOTHER_KIND = {
    "/timezone": "has to exist",
    "/currency": "has three letters",
    "/roles/*": "are known ones",
    "/unit": "is a known one",
    "/packs/KEY": "is what a count is in",
    "/entries/*/unit": "is the product's",
    "/location": "is where the stock is",
    "/source": "is where the stock is",
    "/shelf": "is where the stock is",
    "/adjustments/*/location": "is where the stock is",
    "/code": "is a warehouse's, a shelf's or a stock-take's: some have to be there",
    "/admin/username": "is an address, with the organization's own name in it",
    "/scope/shelves/*": "has to be there",
    "/scope/categories/*": "has to be there",
}
"""Texts that say no word of one's own, and why."""
FROM_EVENTS = "SELECT e::text FROM es.events_json e WHERE organization_id = $1"
FROM_PEOPLE = """
SELECT m.id::text || m.name FROM identity.members m WHERE organization_id = $1
UNION ALL SELECT s.id::text FROM identity.sessions s JOIN identity.members m ON m.id = s.member_id
WHERE m.organization_id = $1
"""
KINDS = """
SELECT DISTINCT ON (stream_type) stream_type, stream_id::text FROM es.events
WHERE organization_id = $1 ORDER BY stream_type, position DESC
"""


class Strangers:
    """An organization, its window of requests, and the words that are its own."""

    def __init__(self, window: Window, mark: str, kinds: dict[str, str], ids: set[str]) -> None:
        self.window, self.company, self.mark = window, window.company, mark
        self.kinds, self._ids = kinds, ids
        self.sent: dict[str, Request] = {}
        self.code = ""

    @classmethod
    async def of(cls, system: System, company: Company) -> Self:
        """Does everything there that can be done, with a mark in each text."""
        mark = f"zq{uuid4().hex[:10]}"
        window = await Window.of(company, f"-{mark}")
        sent = {}
        for row, build in SPECIMENS.items():
            request = marked(row, await build(window.shop), mark)
            method, key = COMMANDS[row].method, {"idempotency-key": row}
            answer = await company[request.who].send(method, request.path, request.body, key)
            assert answer.status_code == COMMANDS[row].status, (row, request.body, answer.text)
            sent[row] = request
        pool = system.services.pool
        rows = [*await pool.fetch(FROM_EVENTS, company.id)]
        rows += await pool.fetch(FROM_PEOPLE, company.id)
        ids = {id_ for row in rows for id_ in ID.findall(str(row[0]))} - {str(SYSTEM)}
        kinds = {row[0]: row[1] for row in await pool.fetch(KINDS, company.id)}
        newest = (await company["admin"].get("/stock-take/sessions?limit=1")).json()["items"][0]
        made = cls(window, mark, kinds, ids)
        made.sent, made.code = sent, newest["code"]
        return made

    def seen_in(self, answer: httpx.Response, sent: object = "") -> set[str]:
        """Its words in an answer, apart from those that whoever asked has said himself."""
        said = f"{answer.request.url} {sent} {answer.request.content!r}".lower()
        text = f"{answer.text} {answer.headers} {' '.join(_cursors(answer))}".lower()
        words = (self._ids & {*ID.findall(text)}) | {
            word for word in (self.mark, self.company.name) if word in text
        }
        return {word for word in words if word not in said}


def marked(row: str, request: Request, mark: str) -> Request:
    """The request with the mark in each text that is the sender's own."""
    body: Any = request.body
    count = len(list(filled(COMMANDS[row].request, body)))
    for number in range(count):
        pointer, kind, was, put = list(filled(COMMANDS[row].request, body))[number]
        if kind == "text" and pointer not in TEXT_OF_ANOTHER_KIND and mark not in was:
            body = put(f"{was} {mark}")
    return msgspec.structs.replace(request, body=body)


def _cursors(answer: httpx.Response) -> list[str]:
    """What is hidden in cursors."""
    texts = re.findall(r'"next":"([\w-]+)"', answer.text)
    padded = [text + "=" * (-len(text) % 4) for text in texts]
    return [base64.urlsafe_b64decode(text).decode() for text in padded]
