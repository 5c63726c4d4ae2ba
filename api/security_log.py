"""What concerns security as log lines too, for those who watch many systems in one place."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
import structlog

from adapters.postgres.batch import refused
from domain.base import Recorded
from domain.ports import Appended, Replayed, Write

CONCERNED = frozenset({"account", "member", "organization"})
"""Types of streams."""


def concerning(writes: Sequence[Write]) -> list[Write]:
    """Those of them that concern security."""
    return [write for write in writes if write.stream_type in CONCERNED]


def tell(writes: Sequence[Write], answer: asyncio.Future[Appended | Replayed]) -> None:
    """Says what the log took, in ids as it does: neither has names, addresses or passwords.

    A line is lost where the process dies just then; the event is not.
    """
    if refused(answer):
        return
    logger = structlog.get_logger()
    for write in writes:
        for recorded in write.events:
            said = msgspec.to_builtins(recorded.event, enc_hook=str)
            logger.info("security_event", **{**said, **_envelope(recorded)})


def _envelope(recorded: Recorded) -> dict[str, object]:
    ids = {name: str(getattr(recorded, name)) for name in ("organization", "actor", "stream")}
    return {**ids, "version": recorded.version}
