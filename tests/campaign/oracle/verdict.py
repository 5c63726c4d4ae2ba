"""All checks together: what was found wrong, and how much was looked at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec
from nats.js.errors import NotFoundError

from adapters.nats.stream import NAME, Stream, connected, online
from domain.registry import Registry
from tests.campaign.load.journal import Entry
from tests.campaign.oracle.aggregates import Aggregates
from tests.campaign.oracle.commands import COMPLETE, IDLE, Commands, KeyRow
from tests.campaign.oracle.events import following
from tests.campaign.oracle.order import Order
from tests.campaign.oracle.pools import histories, in_some_order
from tests.campaign.oracle.rows import Rows
from tests.campaign.scene import Scene
from tests.campaign.site import until

KEYS = """
SELECT actor, key, stream_id, version, position FROM es.idempotency_keys
"""
CHECKS = (
    "commands lost",
    "commands doubled",
    "events that nobody asked for",
    "rows, parked streams or messages that differ from the log",
    "positions, times or versions out of order",
    "invariants broken",
    "histories without a linear order",
    "answers that may not be given, such as a 500, or another to the same key",
    "outcomes unknown",
)
SAMPLE_MESSAGES = 300
TIMED = frozenset({"reserved", "available", "lock"})
SHOWN = 20


class Figures(msgspec.Struct):
    """How much was looked at."""

    events: int = 0
    streams: int = 0
    commands: int = 0
    late: int = 0
    rows: int = 0
    parked: int = 0
    histories: int = 0
    longest: int = 0
    repeated: int = 0
    messages: int = 0


class Verdict:
    """The oracle: it reads the log further at each look, and holds everything against it."""

    def __init__(self, scene: Scene, ours: frozenset[UUID], since: int) -> None:
        """`ours` are the clients' actors; up to `since` the log was made without keys."""
        self._scene, self._since = scene, since
        self.order, self.aggregates, self.rows = Order(), Aggregates(), Rows()
        self.commands = Commands(ours)
        self.figures = Figures()
        self.disordered: list[str] = []
        self.answers: list[str] = []
        self._registry = Registry()
        self._settled = 0
        self._judged: set[UUID] = set()

    @property
    def wrong(self) -> dict[str, list[str]]:
        """What was found, by the name of the check."""
        journal = self._scene.load.journal
        found = (
            self.commands.lost,
            self.commands.doubled,
            self.commands.invented,
            self.rows.diverged,
            self.order.wrong,
            self.aggregates.wrong,
            self.disordered,
            [*self.answers, *journal.faulty],
            sorted(journal.unsettled),
        )
        return {name: some for name, some in zip(CHECKS, found, strict=True) if some}

    def explain(self) -> str:
        """What was found, in words."""
        lines = []
        for name, some in self.wrong.items():
            lines.append(f"{name}: {len(some)}")
            lines += [f"  {one[:600]}" for one in some[:SHOWN]]
        return "\n".join(lines)

    async def look(self) -> None:
        """What is cheap enough for every break: the log, its order, commands, aggregates."""
        connection = await asyncpg.connect(self._scene.site.admin_url)
        try:
            async for page in following(connection, self.order.position, self._registry):
                self.order.take(page)
                self.commands.take(page)
                self.aggregates.take(page, self._scene.poisoned)
                self.rows.take(page)
            keys = {
                (row["actor"], row["key"]): KeyRow(
                    row["stream_id"], row["version"], row["position"]
                )
                for row in await connection.fetch(KEYS)
            }
        finally:
            await connection.close()
        self.aggregates.settled()
        entries = self._scene.load.journal.entries
        self.figures.commands += self.commands.check(entries[self._settled :], keys)
        self._settled = len(entries)
        self.figures.events, self.figures.streams = self.order.position, self.order.streams

    async def look_closely(self) -> None:
        """Every row of every read model, parked streams, and histories of pools."""
        connection = await asyncpg.connect(self._scene.site.admin_url)
        try:
            await self.rows.compare(connection)
        finally:
            await connection.close()
        self.figures.rows = self.rows.compared
        self.figures.parked = len(self.rows.parked)
        in_log = {one for one in self._scene.poisoned if one in self.order.versions}
        if self.rows.parked != in_log:
            self.rows.diverged.append(f"parked or not: {self.rows.parked ^ in_log}")
        self.commands.unasked(self._since)
        self._judge(self._scene.load.journal.entries)

    async def repeat(self, entries: Iterable[Entry]) -> None:
        """The same requests once more get the same answers, and write nothing."""
        for entry in entries:
            if entry.kind in {COMPLETE, *IDLE} or entry.outcome != "done":
                continue
            answer = await self._repeated(entry)
            etag = answer.headers.get("etag", "").strip('"')
            same = (answer.status_code, etag) == (entry.status, str(entry.version))
            if not same or _timeless(answer.json()) != _timeless(entry.answer):
                self.answers.append(
                    f"{entry.key} {entry.kind}: {answer.text[:300]} after {entry.text[:300]!r}"
                )
            self.figures.repeated += 1

    async def late(self) -> None:
        """Whoever was refused and yet served is told so when he asks once more."""
        for entry in self.commands.late[self.figures.late :]:
            answer = await self._repeated(entry)
            if not answer.is_success:
                self.answers.append(f"{entry.key} {entry.kind} is done, and {answer.text[:300]}")
            self.figures.late += 1

    async def _repeated(self, entry: Entry) -> httpx.Response:
        return await self._scene.load.callers[entry.client].repeat(entry)

    async def jetstream(self) -> None:
        """Whatever is in the stream is the log's event of that position."""
        async with connected(self._scene.site.configuration.nats_url) as client:
            await online(client)
            stream = Stream(client)
            await until(lambda: self._caught_up(stream), "JetStream to have the log's head")
            head = self.order.position
            for position in range(max(1, head - SAMPLE_MESSAGES + 1), head + 1):
                await self._message(stream, position)

    async def _caught_up(self, stream: Stream) -> bool:
        return await stream.last() == await self._scene.log.head()

    async def _message(self, stream: Stream, position: int) -> None:
        try:
            message = await stream.jetstream.get_msg(NAME, position)
        except NotFoundError:
            return  # it was deleted, or purged
        self.figures.messages += 1
        found = (message.headers or {}).get("ce-position")
        if found != str(position):
            self.rows.diverged.append(f"JetStream has {found} in the place of {position}")

    def _judge(self, entries: list[Entry]) -> None:
        for pool, history in histories(entries).items():
            if pool in self._judged:
                continue
            self._judged.add(pool)
            self.figures.histories += 1
            self.figures.longest = max(self.figures.longest, len(history))
            if not in_some_order(history):
                self.disordered.append(f"the {len(history)} commands of pool {pool}")


def _timeless(answer: dict[str, Any]) -> dict[str, Any]:
    """Without what passing time changes by itself: reservations and locks run out."""
    return {name: value for name, value in answer.items() if name not in TIMED}
