"""Every command is accepted when it should be, from whom it should be."""

from __future__ import annotations

import pytest

from tests.api.shop import Shop
from tests.api.specimens import COMMANDS, SPECIMENS
from tests.system import Company


def test_every_command_has_its_specimen() -> None:
    """So that each meets the tests that stand on them."""
    assert SPECIMENS.keys() == COMMANDS.keys()


@pytest.mark.parametrize("row", sorted(SPECIMENS))
async def test_a_specimen_is_accepted(company: Company, row: str) -> None:
    """With the status that its row announces, its version and its position."""
    request = await SPECIMENS[row](Shop(company))
    method = COMMANDS[row].method
    answer = await company[request.who].send(method, request.path, request.body)
    assert answer.status_code == COMMANDS[row].status, answer.text
    assert answer.headers["etag"]
    assert answer.headers["tallybook-position"].startswith("1.1.")
