"""What a client reads when something went wrong (RFC 9457)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from litestar import exceptions
from structlog.testing import capture_logs

from adapters.log_in_sessions import RefreshReused
from adapters.passwords import TooManyLogIns
from adapters.rate_limits import RateLimited
from api.log_ins import BadCredentials
from api.problems import BodyTooLarge, Busy, Malformed, place, problem
from domain import base, ports
from domain.quantity import Quantity
from domain.stock.pool_commands import InsufficientStock, NoSuchEntry, QuantityNotPositive

STREAM = UUID(int=1)


class Locked(base.Conflicting, code="LOCKED"):
    """Somebody is counting it."""


class WrongMethod(base.Refused, code="METHOD_NOT_ALLOWED"):
    """This path does not know that method."""


class Stale(base.Refused, code="PRECONDITION_FAILED"):
    """It has changed since."""


def body(answer: tuple[int, dict[str, str], bytes]) -> dict[str, Any]:
    """The problem's members."""
    members: dict[str, Any] = msgspec.json.decode(answer[2])
    return members


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Malformed(), 400, "MALFORMED"),
        (msgspec.DecodeError("Input data was truncated"), 400, "MALFORMED"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"), 400, "MALFORMED"),
        (exceptions.ClientException(), 400, "MALFORMED"),
        (BadCredentials(), 401, "BAD_CREDENTIALS"),
        (RefreshReused(), 401, "REFRESH_REUSED"),
        (exceptions.NotAuthorizedException(), 401, "UNAUTHENTICATED"),
        (base.Forbidden(), 403, "FORBIDDEN"),
        (NoSuchEntry(), 404, "STOCK_NOT_FOUND"),
        (ports.ForeignStream(STREAM), 404, "NOT_FOUND"),
        (exceptions.NotFoundException(), 404, "NOT_FOUND"),
        (exceptions.MethodNotAllowedException(), 405, "METHOD_NOT_ALLOWED"),
        (WrongMethod(), 405, "METHOD_NOT_ALLOWED"),
        (InsufficientStock(), 409, "INSUFFICIENT_STOCK"),
        (ports.VersionConflict(STREAM, 3), 409, "CONFLICT"),
        (ports.GuardFailed(STREAM, None), 409, "CONFLICT"),
        (ports.ClaimTaken("sku", "A1", STREAM), 409, "CLAIM_TAKEN"),
        (Stale(), 412, "PRECONDITION_FAILED"),
        (BodyTooLarge(), 413, "BODY_TOO_LARGE"),
        (exceptions.HTTPException(status_code=413), 413, "BODY_TOO_LARGE"),
        (QuantityNotPositive(), 422, "QUANTITY_NOT_POSITIVE"),
        (msgspec.ValidationError("Expected `int`"), 422, "INVALID_VALUE"),
        (ports.KeyReused(), 422, "IDEMPOTENCY_KEY_REUSED"),
        (exceptions.TooManyRequestsException(), 429, "TOO_MANY_REQUESTS"),
        (RateLimited(), 429, "RATE_LIMITED"),
        (ports.QueueFull(), 503, "BUSY"),
        (ports.Unavailable(), 503, "UNAVAILABLE"),
        (TooManyLogIns(), 503, "TOO_MANY_LOG_INS"),
        (Busy(), 503, "BUSY"),
        (TimeoutError(), 503, "BUSY"),
        (ConnectionRefusedError(), 503, "BUSY"),
        (FileNotFoundError("the socket of a server that is starting"), 503, "BUSY"),
        (asyncpg.LockNotAvailableError("x"), 503, "BUSY"),
        (asyncpg.QueryCanceledError("x"), 503, "BUSY"),
        (asyncpg.InterfaceError("connection is closed"), 503, "BUSY"),
        (asyncpg.InternalClientError("cannot switch to state 12"), 503, "BUSY"),
        (asyncpg.UndefinedTableError("x"), 500, "INTERNAL_ERROR"),
        (exceptions.InternalServerException("x"), 500, "INTERNAL_ERROR"),
        (KeyError("x"), 500, "INTERNAL_ERROR"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_an_error_is_answered_with(error: Exception, status: int, code: str) -> None:
    """Every error has a status, a code and the same members, in the problem media type."""
    answer = problem(error)
    members = body(answer)
    assert (answer[0], members["status"], members["code"]) == (status, status, code)
    assert answer[1]["content-type"] == "application/problem+json"
    assert members["type"] == f"/problems/{code}"
    assert members["title"]
    assert members["detail"]


def test_an_error_within_shows_nothing_but_its_number() -> None:
    """What went wrong is in our log under that number, and only there."""
    with capture_logs() as entries:
        answer = problem(RuntimeError("password=hunter2"))
    assert b"hunter2" not in answer[2]
    assert [entry["instance"] for entry in entries] == [body(answer)["instance"]]
    assert str(entries[0]["exc_info"]) == "password=hunter2"


def test_a_refusals_facts_are_members_of_the_problem() -> None:
    """They keep their JSON form, and cannot take the place of a member that every problem has."""
    facts: dict[str, Any] = {
        "member": STREAM,
        "available": Quantity("7.000"),
        "tiny": Quantity("0E-7"),
        "until": datetime(2025, 3, 25, 9, tzinfo=UTC),
        "status": "open",
        "code": "x",
    }
    members = body(problem(InsufficientStock("Only 7 are left.", **facts)))
    assert members == {
        "type": "/problems/INSUFFICIENT_STOCK",
        "title": "Insufficient stock",
        "status": 409,
        "detail": "Only 7 are left.",
        "code": "INSUFFICIENT_STOCK",
        "member": str(STREAM),
        "available": "7.000",
        "tiny": "0.0000000",
        "until": "2025-03-25T09:00:00Z",
    }


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (Locked(retry_after=240), "240"),
        (Locked(retry_after=0.2), "1"),
        (ports.QueueFull(), "1"),
        (Busy(retry_after=5), "5"),
        (RateLimited(retry_after=39.2), "40"),
        (Locked(), None),
    ],
)
def test_when_to_try_again_is_a_header(error: Exception, seconds: str | None) -> None:
    """In whole seconds, rounded up; overload always says it."""
    assert problem(error)[1].get("retry-after") == seconds


