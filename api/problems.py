"""Every error as a problem detail (RFC 9457); statuses of refusals are known nowhere else."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import structlog
from litestar.exceptions import HTTPException

from adapters.nats.hints import Lagging
from adapters.passwords import TooManyLogIns
from adapters.rate_limits import RateLimited
from adapters.tokens import Unauthenticated
from domain import base, ports

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 1

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers and body."""


class Malformed(base.Refused, code="MALFORMED"):
    """The request cannot be read."""


class Contended(base.Conflicting, code="CONFLICT"):
    """Others kept changing the same thing; look at it again."""


class Taken(base.Conflicting, code="CLAIM_TAKEN"):
    """That value belongs to something else."""


class BodyTooLarge(base.Refused, code="BODY_TOO_LARGE"):
    """The request body is larger than this accepts."""


class KeyReused(base.InvalidValue, code="IDEMPOTENCY_KEY_REUSED"):
    """This Idempotency-Key was used for another request."""


class Busy(base.Refused, code="BUSY"):
    """It would take too long just now; try again shortly."""


class Behind(Busy, code="BEHIND"):
    """The read models have not come so far yet; try again shortly."""


class Unavailable(Busy, code="UNAVAILABLE"):
    """Whether it was done is unknown: send the same again, with the same Idempotency-Key."""


HTTP_STATUSES = {
    "BAD_HOST": 400,
    "MALFORMED": 400,
    "METHOD_NOT_ALLOWED": 405,
    "POSITION_LOST": 410,
    "PRECONDITION_FAILED": 412,
    "BODY_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
}
"""Refusals that are HTTP's own, by code: their classes stand where the reason is found."""

STATUSES: dict[type, int] = {
    Unauthenticated: 401,
    base.Forbidden: 403,
    base.NotFound: 404,
    base.Conflicting: 409,
    base.Refused: 409,
    base.InvalidValue: 422,
    Busy: 503,
    TooManyLogIns: 503,
    RateLimited: 429,
}
"""Any other refusal has the status of its nearest base in here."""

FRAMEWORK_CODES = {400: "MALFORMED", 401: "UNAUTHENTICATED", 413: "BODY_TOO_LARGE"}
"""Where the framework refuses what we refuse too; else the status's name is the code."""

UNREACHED = ("08", "53", "57", "55P03")
"""SQLSTATEs of a database that is down, full, ending or locked: nothing that the request did."""

_PLACE = re.compile(r"(?P<what>.*) - at `(?:key` in `)?\$(?P<path>.*)`", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_FIELD = re.compile(r"Object (?:contains unknown|missing required) field `(.*)`", re.DOTALL)


def place(message: str) -> tuple[str, str]:
    """What msgspec says of a value, and the JSON pointer of the value that it says it of.

    A dictionary's keys are not in the message, so the pointer ends at the dictionary.
    """
    found = _PLACE.fullmatch(message)
    what, path = (found["what"], found["path"]) if found else (message, "")
    steps = [name or index for name, index in _STEP.findall(path.partition("[...]")[0])]
    if field := _FIELD.fullmatch(what):
        steps.append(field[1])
    return what, "".join(map(base.step, steps))


def wrong_value(error: msgspec.ValidationError) -> base.Refused:
    """The refusal of a value that its type does not take."""
    detail, pointer = place(str(error))
    return base.InvalidValue(detail, pointer=pointer)


def _unreadable(error: ValueError) -> base.Refused:
    return Malformed(f"The request body is not JSON: {error}")


def _taken(error: ports.ClaimTaken) -> base.Refused:
    kind, value, *_ = error.args  # the holder may be another organization's
    return Taken(f"The {kind} {value} is taken.", kind=kind, value=value)


MEANINGS: dict[type, Callable[[Any], base.Refused]] = {
    base.Refused: lambda refused: refused,
    msgspec.ValidationError: wrong_value,
    msgspec.DecodeError: _unreadable,
    UnicodeDecodeError: _unreadable,
    ports.VersionConflict: lambda _: Contended(),
    ports.GuardFailed: lambda _: Contended(),
    ports.ForeignStream: lambda _: base.NotFound(),
    ports.ClaimTaken: _taken,
    ports.KeyReused: lambda _: KeyReused(),
    ports.QueueFull: lambda _: Busy(),
    ports.Unavailable: lambda _: Unavailable(),
    OSError: lambda _: Busy(),  # refused, timed out, or no socket while PostgreSQL starts
    # What asyncpg says of a connection that was lost while it was being handed out.
    asyncpg.InterfaceError: lambda _: Busy(),
    asyncpg.InternalClientError: lambda _: Busy(),
    Lagging: lambda _: Behind(),
}
"""What an error from below means to a client, by its nearest base in here."""


def problem(error: Exception) -> Answer:
    """The answer to whatever went wrong."""
    meaning = next((MEANINGS[kind] for kind in type(error).__mro__ if kind in MEANINGS), None)
    if meaning:
        return _refused(meaning(error))
    if str(getattr(error, "sqlstate", "")).startswith(UNREACHED):
        return _refused(Busy())
    if isinstance(error, HTTPException) and error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _of_framework(error)
    return _internal(error)


def _refused(refusal: base.Refused) -> Answer:
    nearest = next(kind for kind in type(refusal).__mro__ if kind in STATUSES)
    status = HTTP_STATUSES.get(refusal.code) or STATUSES[nearest]
    unavailable = status == HTTPStatus.SERVICE_UNAVAILABLE
    seconds = refusal.facts.get("retry_after", RETRY_SECONDS if unavailable else None)
    headers = {} if seconds is None else {"retry-after": str(math.ceil(float(str(seconds))))}
    members = {**refusal.facts, "detail": refusal.detail}
    if refusal.pointer:
        members["pointer"] = refusal.pointer
    return _answer(status, refusal.code, headers, members)


def _of_framework(error: HTTPException) -> Answer:
    status = HTTPStatus(error.status_code)
    members: dict[str, object] = {"detail": error.detail}
    if isinstance(error.extra, list):
        members["errors"] = [
            {"pointer": base.step(str(wrong.get("key", ""))), "detail": wrong.get("message", "")}
            for wrong in error.extra
        ]
    code = FRAMEWORK_CODES.get(status, status.name)
    return _answer(status, code, dict(error.headers or {}), members)


def _internal(error: Exception) -> Answer:
    """Tells nothing but an id, under which the log has everything."""
    instance = f"urn:uuid:{uuid4()}"
    structlog.get_logger().error("internal_error", instance=instance, exc_info=error)
    detail = "Something went wrong here; `instance` is the id of our log's entry about it."
    return _answer(500, "INTERNAL_ERROR", {}, {"detail": detail, "instance": instance})


def _answer(status: int, code: str, headers: dict[str, str], members: dict[str, object]) -> Answer:
    if status == HTTPStatus.UNAUTHORIZED:
        headers = {"www-authenticate": "Bearer", **headers}
    title = code.replace("_", " ").capitalize()
    own = {"type": f"/problems/{code}", "title": title, "status": int(status), "code": code}
    body = msgspec.json.encode({**members, **own}, enc_hook=_text)
    return int(status), {"content-type": MEDIA_TYPE, **headers}, body


def _text(value: object) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)
