"""A few generated requests to every operation as everybody: the answers are those it documents."""

from __future__ import annotations

import pytest

from tests.fuzz.callers import WHO
from tests.fuzz.fuzz import Fuzz
from tests.system import System

SEED, CASES = 20250325, 5
MOSTLY = 0.9


@pytest.mark.timeout(600)
async def test_every_answer_is_one_that_the_document_foresees(system: System) -> None:
    """And most operations were done at least once, so that it was not about refusals alone."""
    fuzz = await Fuzz.of(system)
    for operation in fuzz.operations:
        await fuzz.explore(operation, CASES, SEED)
    assert not fuzz.findings, "\n".join(map(str, fuzz.findings.values()))
    assert await fuzz.grounds.changed_abroad() == []
    labels = {operation.label for operation in fuzz.operations}
    asked = {(label, who) for label, who, _ in fuzz.sent}
    assert asked == {(label, who) for label in labels for who in WHO}
    done = {label for label, _, status in fuzz.sent if status // 100 == 2}
    assert len(done) >= MOSTLY * len(labels)
