"""An event survives the way through a NATS message."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from adapters.nats.messages import headers, recorded, subject
from domain.base import Recorded
from domain.registry import Registry, Undecodable
from domain.stock.place import PlaceOpened

TIMES = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=UTC)
)
EVENTS = st.builds(
    PlaceOpened,
    code=st.text(),
    name=st.text(),
    kind=st.sampled_from(["warehouse", "shelf"]),
    warehouse=st.uuids(),
    timezone=st.just("UTC"),
)
ENVELOPES = st.fixed_dictionaries(
    {
        "position": st.integers(1, 2**62),
        "version": st.integers(1, 2**31 - 1),
        "recorded_at": TIMES,
        "occurred_at": TIMES,
        "organization_id": st.uuids(),
        "stream_id": st.uuids(),
        "stream_type": st.just("place"),
        "event_id": st.uuids(),
        "correlation_id": st.uuids(),
        "causation_id": st.none() | st.uuids(),
        "actor": st.uuids(),
    }
)
REGISTRY = Registry()


@given(row=ENVELOPES, event=EVENTS)
def test_an_event_comes_back_from_its_message_as_the_log_has_it(
    row: dict[str, object], event: PlaceOpened
) -> None:
    """No field of the envelope or of the payload is lost or changed."""
    name, schema, payload = REGISTRY.encode(event)
    read = recorded(
        headers({**row, "event_type": name, "event_schema": schema}, 1), payload, REGISTRY
    )
    assert _fields(read) == {
        "position": row["position"],
        "version": row["version"],
        "recorded_at": row["recorded_at"],
        "occurred_at": row["occurred_at"],
        "organization_id": row["organization_id"],
        "stream_id": row["stream_id"],
        "actor": row["actor"],
        "event": event,
    }


@given(row=ENVELOPES)
def test_a_message_is_a_cloud_event_that_continues_the_trace(row: dict[str, object]) -> None:
    """The required attributes are there, and the trace is the correlation."""
    fields = headers({**row, "event_type": "place.opened", "event_schema": 1}, 1)
    assert fields["ce-specversion"] == "1.0"
    assert fields["ce-id"] == str(row["event_id"])
    assert fields["ce-type"] == "place.opened"
    assert fields["ce-source"].startswith("/tallybook/")
    assert fields["traceparent"].split("-")[1] == str(row["correlation_id"]).replace("-", "")
    assert ("ce-causation" in fields) == (row["causation_id"] is not None)


@given(row=ENVELOPES)
def test_a_subject_names_organization_aggregate_and_event(row: dict[str, object]) -> None:
    """So that a consumer can subscribe to any part of it."""
    tokens = subject({**row, "event_type": "place.opened"}).split(".")
    assert tokens == ["tallybook", str(row["organization_id"]), "place", "opened"]


@given(row=ENVELOPES)
def test_an_event_that_no_code_knows_is_passed_on_as_undecodable(row: dict[str, object]) -> None:
    """The feed goes on; projections decide what it means to them."""
    fields = headers({**row, "event_type": "place.of_tomorrow", "event_schema": 1}, 1)
    event = recorded(fields, b"{}", REGISTRY).event
    assert isinstance(event, Undecodable)
    assert event.name == "place.of_tomorrow"


def _fields(read: Recorded) -> dict[str, object]:
    return {
        "position": read.position,
        "version": read.version,
        "recorded_at": read.recorded_at,
        "occurred_at": read.occurred_at,
        "organization_id": read.organization,
        "stream_id": read.stream,
        "actor": read.actor,
        "event": read.event,
    }
