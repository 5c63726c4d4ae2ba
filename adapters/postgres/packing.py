"""Appends as es.append takes them: arrays with an element per append, stream, claim or event."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from domain.base import InvalidValue
from domain.ports import Append

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.ports import Claim, Guard, Write
    from domain.registry import Registry

MAX_EVENT_BYTES = 65_536
MAX_SIZE = 2_000
"""A call takes no further append once it has so many rows to check or to write."""
LARGEST_APPEND = 100_000
"""What one append may have: it holds the lock for 2 s (measured), as long as others wait."""

Stream = tuple[UUID, int, int, UUID]
"""Stream, expected version, number of events, whose it is."""
EventRow = tuple[str, str, int, UUID, datetime, UUID, UUID | None, bytes]
"""Stream type, event type, schema, id, occurred at, correlation, causation, payload."""


class Prepared(msgspec.Struct, frozen=True):
    """An append with its events encoded and numbered, so that sending it twice is the same."""

    append: Append
    streams: list[Stream]
    """The guards, then the writes."""
    events: list[EventRow]
    once: list[tuple[object, ...]]
    """Its claims and its key, none of which may occur in two appends of one call."""
    size: int
    """How many rows it asks the database to check or to write."""
    version: int
    """The version that the key's stream has afterwards."""


def prepare(append: Append, registry: Registry) -> Prepared:
    """Encodes the events; raises for what the log could never take."""
    rows: list[EventRow] = []
    own = append.organization
    streams = [(g.stream, g.expected, 0, _named(g, own)) for g in append.guards]
    for write in append.writes:
        streams.append((write.stream, write.expected, len(write.events), write.organization))
        _encode(write, append, registry, rows)
    once: list[tuple[object, ...]] = [
        (_named(claim, own), claim.kind, claim.value) for claim in append.claims
    ]
    if append.key:
        once.append((own, append.actor, append.key.key, "key"))
    size = len(streams) + len(rows) + len(append.claims)
    if size > LARGEST_APPEND:
        most = f"{LARGEST_APPEND:,} streams, events and claims"
        raise InvalidValue(f"One command may touch at most {most}")
    return Prepared(append, streams, rows, once, size, _version_shown(append, streams))


def _named(what: Guard | Claim, own: UUID) -> UUID:
    return own if what.organization is None else what.organization


def _encode(write: Write, append: Append, registry: Registry, rows: list[EventRow]) -> None:
    for version, recorded in enumerate(write.events, write.expected + 1):
        if (recorded.stream, recorded.version, recorded.actor, recorded.organization) != (
            write.stream,
            version,
            append.actor,
            write.organization,
        ):
            msg = f"{recorded} is not the append's event {version} of {write.stream}"
            raise ValueError(msg)
        name, schema, payload = registry.encode(recorded.event)
        if len(payload) > MAX_EVENT_BYTES:
            raise InvalidValue(f"{name} takes {len(payload)} bytes, more than {MAX_EVENT_BYTES}")
        event_id = uuid7()
        # What nobody correlated is correlated by its first event.
        correlation = append.correlation or (rows[0][5] if rows else event_id)
        when, cause = recorded.occurred_at, append.causation
        rows.append((write.stream_type, name, schema, event_id, when, correlation, cause, payload))


def _version_shown(append: Append, streams: Iterable[Stream]) -> int:
    if append.key is None:
        return 0
    for stream, expected, events, _ in streams:
        if stream == append.key.stream:
            return expected + events
    msg = f"the key's stream {append.key.stream} is neither written nor guarded"
    raise ValueError(msg)


def pack(batch: Sequence[Prepared]) -> list[Sequence[Any] | None]:
    """The arguments of es.append, in its order."""
    *streams, whose_streams = _streams(batch)
    *claims, whose_claims = _claims(batch)
    crossed = [whose_streams, whose_claims]
    return [*_appends(batch), *streams, *claims, *_events(batch), *crossed]


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[Sequence[Any]]:
    return list(zip(*rows, strict=True)) if rows else [()] * width


def _appends(batch: Sequence[Prepared]) -> list[Sequence[Any] | None]:
    rows = [(p.append.organization, p.append.actor, len(p.events)) for p in batch]
    if all(p.append.key is None for p in batch):
        return [*_columns(rows, 3), None, None, None, None]
    no_key = (None, None, None, None)
    keys = [
        (p.append.key.key, p.append.key.request_hash, p.append.key.stream, p.version)
        if p.append.key
        else no_key
        for p in batch
    ]
    return [*_columns(rows, 3), *_columns(keys, 4)]


def _streams(batch: Sequence[Prepared]) -> list[Sequence[Any] | None]:
    rows = [(no, *s) for no, p in enumerate(batch, 1) for s in p.streams]
    return _crossing(batch, _columns(rows, 5))


def _crossing(
    batch: Sequence[Prepared], columns: Sequence[Sequence[Any]]
) -> list[Sequence[Any] | None]:
    """The last column, whose each row is, is left out where all are their append's own."""
    numbers, *_, whose = columns
    crosses = any(
        one != batch[no - 1].append.organization for no, one in zip(numbers, whose, strict=True)
    )
    return [*columns[:-1], whose if crosses else None]


def _claims(batch: Sequence[Prepared]) -> list[Sequence[Any] | None]:
    rows = [
        (no, c.kind, c.value, c.stream, c.take, _named(c, prepared.append.organization))
        for no, prepared in enumerate(batch, 1)
        for c in prepared.append.claims
    ]
    return _crossing(batch, _columns(rows, 6)) if rows else [None] * 6


def _events(batch: Sequence[Prepared]) -> list[Sequence[Any] | None]:
    places: list[tuple[int, int]] = []
    element = 0
    for prepared in batch:
        for _, _, events, _ in prepared.streams:
            element += 1
            places.extend((element, offset) for offset in range(1, events + 1))
    rows = [row for prepared in batch for row in prepared.events]
    columns: list[Sequence[Any] | None] = [*_columns(places, 2), *_columns(rows, 8)]
    if all(prepared.append.causation is None for prepared in batch):
        columns[8] = None
    return columns
