"""Every command is accepted when it should be, from whom it should be."""

from __future__ import annotations

import msgspec
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


WITHOUT = {
    "POST /organizations": 403,
    "POST /users/invitations": 422,
    "POST /stock-take/counts": 422,
    "POST /store/inventory/adjust": 409,
    "POST /store/inventory/reserve": 404,
}
"""An organization that is no supplier, somebody new without a name, a count of nothing, and what
the warehouse itself has not: there the shelf is left out."""


@pytest.mark.parametrize("row", sorted(SPECIMENS))
async def test_what_may_be_left_out_may_be_left_out(company: Company, row: str) -> None:
    """With the required fields alone it is done, or refused for a reason of the domain."""
    request, route = await SPECIMENS[row](Shop(company)), COMMANDS[row]
    assert route.request is not None
    required = {field.name for field in msgspec.structs.fields(route.request) if field.required}
    body = {name: value for name, value in request.body.items() if name in required}
    answer = await company[request.who].send(route.method, request.path, body)
    assert answer.status_code == WITHOUT.get(row, route.status), answer.text
