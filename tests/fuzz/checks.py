"""What has to hold of every answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import msgspec
import requests
from schemathesis import Case, CheckContext, Response
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

Check = Callable[[CheckContext, Response, Case[Any]], bool | None]
ILL_FORMED = frozenset({"MALFORMED", "INVALID_VALUE", "BAD_HEADER"})
"""Codes that say that a value is none of its type."""
POINTED_INTEGER = re.compile(r"Expected `int( \| null)?`, got `float`")
"""To JSON Schema 1.0 is an integer; the API wants it written as one, which no schema can say."""
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Finding(msgspec.Struct, frozen=True):
    """An answer that may not be given."""

    operation: str
    check: str
    status: int
    who: str
    explained: str

    def __str__(self) -> str:
        return f"{self.operation} as {self.who}: {self.explained}"


def accepted_if_well_formed(ctx: CheckContext, response: Response, case: Case[Any]) -> bool | None:
    """What the document allows may be refused by a rule, never for its form."""
    if case.meta and case.meta.generation.mode.is_positive and response.status_code in {400, 422}:
        problem = response.json()
        ill_formed = problem["code"] in ILL_FORMED and not POINTED_INTEGER.match(problem["detail"])
        assert not ill_formed, f"{problem['code']}: {problem['detail']}"
    return None


CHECKS: dict[str, Check] = {
    "errors of ours": not_a_server_error,
    "statuses that are not documented": status_code_conformance,
    "content types that are not documented": content_type_conformance,
    "headers that are not as documented": response_headers_conformance,
    "bodies that do not match their schema": response_schema_conformance,
    "requests done or decided on that the document forbids": negative_data_rejection,
    "requests called ill-formed that the document allows": accepted_if_well_formed,
}
LEAKS = "ids of another organization in an answer"
ABROAD = "events of ours in another organization"


def wrong(
    case: Case[Any], wire: requests.PreparedRequest, answer: httpx.Response, foreign: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """Each check that the answer does not pass, and why; `foreign` are ids of nobody who asked."""
    response = Response(
        status_code=answer.status_code,
        headers={name: answer.headers.get_list(name) for name in answer.headers},
        content=answer.content,
        request=wire,
        elapsed=0.0,
        verify=False,
    )
    if _explained(case, response, *CHECKS.values()):
        for name, check in CHECKS.items():
            if explained := _explained(case, response, check):
                yield name, explained
    asked = f"{wire.url} {wire.body!r}"
    if leaked := {id_ for id_ in ID.findall(answer.text) if id_ in foreign and id_ not in asked}:
        yield LEAKS, ", ".join(sorted(leaked))


def _explained(case: Case[Any], response: Response, *checks: Check) -> str:
    try:
        case.validate_response(response, checks=list(checks))
    except FailureGroup as group:
        return str(group)
    return ""
