"""A client that never gives up: what was not answered it sends again, elsewhere, with its key."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx
import msgspec

from api.position import decode, encode
from tests.campaign.load.journal import MARK, Entry, Journal

BUSY = 503
SERVER_ERROR = 500
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.02, 0.5


class Desk:
    """What all callers share: the doors of the APIs, the journal, and whether there is a break."""

    def __init__(self, doors: Sequence[httpx.AsyncClient], journal: Journal) -> None:
        self.doors, self.journal = doors, journal
        self.open = asyncio.Event()
        self.open.set()
        self.over = False
        self.at_work = 0


class Person(msgspec.Struct, frozen=True):
    """Whose token a caller has."""

    token: str
    member: UUID
    organization: UUID


class Caller:
    """One client; all that it does follows from its seed and from the answers."""

    def __init__(self, desk: Desk, person: Person, name: str, seed: int) -> None:
        self.desk, self.person, self.name = desk, person, name
        self.chance = random.Random(f"{seed}/{name}")  # noqa: S311 - dice that can be thrown again
        self._sent = 0
        self.tireless = False

    @property
    def mark(self) -> str:
        """The mark of the next command."""
        return MARK.format(self.name, self._sent + 1)

    async def turn(self) -> bool:
        """Waits while there is a break; whether to go on."""
        await self.desk.open.wait()
        return not self.desk.over

    async def command(
        self,
        kind: str,
        path: str,
        body: dict[str, Any],
        *,
        method: str = "POST",
        marks: tuple[str, ...] = (),
        pool: UUID | None = None,
    ) -> Entry:
        """Sends it until its outcome is known; in a break it waits first."""
        if not self.tireless:
            await self.desk.open.wait()
        self._sent += 1
        entry = Entry(
            client=self.name,
            actor=self.person.member,
            organization=self.person.organization,
            key=f"{self.name} {self._sent}",
            kind=kind,
            method=method,
            path=path,
            body=body,
            marks=marks,
            pool=pool,
            asked_at=time.monotonic(),
        )
        self.desk.journal.begin(entry)
        self.desk.at_work += 1
        try:
            await self._settle(entry)
        finally:
            self.desk.at_work -= 1
        return entry

    async def repeat(self, entry: Entry) -> httpx.Response:
        """The answer to the same request once more, which is not written down."""
        while True:
            answer = await self._attempt(entry)
            if answer is not None and answer.status_code != BUSY:
                return answer
            await asyncio.sleep(LONGEST_PAUSE_SECONDS)

    async def look(self, path: str, after: Entry | None = None) -> httpx.Response | None:
        """Reads; with an entry the answer knows of it. None if nobody answered."""
        headers = {"authorization": f"Bearer {self.person.token}"}
        if after is not None:
            headers["tallybook-position"] = encode(after.epoch, after.position)
        try:
            return await self._door().get(f"/api/v1{path}", headers=headers)
        except httpx.TransportError:
            return None

    async def _settle(self, entry: Entry) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            entry.attempts += 1
            answer = await self._attempt(entry)
            if answer is not None and answer.status_code < SERVER_ERROR:
                self._note(entry, answer)
                return
            if answer is not None and answer.status_code != BUSY:
                text = f"{entry.method} {entry.path}: {answer.status_code} {answer.text[:300]}"
                self.desk.journal.faulty.append(text)
            await asyncio.sleep(pause * self.chance.uniform(0.5, 1.5))
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _attempt(self, entry: Entry) -> httpx.Response | None:
        try:
            return await self._door().request(
                entry.method,
                f"/api/v1{entry.path}",
                content=msgspec.json.encode(entry.body),
                headers={
                    "authorization": f"Bearer {self.person.token}",
                    "idempotency-key": entry.key,
                },
            )
        except httpx.TransportError:
            return None

    def _door(self) -> httpx.AsyncClient:
        return self.chance.choice(self.desk.doors)

    def _note(self, entry: Entry, answer: httpx.Response) -> None:
        entry.answered_at = time.monotonic()
        entry.status, entry.text = answer.status_code, answer.content
        if entry.outcome == "done":
            entry.version = int(answer.headers["etag"].strip('"'))
            entry.epoch, entry.position = decode(answer.headers["tallybook-position"])
        self.desk.journal.end(entry)
