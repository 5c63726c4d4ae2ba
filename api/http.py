"""What a request says, read with limits: body, query string, headers, path."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar.types import Receive
from msgspec import inspect

from api.problems import BodyTooLarge, Malformed
from domain.base import InvalidValue, NotFound, Refused, step
from domain.ids import LocalId
from domain.quantity import LONGEST

T = TypeVar("T")
LARGEST_BODY_BYTES = 4 * 1024 * 1024
LARGEST_FORM_BYTES = 32 * 1024
"""Of what is read before it is known who asks: a username and a password, in the longest form."""
BODY_SECONDS = 30.0
LONGEST_KEY = 200
JSON = b"application/json"
NO_NUL = "A text may not contain the character U+0000."
NAN = Decimal("NaN")
LONGEST_QUERY = 8_000
LONGEST_NUMBER = len(str(2**63))
LARGEST_VERSION = 2**31 - 1


class UnsupportedMediaType(Refused, code="UNSUPPORTED_MEDIA_TYPE"):
    """A command's body is JSON."""


class BadHeader(InvalidValue, code="BAD_HEADER"):
    """A header's value cannot be used."""


def decode_hook(kind: type, value: Any) -> Any:
    """Reads our own scalar types (amounts, local ids) for msgspec."""
    return kind.parse(value)  # type: ignore[attr-defined]  # each of them has one


def number(text: str) -> Decimal:
    """A JSON number just as it is written, for amounts; NaN where it can be none."""
    try:
        return Decimal(text) if len(text) <= LONGEST else NAN
    except InvalidOperation:
        return NAN


def decode(decoder: msgspec.json.Decoder[T], sent: bytes) -> T:
    """The body as the decoder's type; no text in it has the character that no column can keep."""
    try:
        decoded = decoder.decode(sent)
        if b"\\u0000" in sent:
            _refuse_nul(msgspec.to_builtins(decoded, enc_hook=str, str_keys=True), "")
    except RecursionError:
        raise Malformed("The request body is nested too deeply.") from None
    return decoded


def _refuse_nul(value: Any, pointer: str) -> None:
    if isinstance(value, str) and "\0" in value:
        raise InvalidValue(NO_NUL, pointer=pointer)
    if isinstance(value, (list, tuple)):
        for place, one in enumerate(value):
            _refuse_nul(one, f"{pointer}/{place}")
    elif isinstance(value, dict):
        for name, one in value.items():
            _refuse_nul(name, pointer)
            _refuse_nul(one, pointer + step(name))


_encoder = msgspec.json.Encoder(enc_hook=str)


def encode(answer: Any) -> bytes:
    """The JSON form of an answer; our own scalar types become strings."""
    return _encoder.encode(answer)


async def body(receive: Receive, most: int = LARGEST_BODY_BYTES) -> bytes:
    """The whole body, of which no more than the limit is ever in memory, and not for long."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _whole(receive, most)
    except TimeoutError:
        raise Malformed(f"The request took more than {BODY_SECONDS:g} seconds to come.") from None


async def _whole(receive: Receive, most: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Malformed("The request ended early.")
        size += len(message["body"])
        if size > most:
            raise BodyTooLarge
        chunks.append(message["body"])
        if not message["more_body"]:
            return b"".join(chunks)


def query(raw: bytes, kind: type[T], many: frozenset[str]) -> T:
    """The query string's parameters; `many` names those that may be given more than once."""
    if len(raw) > LONGEST_QUERY:
        raise Malformed("The query string is too long.")
    given: dict[str, Any] = {}
    for name, value in _pairs(raw):
        if "\0" in value:
            raise InvalidValue(NO_NUL, pointer=step(name))
        if name in many:
            given.setdefault(name, []).append(value)
        elif name in given:
            raise InvalidValue("This parameter may be given once.", pointer=step(name))
        else:
            given[name] = value
    return msgspec.convert(given, kind, strict=False, dec_hook=decode_hook)


def repeatable(kind: type[msgspec.Struct]) -> frozenset[str]:
    """The names of a query's fields that hold several values."""
    return frozenset(
        f.name for f in msgspec.structs.fields(kind) if _many(inspect.type_info(f.type))
    )


def path_value(kind: Any, text: str) -> Any:
    """A path parameter in its type; an id that is none names nothing."""
    if "\0" in text:
        raise NotFound
    if kind is int and not (text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER):
        raise NotFound
    kind = getattr(kind, "__origin__", kind)  # without what is annotated
    try:
        return kind.parse(text) if kind is LocalId else kind(text)
    except ValueError as error:
        raise NotFound from error


def must_be_json(headers: Mapping[bytes, bytes]) -> None:
    """Refuses a body that says it is something else; one may leave it unsaid."""
    kind = headers.get(b"content-type", JSON).partition(b";")[0].strip().lower()
    if kind != JSON and not kind.endswith(b"+json"):
        raise UnsupportedMediaType


def idempotency_key(
    headers: Mapping[bytes, bytes], what: str, sent: bytes
) -> tuple[str, bytes] | None:
    """The Idempotency-Key with the hash of the request that it stands for."""
    raw = headers.get(b"idempotency-key")
    if raw is None:
        return None
    key = raw.decode("latin-1").strip()
    if not 0 < len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise BadHeader(f"Idempotency-Key has 1 to {LONGEST_KEY} printable ASCII characters.")
    return key, hashlib.sha256(what.encode() + b"\n" + sent).digest()


def expected_version(headers: Mapping[bytes, bytes]) -> int | None:
    """The version of If-Match."""
    raw = headers.get(b"if-match")
    if raw is None or raw.strip() == b"*":
        return None
    text = raw.decode("latin-1").strip().removeprefix('"').removesuffix('"')
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_VERSION))
    if not digits or int(text) > LARGEST_VERSION:
        raise BadHeader('If-Match is the version that an ETag gave, such as "3".')
    return int(text)


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    try:
        text = raw.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError as error:
        raise Malformed("The query string cannot be read.") from error


def _many(info: inspect.Type) -> bool:
    if isinstance(info, inspect.Metadata):
        return _many(info.type)
    return isinstance(info, (inspect.VarTupleType, inspect.ListType))
