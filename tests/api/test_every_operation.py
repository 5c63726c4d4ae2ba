"""The last test of a run: every operation that is served was seen to succeed and to refuse."""

from __future__ import annotations

from tests.system import SEEN

ANSWER_ALL = {"GET /health/live", "GET /health/ready", "GET /metrics"}


def test_every_operation_was_seen_to_succeed_and_to_refuse() -> None:
    """An operation that nobody tried over HTTP is not known to work."""
    never_done = [
        name for name, seen in SEEN.statuses.items() if not any(s // 100 == 2 for s in seen)
    ]
    never_refused = [
        name
        for name, seen in SEEN.statuses.items()
        if name not in ANSWER_ALL and not any(s // 100 == 4 for s in seen)
    ]
    assert (never_done, never_refused) == ([], [])


def test_no_operation_was_seen_to_break() -> None:
    """An error of ours is never an answer; to be too busy may be."""
    broken = {name: seen - {503} for name, seen in SEEN.statuses.items()}
    assert not {name for name, seen in broken.items() if any(s >= 500 for s in seen)}
