"""Stored names to event types and back: names and exact JSON bytes are the storage format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from domain.base import Event

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
UPCASTERS: dict[tuple[str, int], Upcaster] = {}
"""From each (name, schema) that was ever written to the next; whoever decodes needs them all."""


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    raise NotImplementedError(type(value))


def _subtypes(kind: type[Event]) -> Iterator[type[Event]]:
    for subtype in kind.__subclasses__():
        if subtype.__struct_config__.tag is not None:
            yield subtype
        yield from _subtypes(subtype)


class Undecodable(Event, frozen=True):
    """An event that this code cannot read; a reader sees it, no aggregate may skip it."""

    name: str
    error: str

    def apply(self, aggregate: Any, /) -> None:
        """Refuses: what follows would be decided on half a history."""
        raise TypeError(f"{self.name} cannot be read by this version: {self.error}")


class Registry:
    """Encodes events for the log and decodes them, whatever schema they were written with."""

    def __init__(self, upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS) -> None:
        """Knows the event types imported by now."""
        self.types = {str(kind.__struct_config__.tag): kind for kind in _subtypes(Event)}
        self._decoders = {name: msgspec.json.Decoder(kind) for name, kind in self.types.items()}
        self._encoder = msgspec.json.Encoder(enc_hook=_plain)
        self._upcasters = upcasters

    def encode(self, event: Event) -> tuple[str, int, bytes]:
        """The stored name, the schema number and the payload."""
        return str(event.__struct_config__.tag), event.schema, self._encoder.encode(event)

    def decode(self, name: str, schema: int, payload: bytes) -> Event:
        """The event; raises KeyError for a name that no code knows."""
        kind = self.types[name]
        if schema == kind.schema:
            return self._decoders[name].decode(payload)
        fields = msgspec.json.decode(payload)
        for number in range(schema, kind.schema):
            fields = self._upcasters[name, number](fields)
        return msgspec.convert(fields, kind)

    def read(self, name: str, schema: int, payload: bytes) -> Event:
        """The event, or Undecodable."""
        try:
            return self.decode(name, schema, payload)
        except Exception as error:  # noqa: BLE001 - an upcaster may raise anything
            return Undecodable(name=name, error=repr(error))
