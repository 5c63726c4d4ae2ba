"""Events as NATS messages: CloudEvents 1.0 in binary mode, the payload as the log has it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.base import Recorded
from domain.registry import Registry

ROOT = "tallybook"
EVENTS = f"{ROOT}.*.*.*"
"""All events; hints have one token less."""


def subject(row: Mapping[str, Any]) -> str:
    """`tallybook.<organization>.<aggregate>.<event>`."""
    event = row["event_type"].rpartition(".")[2]
    return f"{ROOT}.{row['organization_id']}.{row['stream_type']}.{event}"


def headers(row: Mapping[str, Any], epoch: int) -> dict[str, str]:
    """Everything but the payload, for a row of es.events that was read in that epoch."""
    correlation = row["correlation_id"]
    fields = {
        "ce-specversion": "1.0",
        "ce-id": str(row["event_id"]),
        "ce-source": f"/{ROOT}/{row['organization_id']}/{row['stream_type']}",
        "ce-type": row["event_type"],
        "ce-subject": str(row["stream_id"]),
        "ce-time": row["occurred_at"].isoformat(),
        "ce-recordedtime": row["recorded_at"].isoformat(),
        "ce-organization": str(row["organization_id"]),
        "ce-position": str(row["position"]),
        "ce-epoch": str(epoch),
        "ce-version": str(row["version"]),
        "ce-schema": str(row["event_schema"]),
        "ce-actor": str(row["actor"]),
        "ce-correlation": str(correlation),
        "content-type": "application/json",
        "traceparent": f"00-{correlation.hex}-{row['event_id'].hex[16:]}-01",
    }
    if row["causation_id"] is not None:
        fields["ce-causation"] = str(row["causation_id"])
    return fields


def recorded(fields: Mapping[str, str], payload: bytes, registry: Registry) -> Recorded:
    """The event as the log would answer it; raises KeyError or ValueError if it is not ours."""
    return Recorded(
        UUID(fields["ce-subject"]),
        int(fields["ce-version"]),
        datetime.fromisoformat(fields["ce-time"]),
        UUID(fields["ce-actor"]),
        registry.read(fields["ce-type"], int(fields["ce-schema"]), payload),
        UUID(fields["ce-organization"]),
        int(fields["ce-position"]),
        datetime.fromisoformat(fields["ce-recordedtime"]),
    )