def test_a_refused_token_is_told_which_scheme_to_use() -> None:
    """RFC 9110 asks for the challenge."""
    assert problem(BadCredentials())[1]["www-authenticate"] == "Bearer"


def test_a_refused_method_keeps_the_allowed_ones() -> None:
    """The framework knows them."""
    refused = exceptions.MethodNotAllowedException(headers={"allow": "GET, POST"})
    assert problem(refused)[1]["allow"] == "GET, POST"


def test_the_holder_of_a_claim_stays_unnamed() -> None:
    """It may be another organization's."""
    holder = UUID("11111111-2222-4333-8444-555555555555")
    answer = problem(ports.ClaimTaken("serial", "S-1", holder))
    assert (body(answer)["kind"], body(answer)["value"]) == ("serial", "S-1")
    assert str(holder).encode() not in answer[2]


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """Part of a request."""

    quantity: int


class Order(msgspec.Struct, forbid_unknown_fields=True):
    """A request."""

    lines: list[Line] = []
    notes: dict[str, int] = {}
    bins: dict[int, int] = {}
    name: Annotated[str, msgspec.Meta(max_length=3)] = ""


@pytest.mark.parametrize(
    ("request_body", "detail", "pointer"),
    [
        ('{"lines":[{"quantity":1},{"quantity":"x"}]}', "got `str`", "/lines/1/quantity"),
        ('{"lines":[{}]}', "missing required field `quantity`", "/lines/0/quantity"),
        ('{"lines":[{"quantity":1,"colour":2}]}', "unknown field `colour`", "/lines/0/colour"),
        ('{"size":1}', "unknown field `size`", "/size"),
        ('{"a.b[0]":1}', "unknown field `a.b[0]`", "/a.b[0]"),
        ('{"a~b/c":1}', "unknown field `a~b/c`", "/a~0b~1c"),
        ('{"notes":{"a.b":"x"}}', "got `str`", "/notes"),
        ('{"bins":{"x":1}}', "got `str`", "/bins"),
        ('{"name":"long"}', "length <= 3", "/name"),
        ("[]", "got `array`", ""),
    ],
)
def test_a_wrong_value_is_pointed_at(request_body: str, detail: str, pointer: str) -> None:
    """With a JSON pointer; msgspec names no keys of dictionaries, so there it ends."""
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.json.decode(request_body, type=Order)
    what, where = place(str(error.value))
    assert detail in what
    assert " - at " not in what
    assert where == pointer
    assert body(problem(error.value)).get("pointer", "") == pointer
