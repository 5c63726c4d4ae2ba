"""Requests that the OpenAPI document allows and ones that it forbids, about what exists or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode

from tests.fuzz.grounds import Known

Base = Literal["none", "own", "foreign"]
CONFIG = {
    "generation": {"with-security-parameters": False},
    "checks": {
        # Nothing is decided on what the document forbids; busy is no error.
        "negative_data_rejection": {
            "expected-statuses": ["400", "401", "403", "404", "413", "415", "422"]
        },
        "not_a_server_error": {"expected-statuses": ["2xx", "4xx", "503"]},
    },
}


class Drawn(msgspec.Struct, frozen=True):
    """One request, and how it is mixed with one of an organization that would be accepted."""

    case: Any
    base: Base
    kept: int
    """Bit by bit: whether a field of the generated body stays, by the fields' order."""
    bare: bool
    """Whether its optional headers and parameters are left out."""
    turn: int
    """Who sends it first."""
    by_cookie: bool
    """Whether people send it as a browser does."""
    csv: bool
    """Whether a table is asked for, where there is one."""


def loaded(document: dict[str, Any], ids: Sequence[str]) -> Any:
    """The document as schemathesis has it; where it says uuid, every second one is of `ids`."""
    schemathesis.openapi.format("uuid", st.sampled_from(ids) | st.uuids().map(str))
    config = schemathesis.Config.from_dict(CONFIG)
    return schemathesis.openapi.from_dict(document, config=config)


def drawn(operation: Any) -> st.SearchStrategy[Drawn]:
    """Requests to one operation."""
    modes = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]
    return st.builds(
        Drawn,
        case=st.one_of(modes),
        base=st.sampled_from(["own", "own", "none", "foreign"]),
        kept=st.integers(0, 2**16 - 1),
        bare=st.sampled_from([True, True, False]),
        turn=st.integers(0, 100),
        by_cookie=st.booleans(),
        csv=st.booleans(),
    )


def mixed(drawn: Drawn, known: Known | None) -> Case[Any]:
    """The generated request over the known one."""
    case: Case[Any] = drawn.case
    if known and known.path:
        case.path_parameters = dict(known.path)
    if known and known.body is not None and isinstance(case.body, dict):
        names = [name for place, name in enumerate(case.body) if drawn.kept >> place & 1]
        case.body = {**known.body, **{name: case.body[name] for name in names}}
    if known and drawn.bare:
        case.headers.clear()
        case.query = {}
    if drawn.csv:
        case.headers["Accept"] = "text/csv, */*"
    return case
