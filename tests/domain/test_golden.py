"""Events are a storage format: what was written with any code ever is read by today's.

`golden/` has the stored bytes of one event of every type and schema number. A new type gets its
file from an explicit run with TALLYBOOK_WRITE_GOLDEN=1, which writes what is missing and never
touches what is there. When a schema number rises, the older file stays, and EXPECTED gets the
event that it is read as. A field that came later, with a default, has a file of its own: LATER.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from domain.base import Event
from domain.registry import Registry
from projections.all import PROJECTIONS
from tests.domain.samples import EVENTS, LATER

GOLDEN = Path(__file__).with_name("golden")
REGISTRY = Registry()
SAMPLES = [("", event) for event in EVENTS] + [(f".{label}", LATER[label]) for label in LATER]
EXPECTED = {(*REGISTRY.encode(event)[:2], label): event for label, event in SAMPLES}


def stored(name: str, schema: int, label: str) -> Path:
    """The file of a type and schema number, or of what one of it may have beside."""
    return GOLDEN / f"{name}.{schema}{label}.json"


def ours() -> dict[str, type[Event]]:
    """The types that the product has; tests may have some of their own."""
    assert PROJECTIONS  # importing them imports every event
    types = Registry().types.items()
    return {name: kind for name, kind in types if kind.__module__.startswith("domain.")}


if os.environ.get("TALLYBOOK_WRITE_GOLDEN"):
    GOLDEN.mkdir(exist_ok=True)
    for key_, sample in EXPECTED.items():
        if not stored(*key_).exists():
            stored(*key_).write_bytes(REGISTRY.encode(sample)[2])


def test_every_event_type_has_a_sample_of_its_present_form() -> None:
    """And no file is without the event that it is read as."""
    assert {(name, kind.schema, "") for name, kind in ours().items()} <= EXPECTED.keys()
    assert {path.name for path in GOLDEN.iterdir()} == {stored(*key).name for key in EXPECTED}


@pytest.mark.parametrize(("name", "schema", "label"), EXPECTED)
def test_stored_bytes_are_read_as_the_event_that_was_written(
    name: str, schema: int, label: str
) -> None:
    """Every field of it."""
    payload = stored(name, schema, label).read_bytes()
    assert REGISTRY.decode(name, schema, payload) == EXPECTED[name, schema, label]


@pytest.mark.parametrize("event", EXPECTED.values(), ids=lambda event: type(event).__name__)
def test_what_is_written_today_is_read_today(event: Event) -> None:
    """Of the very same type, to the last digit."""
    again = REGISTRY.decode(*REGISTRY.encode(event))
    assert again == event
    assert repr(again) == repr(event)


def test_a_name_that_no_code_knows_is_refused() -> None:
    """Never guessed, never skipped."""
    with pytest.raises(KeyError, match="pool_stock"):
        REGISTRY.decode("pool_stock.vanished", 1, b"{}")


def test_an_older_form_is_led_to_the_present_one() -> None:
    """Step by step, by pure functions from JSON to JSON."""

    class Renamed(Event, tag=None):
        schema = 3
        bag: str
        colour: str = "red"

    upcasters = {
        ("test.renamed", 1): lambda old: {"bag": old["sack"]},
        ("test.renamed", 2): lambda old: old | {"bag": old["bag"].upper(), "colour": "blue"},
    }
    registry = Registry(upcasters)
    registry.types["test.renamed"] = Renamed

    assert registry.decode("test.renamed", 1, b'{"sack":"a"}') == Renamed(bag="A", colour="blue")
    assert registry.decode("test.renamed", 2, b'{"bag":"b"}') == Renamed(bag="B", colour="blue")
