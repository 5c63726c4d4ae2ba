"""What the event store's tests append: one plain event, in appends that say only what matters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import msgspec

from adapters.postgres.log import SQL
from adapters.postgres.packing import Prepared, pack, prepare
from domain.base import Event, Recorded
from domain.ports import Append, Claim, Guard, Key, Write
from domain.registry import Registry

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OURS, THEIRS = UUID(int=1), UUID(int=2)
ANNA, BERT = UUID(int=11), UUID(int=12)


class Noted(Event, frozen=True):
    """A text; without a tag, so that no projection has to declare it."""

    text: str = ""


class Notes(Registry):
    """Knows `Noted` only."""

    def encode(self, event: Event) -> tuple[str, int, bytes]:
        """The text as it is."""
        return "test.noted", 1, msgspec.json.encode(event)

    def decode(self, name: str, schema: int, payload: bytes) -> Event:
        """The text again."""
        if name != "test.noted":
            raise KeyError(name)
        return msgspec.json.decode(payload, type=Noted)


REGISTRY = Notes()


def write(
    stream: UUID, expected: int, *texts: str, actor: UUID = ANNA, organization: UUID = OURS
) -> Write:
    """New texts for a stream; one, unless others are given."""
    events = tuple(
        Recorded(stream, version, NOW, actor, Noted(text=text), organization)
        for version, text in enumerate(texts or ("text",), expected + 1)
    )
    return Write(stream, "test", expected, events)


def append(
    *writes: Write,
    guards: Sequence[tuple[UUID, int] | tuple[UUID, int, UUID | None]] = (),
    claims: Sequence[Claim] = (),
    key: Key | None = None,
    organization: UUID = OURS,
    actor: UUID = ANNA,
) -> Append:
    """An append of ours by Anna, unless it says otherwise."""
    return Append(organization, actor, writes, tuple(Guard(*g) for g in guards), tuple(claims), key)


def one(expected: int = 0, stream: UUID | None = None, text: str = "text") -> Append:
    """The smallest append: one event."""
    return append(write(stream or uuid4(), expected, text))


async def call(
    connection: asyncpg.Connection, batch: Sequence[Append | Prepared]
) -> tuple[int, dict[int, asyncpg.Record]]:
    """Calls es.append itself: the position before, and the refused appends' answers by number."""
    prepared = [a if isinstance(a, Prepared) else prepare(a, REGISTRY) for a in batch]
    rows = await connection.fetch(SQL["append"], *pack(prepared))
    assert rows[0]["outcome"] == "head"
    return rows[0]["position"], {row["append"]: row for row in rows[1:]}


async def stored(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    """The whole log."""
    return await connection.fetch("SELECT * FROM es.events ORDER BY position")
